public import LinuxKernel
public import SandboxModel

/// What one sandbox came to.
public struct SandboxResult: Sendable {
    /// Why the supervisor ended the sandbox before its command ended by itself.
    public enum Interruption: Sendable, Equatable {
        /// A signal came to the supervisor.
        case signal(Int32)
        case deadline
    }

    /// How the command ended; nil where it never ran.
    public var end: ProcessEnd?
    /// Error number of the exec that failed.
    public var commandError: Int32?
    /// The step of the plan that failed.
    public var failedStep: FailedStep?
    /// Why it was ended from outside, if it was.
    public var interruption: Interruption?
    /// The failed writes, judged.
    public var writeFailures: [WriteFailure] = []
    /// Failed writes that were only counted.
    public var omittedWriteFailures = 0
    /// Caches that were given scratch space.
    public var redirects: [CacheRedirect] = []
    /// Phases that have ended; the last one may be one that never said so.
    public var phases: [PhaseResult] = []
    /// The phase that began and did not end.
    public var openPhase: String?
    /// What the sandbox had to do without.
    public var degradations: [Degradation] = []
    /// What its processes used.
    public var usage = Usage()
    /// Standard output, where the plan has it captured.
    public var output: [UInt8] = []

    /// A step of the plan, and what the kernel answered.
    public struct FailedStep: Sendable, Equatable {
        /// The step's place in the plan, from 0.
        public var index: Int
        /// The call that failed.
        public var error: SystemError
    }

    init() {}
}
