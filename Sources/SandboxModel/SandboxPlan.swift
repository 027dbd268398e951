/// Everything that one sandbox is made of: made by Planning, printed by `pkgsandbox plan`, carried
/// out by the sandbox's init.
public struct SandboxPlan: Sendable, Equatable {
    /// Host and sandbox side of the build's identity.
    public struct Identity: Sendable, Equatable {
        /// The user's number inside the sandbox.
        public var insideUser: UInt32
        /// The group's number inside the sandbox.
        public var insideGroup: UInt32
        /// The user's number on the host.
        public var hostUser: UInt32
        /// The group's number on the host.
        public var hostGroup: UInt32
        /// The caller is the host's root: it may map any user, and has to give up its groups.
        public var privilegedCaller: Bool

        /// An identity by both its sides.
        public init(
            insideUser: UInt32, insideGroup: UInt32, hostUser: UInt32, hostGroup: UInt32,
            privilegedCaller: Bool
        ) {
            self.insideUser = insideUser
            self.insideGroup = insideGroup
            self.hostUser = hostUser
            self.hostGroup = hostGroup
            self.privilegedCaller = privilegedCaller
        }
    }

    /// What happens to writes to places that are not writable.
    public enum Mode: String, Sendable, CaseIterable {
        /// They fail, and are reported.
        case enforce
        /// They are let through into a layer that is thrown away, and are reported.
        case audit
    }

    /// What the build's standard streams are.
    public enum Streams: Sendable, Equatable {
        /// The caller's own, standard input too.
        case inherit
        /// The caller's output, and nothing to read.
        case inheritOutput
        /// Standard output is collected for the caller of the plan; nothing to read.
        case captureOutput
        /// A terminal of the sandbox's own, relayed to the caller's.
        case terminal
        /// The caller's output; where that is a terminal, one of the sandbox's own that is relayed to
        /// it, so that the build cannot read what is typed. Nothing to read.
        case outputTerminal
    }

    /// Who the build is.
    public var identity: Identity
    /// Whether the host's network is shared.
    public var network: Profile.Network.Access
    /// The host name inside the sandbox.
    public var hostname: String
    /// What is done to set the sandbox up, in order.
    public var steps: [SetupStep]
    /// What happens to writes to read-only places.
    public var mode: Mode
    /// The program and its arguments.
    public var command: [String]
    /// The same as bytes, where an argument is not UTF-8.
    public var commandBytes: [[UInt8]]?
    /// The whole environment of the command.
    public var environment: [String: String]
    /// The directory inside the sandbox that the command starts in.
    public var workingDirectory: String
    /// Where standard input, output and error lead.
    public var streams: Streams
    /// The rules for caches that get scratch space.
    public var caches: [CacheRule]
    /// The directory on the host below which redirected caches are kept; nil turns redirects off.
    public var cacheDirectory: String?
    /// The name below which this recipe's caches are kept.
    public var cacheKey: String
    /// Where the recipe's trace is read from inside the sandbox; nil where there is none.
    public var tracePath: String?
    /// The recipe's file inside the sandbox, whose lines the trace gives.
    public var recipePath: String?
    /// The soft limit of open files per process; nil leaves the caller's.
    public var openFiles: Int?

    /// A plan of all its parts.
    public init(
        identity: Identity, network: Profile.Network.Access, hostname: String, steps: [SetupStep],
        mode: Mode, command: [String], environment: [String: String], workingDirectory: String,
        streams: Streams, caches: [CacheRule], cacheDirectory: String?, cacheKey: String,
        tracePath: String?, recipePath: String?, openFiles: Int?
    ) {
        self.identity = identity
        self.network = network
        self.hostname = hostname
        self.steps = steps
        self.mode = mode
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.streams = streams
        self.caches = caches
        self.cacheDirectory = cacheDirectory
        self.cacheKey = cacheKey
        self.tracePath = tracePath
        self.recipePath = recipePath
        self.openFiles = openFiles
    }
}

/// One step of setting up a sandbox. A value: it can be printed, compared and carried out.
///
/// Steps run in order, in the sandbox's init, with its capabilities; the first that fails ends the
/// run. The steps up to `enterRoot` are done while the host's tree is still the root.
public enum SetupStep: Sendable, Equatable {
    /// New namespaces, made by clone3(2).
    case namespaces([String])
    /// Identity maps, written by the supervisor, and becoming that user.
    case identity(insideUser: UInt32, hostUser: UInt32)
    /// An empty tmpfs as the new root, with the host's tree below it until `leaveHost`.
    case enterRoot
    /// A tmpfs that only init can reach: it will be covered by the next mount at the same path.
    case privateArea(path: String, cacheDirectory: String?)
    case directory(path: String, mode: UInt32)
    case symbolicLink(path: String, target: String)
    case file(path: String, mode: UInt32, content: String)
    case fifo(path: String, mode: UInt32)
    case bind(hostPath: String, path: String, access: BindAccess)
    /// A file over another one, so that its content is ours in a read-only tree.
    case coverFile(path: String, content: String)
    /// An overlay of directories of the host: the lower one is not changed.
    case overlay(lower: String, upper: String, work: String, path: String)
    case temporary(path: String, mode: UInt32, size: String?)
    /// A directory or file that must not be seen, covered by an empty one.
    case hide(path: String)
    case processes(path: String)
    case terminals(path: String)
    case hostname(String)
    case loopback
    /// A limit of this user namespace, for example `user/max_user_namespaces`.
    case setting(name: String, value: String)
    /// The host's tree is let go.
    case leaveHost
    /// The root directory becomes read-only.
    case sealRoot
    /// What writes to the paths are watched for: loads the filter in the build.
    case watch(calls: Int)

    /// How a bound directory or file may be used.
    public enum BindAccess: String, Sendable, Equatable {
        case readOnly = "read-only"
        case readWrite = "read-write"
        /// Read-write, with the directory's owner appearing as the build's user: for a caller who is
        /// root, and whose files the build could not write otherwise.
        case readWriteAsOwner = "read-write as its owner"
        /// A device node: it may be opened for writing.
        case device
    }

    /// One line for `pkgsandbox plan` and for the message of a step that failed.
    public var description: String {
        switch self {
        case .namespaces(let names): "unshare \(names.joined(separator: ","))"
        case .identity(let inside, let host): "become user \(inside), host user \(host)"
        case .enterRoot: "mount an empty root"
        case .privateArea(let path, let cache):
            "keep init's own area under \(path)" + (cache.map { " with the caches of \($0)" } ?? "")
        case .directory(let path, let mode): "mkdir \(path) mode \(octal(mode))"
        case .symbolicLink(let path, let target): "symlink \(path) to \(target)"
        case .file(let path, let mode, _): "write \(path) mode \(octal(mode))"
        case .fifo(let path, let mode): "mkfifo \(path) mode \(octal(mode))"
        case .bind(let hostPath, let path, let access):
            "bind \(hostPath)" + (hostPath == path ? "" : " at \(path)") + " \(access.rawValue)"
        case .coverFile(let path, _): "cover \(path) with a generated file"
        case .overlay(let lower, let upper, _, let path):
            "overlay \(lower) at \(path), changes go to \(upper)"
        case .temporary(let path, let mode, let size):
            "tmpfs \(path) mode \(octal(mode))" + (size.map { " size \($0)" } ?? "")
        case .hide(let path): "hide \(path)"
        case .processes(let path): "mount proc at \(path)"
        case .terminals(let path): "mount devpts at \(path)"
        case .hostname(let name): "set host name \(name)"
        case .loopback: "bring up the loopback interface"
        case .setting(let name, let value): "set \(name) to \(value)"
        case .leaveHost: "detach the host's tree"
        case .sealRoot: "make the root directory read-only"
        case .watch(let calls): "watch \(calls) system calls for failing writes"
        }
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}

extension SandboxPlan {
    /// Where the plan mounts something, in order.
    public var mountPoints: [String] {
        steps.compactMap { step in
            switch step {
            case .bind(_, let path, _), .coverFile(let path, _), .overlay(_, _, _, let path),
                .temporary(let path, _, _), .hide(let path), .processes(let path),
                .terminals(let path):
                path
            default: nil
            }
        }
    }

    /// Whether the build writes files that will belong to somebody else on the host.
    public var writesAsOwner: Bool {
        steps.contains { step in
            if case .bind(_, _, .readWriteAsOwner) = step { true } else { false }
        }
    }

    /// What the plan mounts read-only.
    public var readOnlyMounts: [String] {
        steps.compactMap { step in
            if case .bind(_, let path, .readOnly) = step { path } else { nil }
        }
    }
}
