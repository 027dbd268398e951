/// One command of a recipe's tool, run in a sandbox of its own, and what it needs there.
public struct RecipeStage: Sendable, Equatable {
    /// The stages of a recipe's build.
    public enum Name: String, Sendable, CaseIterable {
        /// Prints what the recipe says about itself.
        case metadata
        /// Fetches and verifies the sources.
        case sources
        /// Everything else; never has a network.
        case build
    }

    /// A file to be made in the sandbox before the command starts.
    public struct File: Sendable, Equatable {
        /// The absolute path in the sandbox.
        public var sandboxPath: String
        /// The file's whole text.
        public var content: String

        /// A file of the given text.
        public init(sandboxPath: String, content: String) {
            self.sandboxPath = sandboxPath
            self.content = content
        }
    }

    /// Which stage it is.
    public var name: Name
    /// The program and its arguments; to be run in the recipe's directory.
    public var command: [String]
    /// Variables to be set on top of the profile's.
    public var environment: [String: String]
    /// Whether the stage may have a network. Whether it needs one is what
    /// `RecipeMetadata.needsNetwork` says.
    public var network: Bool
    /// Whether standard output is data for us rather than words for the user.
    public var captureOutput: Bool
    /// Files to be made before the command starts.
    public var files: [File]

    /// A stage with all that it needs.
    public init(
        name: Name, command: [String], environment: [String: String], network: Bool,
        captureOutput: Bool, files: [File]
    ) {
        self.name = name
        self.command = command
        self.environment = environment
        self.network = network
        self.captureOutput = captureOutput
        self.files = files
    }
}

/// Where things are in the sandbox of a recipe. All paths are absolute, in the sandbox.
public struct RecipeLayout: Sendable, Equatable {
    /// The copy-on-write view of the recipe's directory.
    public var recipe = "/build/recipe"
    /// Where sources are unpacked and built.
    public var work = "/build/work"
    /// Where finished packages appear.
    public var packages = "/build/packages"
    /// Fetched sources; kept from the stage `sources` to the stage `build`.
    public var sources = "/build/sources"
    /// Unused by a build, but makepkg wants one.
    public var sourcePackages = "/build/source-packages"
    /// The logs of the phases, for `-- --log`.
    public var logs = "/build/logs"
    /// The generated configuration.
    public var configuration = "/run/pkgsandbox/makepkg.conf"
    /// The FIFO that `PhaseTrace` decodes. It must have a reader before the stage starts.
    public var trace = "/run/pkgsandbox/trace"
    /// The host's configuration, as the sandbox sees it.
    public var hostConfiguration = "/etc/makepkg.conf"

    /// The default layout.
    public init() {}
}
