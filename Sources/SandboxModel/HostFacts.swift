/// Whether the host has something that a sandbox is made of, found out by doing it.
public enum Support: Sendable, Equatable {
    /// It was done, and it worked.
    case available
    /// It cannot be had: why, and the command that mends it, where one is known.
    case missing(reason: String, remedy: String?)
}

/// What a machine allows its user to do, found out by `pkgsandbox doctor`.
public struct HostFacts: Codable, Sendable, Equatable {
    /// The version of the JSON form; raised only when a field changes its meaning.
    public var schemaVersion: Int
    /// Whether nothing that a build needs is missing.
    public var canBuild: Bool
    /// Whether nothing that `run` and `shell` need is missing.
    public var canRun: Bool
    public var host: HostSummary
    /// One for every name, in the order of the names.
    public var probes: [HostProbe]

    /// Puts facts together from what was tried.
    ///
    /// - Parameter probes: a name that is not among them counts as untried.
    public init(host: HostSummary, probes: [HostProbe]) {
        let all = HostProbe.Name.allCases.map { name in
            probes.first { $0.name == name }
                ?? HostProbe(name, .untried, reason: "nothing was heard of it")
        }
        func holds(_ needs: [HostProbe.Need]) -> Bool {
            all.allSatisfy { !needs.contains($0.need) || $0.status.isUsable }
        }
        schemaVersion = 1
        canBuild = holds([.sandbox, .build])
        canRun = holds([.sandbox])
        self.host = host
        self.probes = all
    }

    /// Whether one thing can be had.
    public func support(_ name: HostProbe.Name) -> Support {
        guard let probe = probes.first(where: { $0.name == name }) else {
            return .missing(reason: "not tried", remedy: nil)
        }
        return probe.status == .ok
            ? .available
            : .missing(reason: probe.reason ?? probe.status.rawValue, remedy: probe.remedy)
    }

    /// Whether an ordinary process can make user namespaces.
    public var userNamespaces: Support { support(.userNamespace) }
    /// Whether an overlay can be mounted with its upper layer in memory: directories can be
    /// materialised.
    public var overlay: Support { support(.overlayTmpfs) }
    /// Whether system calls can be watched.
    public var seccompNotify: Support { support(.seccompListener) }
}

/// One thing that was tried, and what came of it.
public struct HostProbe: Codable, Sendable, Equatable {
    /// What came of it.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case ok
        /// Builds run, but without it, or with less of it.
        case degraded
        /// It is needed and cannot be had.
        case missing
        /// It could not be tried, because something that it stands on is missing.
        case untried

        /// Whether something that needs it can go on.
        public var isUsable: Bool { self == .ok || self == .degraded }
    }

    /// What cannot be done without it.
    public enum Need: String, Codable, Sendable, CaseIterable {
        /// Any sandbox.
        case sandbox
        /// The build of a recipe; `run` and `shell` do without.
        case build
        /// Nothing: it makes things better.
        case optional
    }

    public var name: Name
    public var status: Status
    public var need: Need
    /// What was done, in words: `start a process in a new user namespace`.
    public var tried: String
    /// What is worth knowing about it: a version, a path, free space.
    public var detail: String?
    /// Why it is not ok: the call that failed with the error's text and name.
    public var reason: String?
    /// What makes the call fail, where that was measured.
    public var cause: String?
    /// The command or the setting that mends it, where one is known.
    public var remedy: String?

    /// What came of trying something.
    public init(
        _ name: Name, _ status: Status, detail: String? = nil, reason: String? = nil,
        cause: String? = nil, remedy: String? = nil
    ) {
        self.name = name
        self.status = status
        need = name.need
        tried = name.tried
        self.detail = detail
        self.reason = reason
        self.cause = cause
        self.remedy = remedy
    }
}

extension HostProbe {
    /// What is tried. The raw values are part of the JSON form.
    public enum Name: String, Codable, Sendable, CaseIterable {
        case userNamespace = "user-namespace"
        case identityMap = "identity-map"
        case mountNamespace = "mount-namespace"
        case pidNamespace = "pid-namespace"
        case ipcNamespace = "ipc-namespace"
        case utsNamespace = "uts-namespace"
        case networkNamespace = "network-namespace"
        case cgroupNamespace = "cgroup-namespace"
        case namespaceLimit = "namespace-limit"
        case tmpfs
        case readOnlyBind = "read-only-bind"
        case newRoot = "new-root"
        case proc
        case devpts
        case overlayTmpfs = "overlay-tmpfs"
        case overlayScratch = "overlay-scratch"
        case pidfd
        case seccompListener = "seccomp-listener"
        case seccompWaitKillable = "seccomp-wait-killable"
        case seccompSyncWakeup = "seccomp-sync-wakeup"
        case callerMemory = "caller-memory"
        case scratch
        case cache
        case makepkg
        case pacman
        case bsdtar
        case fakeroot
        case pacmanDatabase = "pacman-database"

        /// Headings of the text form.
        public enum Group: String, Sendable, CaseIterable {
            case namespaces
            case fileSystem = "file system"
            case watching
            case places
            case tools
        }

        /// The heading that it stands under.
        public var group: Group { row.group }
        /// What cannot be done without it.
        public var need: Need { row.need }
        /// What is done to find out.
        public var tried: String { row.tried }

        private var row: (group: Group, need: Need, tried: String) {
            switch self {
            case .userNamespace:
                (.namespaces, .sandbox, "start a process in a new user namespace")
            case .identityMap:
                (.namespaces, .sandbox, "map a user and a group in it, and become them")
            case .mountNamespace: (.namespaces, .sandbox, "start a process in a new mount namespace")
            case .pidNamespace: (.namespaces, .sandbox, "start a process in a new pid namespace")
            case .ipcNamespace: (.namespaces, .sandbox, "start a process in a new ipc namespace")
            case .utsNamespace: (.namespaces, .sandbox, "set the host name in a new uts namespace")
            case .networkNamespace:
                (.namespaces, .sandbox, "bring up the loopback interface in a new network namespace")
            case .cgroupNamespace:
                (.namespaces, .sandbox, "start a process in a new cgroup namespace")
            case .namespaceLimit:
                (.namespaces, .sandbox, "forbid further user namespaces from inside")
            case .tmpfs: (.fileSystem, .sandbox, "mount a tmpfs and write to it")
            case .readOnlyBind:
                (.fileSystem, .sandbox, "bind /usr and make it read-only with all mounts below it")
            case .newRoot: (.fileSystem, .sandbox, "make an empty tmpfs the root directory")
            case .proc: (.fileSystem, .sandbox, "mount a fresh /proc in the new pid namespace")
            case .devpts: (.fileSystem, .sandbox, "mount a devpts of its own and open a terminal")
            case .overlayTmpfs:
                (.fileSystem, .optional, "write to an overlay of /usr with its changes in memory")
            case .overlayScratch:
                (.fileSystem, .optional, "write to an overlay of /usr with its changes in scratch")
            case .pidfd: (.watching, .sandbox, "end a process through its descriptor")
            case .seccompListener:
                (.watching, .sandbox, "have a system call reported, and let it continue")
            case .seccompWaitKillable:
                (.watching, .optional, "have reported calls wait through signals")
            case .seccompSyncWakeup:
                (.watching, .optional, "have reported calls handed over on the same processor")
            case .callerMemory: (.watching, .sandbox, "read the path that a reported call names")
            case .scratch: (.places, .sandbox, "write to the scratch directory")
            case .cache: (.places, .optional, "write to the cache directory")
            case .makepkg: (.tools, .build, "start makepkg --version")
            case .pacman: (.tools, .build, "start pacman --version")
            case .bsdtar: (.tools, .build, "start bsdtar --version")
            case .fakeroot: (.tools, .build, "start fakeroot --version")
            case .pacmanDatabase: (.tools, .optional, "list the packages that pacman knows")
            }
        }
    }
}
