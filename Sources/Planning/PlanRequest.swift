public import SandboxModel

/// What a sandbox is wanted for; with the profile it makes a plan.
public struct PlanRequest: Sendable {
    /// A directory of the host that the sandbox gets besides those of the profile.
    public enum Directory: Sendable, Equatable {
        /// The same directory, read-write.
        case writable(hostPath: String, path: String)
        /// The same directory, read-write, whose owner on the host appears as the build's user.
        case writableAsOwner(hostPath: String, path: String)
        case readOnly(hostPath: String, path: String)
        /// Writes go to `upper`; `work` is the overlay's own.
        case copyOnWrite(lower: String, upper: String, work: String, path: String)
    }

    public var identity: SandboxPlan.Identity
    public var command: [String]
    public var environment: [String: String]
    public var workingDirectory: String
    public var network: Profile.Network.Access
    public var streams: SandboxPlan.Streams
    public var mode: SandboxPlan.Mode
    public var directories: [Directory]
    /// Paths that are covered with something empty, besides those of the profile.
    public var hidden: [String]
    /// Files to be made, by their path in the sandbox.
    public var files: [(path: String, content: String)]
    /// Where the home directory is kept on the host.
    public var homeOnHost: String
    public var cacheDirectory: String?
    public var cacheKey: String
    public var tracePath: String?
    public var recipePath: String?
    /// The text of the host's resolver configuration, for a sandbox with network.
    public var resolverConfiguration: String

    public init(
        identity: SandboxPlan.Identity, command: [String], environment: [String: String] = [:],
        workingDirectory: String, network: Profile.Network.Access, streams: SandboxPlan.Streams,
        mode: SandboxPlan.Mode, directories: [Directory], hidden: [String] = [],
        files: [(path: String, content: String)] = [], homeOnHost: String,
        cacheDirectory: String?, cacheKey: String, tracePath: String? = nil,
        recipePath: String? = nil, resolverConfiguration: String = ""
    ) {
        self.identity = identity
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.network = network
        self.streams = streams
        self.mode = mode
        self.directories = directories
        self.hidden = hidden
        self.files = files
        self.homeOnHost = homeOnHost
        self.cacheDirectory = cacheDirectory
        self.cacheKey = cacheKey
        self.tracePath = tracePath
        self.recipePath = recipePath
        self.resolverConfiguration = resolverConfiguration
    }
}
