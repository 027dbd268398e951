/// One failed write, or several alike by one process.
public struct WriteFailure: Codable, Sendable, Equatable {
    /// Why the path could not be written.
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// On a mount that the sandbox made read-only.
        case readOnlySystem = "read-only-system"
        /// Permission bits say no.
        case permission
        /// The call is reserved for the file's owner, or for the owner of the sticky directory.
        case notOwner = "not-owner"
        /// In a place of the host that the sandbox does not show.
        case hidden
        /// The file or directory carries the immutable or append-only attribute.
        case immutable
        /// A rule of the profile or of a kernel policy.
        case policy
    }

    /// Whether this failed write is what broke the build.
    public enum Verdict: String, Codable, Sendable {
        case fatal, benign
    }

    /// The path that the kernel refused, absolute, symbolic links resolved as far as they exist.
    /// For collapsed retries the differing part of the name is given as `*`.
    public var path: String
    /// The path as the process gave it.
    public var requestedPath: String
    /// The system call as made, `openat` for example.
    public var call: String
    /// What the call was to do: `create-file`, `create-directory`, `write-file`, `remove`, ….
    public var operation: String
    /// The error's name, `EROFS` for example.
    public var errno: String
    /// The kind of obstacle.
    public var reason: Reason
    /// The mount, mode or owner that says so, in a few words.
    public var evidence: String?
    /// Whether it broke the build.
    public var verdict: Verdict
    /// Why it was judged as it was.
    public var verdictReason: String?
    /// How many attempts this record stands for.
    public var count: Int
    /// The phase of the recipe, in the words of the report.
    public var phase: String?
    /// The line of the recipe that was being executed, the innermost one that is in the recipe's file.
    public var recipeLine: Int?
    /// The function of the recipe that holds the line.
    public var recipeFunction: String?
    /// Who made the call.
    public var process: ProcessSummary
    /// The parents of `process`, nearest first, up to the phase's shell.
    public var ancestry: [ProcessSummary]
    /// The id of the rule that gave `hint`.
    public var rule: String?
    /// What to change.
    public var hint: String?

    /// A failed write; the defaults are those of one that was not judged yet.
    public init(
        path: String, requestedPath: String, call: String, operation: String, errno: String,
        reason: Reason, evidence: String? = nil, verdict: Verdict = .benign,
        verdictReason: String? = nil, count: Int = 1, phase: String? = nil, recipeLine: Int? = nil,
        recipeFunction: String? = nil, process: ProcessSummary, ancestry: [ProcessSummary] = [],
        rule: String? = nil, hint: String? = nil
    ) {
        self.path = path
        self.requestedPath = requestedPath
        self.call = call
        self.operation = operation
        self.errno = errno
        self.reason = reason
        self.evidence = evidence
        self.verdict = verdict
        self.verdictReason = verdictReason
        self.count = count
        self.phase = phase
        self.recipeLine = recipeLine
        self.recipeFunction = recipeFunction
        self.process = process
        self.ancestry = ancestry
        self.rule = rule
        self.hint = hint
    }
}

/// A process of the build, as it was when the write failed; `pid` is the build's own numbering.
public struct ProcessSummary: Codable, Sendable, Equatable {
    /// The process number, in the sandbox's own numbering.
    public var pid: Int
    /// The executable's path inside the sandbox.
    public var executable: String
    /// The argument vector, cut short after a few kilobytes.
    public var arguments: [String]
    /// The working directory inside the sandbox; nil where it was not read.
    public var workingDirectory: String?

    /// A process by what is known of it.
    public init(pid: Int, executable: String, arguments: [String], workingDirectory: String? = nil)
    {
        self.pid = pid
        self.executable = executable
        self.arguments = arguments
        self.workingDirectory = workingDirectory
    }
}
