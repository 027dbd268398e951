/// What one run of the sandbox came to: the single value that every report form is made from.
///
/// Its JSON form is the contract in `docs/report.schema.json`; fields are only ever added.
public struct RunReport: Codable, Sendable, Equatable {
    /// The version of the JSON contract; raised only when a field changes its meaning.
    public var schemaVersion: Int
    /// Which recipe or command ran.
    public var recipe: RecipeSummary
    /// How it ended.
    public var outcome: Outcome
    /// The recipe's phases, in the order they began.
    public var phases: [PhaseResult]
    /// The failed writes, in the order they were first seen.
    public var writeFailures: [WriteFailure]
    /// Failed writes that were counted but not kept one by one, because there were too many.
    public var omittedWriteFailures: Int
    /// Caches that were given scratch space.
    public var redirects: [CacheRedirect]
    /// Finished packages, where the run succeeded.
    public var artifacts: [Artifact]
    /// What the run had to do without.
    public var degradations: [Degradation]
    /// The machine.
    public var host: HostSummary
    /// What the run cost.
    public var usage: Usage

    /// A report of the current schema version.
    public init(
        recipe: RecipeSummary, outcome: Outcome, phases: [PhaseResult] = [],
        writeFailures: [WriteFailure] = [], omittedWriteFailures: Int = 0,
        redirects: [CacheRedirect] = [], artifacts: [Artifact] = [],
        degradations: [Degradation] = [], host: HostSummary = HostSummary(), usage: Usage = Usage()
    ) {
        self.schemaVersion = 1
        self.recipe = recipe
        self.outcome = outcome
        self.phases = phases
        self.writeFailures = writeFailures
        self.omittedWriteFailures = omittedWriteFailures
        self.redirects = redirects
        self.artifacts = artifacts
        self.degradations = degradations
        self.host = host
        self.usage = usage
    }
}

extension RunReport {
    /// Reads a report, of which fields that were added to the contract later may be missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schemaVersion = try values.decode(Int.self, forKey: .schemaVersion)
        recipe = try values.decode(RecipeSummary.self, forKey: .recipe)
        outcome = try values.decode(Outcome.self, forKey: .outcome)
        phases = try values.decode([PhaseResult].self, forKey: .phases)
        writeFailures = try values.decode([WriteFailure].self, forKey: .writeFailures)
        omittedWriteFailures =
            try values.decodeIfPresent(Int.self, forKey: .omittedWriteFailures) ?? 0
        redirects = try values.decode([CacheRedirect].self, forKey: .redirects)
        artifacts = try values.decode([Artifact].self, forKey: .artifacts)
        degradations = try values.decode([Degradation].self, forKey: .degradations)
        host = try values.decode(HostSummary.self, forKey: .host)
        usage = try values.decode(Usage.self, forKey: .usage)
    }
}

/// Which recipe ran: `kind` is `pkgbuild` for a makepkg recipe, `command` for `run` and `shell`.
public struct RecipeSummary: Codable, Sendable, Equatable {
    /// `pkgbuild` or `command`.
    public var kind: String
    /// The recipe's file on the host, or the working directory of a command.
    public var path: String
    /// The recipe's own name (`pkgbase`); the program of a command.
    public var name: String?
    /// The recipe's version, as the packages have it.
    public var version: String?

    /// A recipe by its kind and path.
    public init(kind: String, path: String, name: String? = nil, version: String? = nil) {
        self.kind = kind
        self.path = path
        self.name = name
        self.version = version
    }
}

/// How the run ended.
public struct Outcome: Codable, Sendable, Equatable {
    /// The words of the contract.
    public enum Result: String, Codable, Sendable, CaseIterable {
        case succeeded, failed, timedOut, setupFailed, interrupted, limitExceeded
    }

    /// How the run ended, in one word.
    public var result: Result
    /// The exit status of pkgsandbox itself.
    public var exitStatus: Int
    /// The exit status of the recipe's tool (128 + N for a signal), where it ran.
    public var toolStatus: Int?
    /// The phase that failed, where one did.
    public var phase: String?
    /// One sentence for a person, where the result alone does not say it.
    public var message: String?

    /// An outcome.
    public init(
        result: Result, exitStatus: Int, toolStatus: Int? = nil, phase: String? = nil,
        message: String? = nil
    ) {
        self.result = result
        self.exitStatus = exitStatus
        self.toolStatus = toolStatus
        self.phase = phase
        self.message = message
    }
}

/// One phase of the recipe: `metadata`, `sources`, `prepare`, `pkgver`, `build`, `check`, `package`, …
public struct PhaseResult: Codable, Sendable, Equatable {
    /// How a phase ended.
    public enum Result: String, Codable, Sendable {
        case succeeded, failed
    }

    /// The phase, in the words of the report.
    public var name: String
    /// How it ended.
    public var result: Result
    /// Wall-clock seconds.
    public var seconds: Double

    /// A phase that has ended.
    public init(name: String, result: Result, seconds: Double) {
        self.name = name
        self.result = result
        self.seconds = seconds
    }
}

/// A cache directory that was given scratch space in place of a read-only directory.
public struct CacheRedirect: Codable, Sendable, Equatable {
    /// The path as the build knows it.
    public var path: String
    /// The cache rule's `cache` name, `thinlto` for example.
    public var cache: String
    /// The directory on the host that holds what the build writes there.
    public var scratch: String
    /// How often a process asked for the directory.
    public var count: Int

    /// A redirected cache.
    public init(path: String, cache: String, scratch: String, count: Int) {
        self.path = path
        self.cache = cache
        self.scratch = scratch
        self.count = count
    }
}

/// A finished package or other result, as it lies in the output directory.
public struct Artifact: Codable, Sendable, Equatable {
    /// The file's absolute path on the host.
    public var path: String
    /// Lower-case hexadecimal SHA-256 of the file's content.
    public var sha256: String
    /// The file's size.
    public var bytes: Int

    /// A finished file.
    public init(path: String, sha256: String, bytes: Int) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
    }
}

/// Something the run had to do without, and what would bring it back.
public struct Degradation: Codable, Sendable, Equatable {
    /// What had to be done without, in a few words.
    public var feature: String
    /// Why.
    public var reason: String
    /// A command or a sentence that says how to get it back.
    public var remedy: String?

    /// Something that the run had to do without.
    public init(feature: String, reason: String, remedy: String? = nil) {
        self.feature = feature
        self.reason = reason
        self.remedy = remedy
    }
}

/// The machine a run happened on, as far as it matters to the result.
public struct HostSummary: Codable, Sendable, Equatable {
    /// The kernel's release, as uname(2) has it.
    public var kernel: String?
    /// The machine's architecture, as uname(2) has it.
    public var architecture: String?
    /// The distribution's name, see os-release(5).
    public var distribution: String?
    /// The version of pkgsandbox.
    public var version: String?
    /// The host's user id that the build ran as.
    public var buildUser: Int?

    /// A machine; nil for what is not known.
    public init(
        kernel: String? = nil, architecture: String? = nil, distribution: String? = nil,
        version: String? = nil, buildUser: Int? = nil
    ) {
        self.kernel = kernel
        self.architecture = architecture
        self.distribution = distribution
        self.version = version
        self.buildUser = buildUser
    }
}

/// What the run cost, over all its stages.
public struct Usage: Codable, Sendable, Equatable {
    /// Seconds from start to end.
    public var wallSeconds: Double
    /// Processor time in user mode, of all processes of the build.
    public var userSeconds: Double
    /// Processor time in the kernel, of all processes of the build.
    public var systemSeconds: Double
    /// The largest resident set of any one process of the build.
    public var peakMemoryBytes: Int

    /// What a run used.
    public init(
        wallSeconds: Double = 0, userSeconds: Double = 0, systemSeconds: Double = 0,
        peakMemoryBytes: Int = 0
    ) {
        self.wallSeconds = wallSeconds
        self.userSeconds = userSeconds
        self.systemSeconds = systemSeconds
        self.peakMemoryBytes = peakMemoryBytes
    }
}
