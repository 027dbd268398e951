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
    public var interruption: Interruption?
    public var writeFailures: [WriteFailure] = []
    public var omittedWriteFailures = 0
    public var redirects: [CacheRedirect] = []
    public var phases: [PhaseResult] = []
    /// The phase that began and did not end.
    public var openPhase: String?
    public var degradations: [Degradation] = []
    public var usage = Usage()
    /// Standard output, where the plan has it captured.
    public var output: [UInt8] = []

    public struct FailedStep: Sendable, Equatable {
        public var index: Int
        public var error: SystemError
    }

    init() {}
}
