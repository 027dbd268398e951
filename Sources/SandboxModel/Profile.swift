/// What a sandbox shows, allows and redirects: the content of a file in `profiles/`.
public struct Profile: Codable, Sendable, Equatable {
    /// The name that `--profile` takes.
    public var name: String
    /// One line for `pkgsandbox profile list`.
    public var description: String
    /// Who the build is.
    public var identity: Identity
    /// What it sees.
    public var filesystem: FileSystem
    /// Which variables it has.
    public var environment: Environment
    /// Which network it has.
    public var network: Network
    /// What it may use.
    public var limits: Limits
    /// Caches that get scratch space.
    public var caches: [CacheRule]
    /// What the report says about failed writes, first match first.
    public var rules: [HintRule]

    /// A profile of all its parts.
    public init(
        name: String, description: String, identity: Identity, filesystem: FileSystem,
        environment: Environment, network: Network, limits: Limits, caches: [CacheRule],
        rules: [HintRule]
    ) {
        self.name = name
        self.description = description
        self.identity = identity
        self.filesystem = filesystem
        self.environment = environment
        self.network = network
        self.limits = limits
        self.caches = caches
        self.rules = rules
    }

    /// Who the build is inside the sandbox.
    public struct Identity: Codable, Sendable, Equatable {
        /// The user's name.
        public var user: String
        /// The user's number inside the sandbox; never 0.
        public var uid: Int
        /// The name of the user's group.
        public var group: String
        /// The group's number inside the sandbox; never 0.
        public var gid: Int
        /// The home directory, made in scratch space.
        public var home: String
        /// The host name inside the sandbox.
        public var hostname: String

        /// An identity of all its parts.
        public init(
            user: String, uid: Int, group: String, gid: Int, home: String, hostname: String
        ) {
            self.user = user
            self.uid = uid
            self.group = group
            self.gid = gid
            self.home = home
            self.hostname = hostname
        }
    }

    /// The tree that the build sees. All paths are absolute.
    public struct FileSystem: Codable, Sendable, Equatable {
        /// Host directories bound read-only at the same path; a symbolic link is made anew as a
        /// link, a missing one is left out.
        public var readOnly: [String]
        /// Host directories bound read-write at the same path.
        public var writable: [String]
        /// Paths below a visible directory that are covered with an empty directory or file.
        public var hidden: [String]
        /// Empty directories in memory.
        public var temporary: [TemporaryDirectory]
        /// Device nodes of the host's `/dev` that are shown, by name.
        public var devices: [String]

        /// A tree of all its parts.
        public init(
            readOnly: [String], writable: [String], hidden: [String],
            temporary: [TemporaryDirectory], devices: [String]
        ) {
            self.readOnly = readOnly
            self.writable = writable
            self.hidden = hidden
            self.temporary = temporary
            self.devices = devices
        }
    }

    /// A tmpfs.
    public struct TemporaryDirectory: Codable, Sendable, Equatable {
        /// The mount point.
        public var path: String
        /// The permission bits, as a number (`0o1777`).
        public var mode: Int
        /// The most it may hold, as tmpfs(5)'s `size=` takes it: `4g`, `50%`; nil for the kernel's default.
        public var size: String?

        /// A tmpfs by its mount point.
        public init(path: String, mode: Int, size: String? = nil) {
            self.path = path
            self.mode = mode
            self.size = size
        }
    }

    /// The environment of the build, which starts empty.
    public struct Environment: Codable, Sendable, Equatable {
        /// Variables with fixed values.
        public var set: [String: String]
        /// Names that are taken over from the caller where it has them.
        public var pass: [String]
        /// The same, but only for stages that have network.
        public var passNetwork: [String]

        /// An environment of all its parts.
        public init(set: [String: String], pass: [String], passNetwork: [String] = []) {
            self.set = set
            self.pass = pass
            self.passNetwork = passNetwork
        }
    }

    /// Which network the stages have.
    public struct Network: Codable, Sendable, Equatable {
        /// What a stage may reach.
        public enum Access: String, Codable, Sendable, CaseIterable {
            case none, host
        }

        /// While sources are fetched.
        public var sources: Access
        /// While the recipe builds.
        public var build: Access

        /// The network of each stage.
        public init(sources: Access, build: Access) {
            self.sources = sources
            self.build = build
        }
    }

    /// What a run may use; nil is no limit.
    public struct Limits: Codable, Sendable, Equatable {
        /// Wall-clock seconds for the whole run.
        public var timeout: Int?
        /// Bytes of memory.
        public var memory: Int?
        /// Processes and threads.
        public var tasks: Int?
        /// What is handed to the recipe's tool as the number of parallel jobs; nil: one per processor.
        public var jobs: Int?
        /// Open files per process.
        public var openFiles: Int?

        /// Limits; what is left out is unlimited.
        public init(
            timeout: Int? = nil, memory: Int? = nil, tasks: Int? = nil, jobs: Int? = nil,
            openFiles: Int? = nil
        ) {
            self.timeout = timeout
            self.memory = memory
            self.tasks = tasks
            self.jobs = jobs
            self.openFiles = openFiles
        }
    }
}

/// A cache directory that tools insist on making where they cannot, and that gets scratch space.
public struct CacheRule: Codable, Sendable, Equatable {
    /// The rule's id, `thinlto-cache` for example.
    public var name: String
    /// The cache's name in reports and below `--cache`, `thinlto` for example.
    public var cache: String
    /// Globs over absolute paths: `*` within a component, `**` over any number of components.
    public var paths: [String]

    /// A rule for one kind of cache.
    public init(name: String, cache: String, paths: [String]) {
        self.name = name
        self.cache = cache
        self.paths = paths
    }
}

/// A piece of knowledge: a kind of failed write, its cause and its remedy. The first rule that
/// matches gives a record its `rule` and `hint`.
public struct HintRule: Codable, Sendable, Equatable {
    /// The rule's name in reports.
    public var id: String
    /// Globs over the refused path; empty for any path.
    public var paths: [String]
    /// Globs over the base name of the process or of one of its ancestors, that of the executable or
    /// the one it was called by; empty for any.
    public var processes: [String]
    /// Phase names (globs); empty for any.
    public var phases: [String]
    /// Names of `WriteFailure.Reason`; empty for any.
    public var reasons: [String]
    /// What happened, in a sentence.
    public var cause: String
    /// What to change, in a sentence or two.
    public var remedy: String
    /// Tools make this write on the off chance and go on without it: it never explains a failure.
    public var harmless: Bool

    /// A rule; an empty condition matches everything.
    public init(
        id: String, paths: [String] = [], processes: [String] = [], phases: [String] = [],
        reasons: [String] = [], cause: String, remedy: String, harmless: Bool = false
    ) {
        self.id = id
        self.paths = paths
        self.processes = processes
        self.phases = phases
        self.reasons = reasons
        self.cause = cause
        self.remedy = remedy
        self.harmless = harmless
    }
}
