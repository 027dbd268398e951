/// An error that ends the program with a message for a person.
///
/// Printed as
///
///     pkgsandbox: error: cannot create user namespace: Operation not permitted (EPERM)
///       step: 1 of 23, unshare user,mount,pid
///       cause: kernel.apparmor_restrict_unprivileged_userns is 1
///       hint: see `pkgsandbox doctor`
public struct UserError: Error, Sendable, Equatable {
    /// Lower case, no full stop, with the path.
    public var message: String
    /// Further things that are wrong in the same way, each a line of its own.
    public var more: [String]
    /// The step of a plan that failed, with its number.
    public var step: String?
    /// Only what was measured.
    public var cause: String?
    /// A command or a page.
    public var hint: String?
    /// What the program ends with.
    public var exitStatus: ExitStatus

    /// An error by its message.
    public init(
        _ message: String, more: [String] = [], step: String? = nil, cause: String? = nil,
        hint: String? = nil,
        exitStatus: ExitStatus
    ) {
        self.message = message
        self.more = more
        self.step = step
        self.cause = cause
        self.hint = hint
        self.exitStatus = exitStatus
    }
}

/// The program's exit status, as `docs/exit-status.md` explains it. `run` passes its command's own
/// status through and uses `runSetupFailed` for the sandbox's own failures.
public struct ExitStatus: RawRepresentable, Sendable, Equatable {
    /// The number that the shell sees.
    public var rawValue: Int

    /// A status by its number.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// All went well.
    public static let success = ExitStatus(rawValue: 0)
    /// The recipe failed, and no failed write explains it.
    public static let recipeFailed = ExitStatus(rawValue: 1)
    /// Bad usage, or the recipe was not found.
    public static let usage = ExitStatus(rawValue: 2)
    /// The recipe failed because of a write to a non-writable path.
    public static let writeFailed = ExitStatus(rawValue: 3)
    /// The build succeeded, but `--strict` found failed writes.
    public static let strict = ExitStatus(rawValue: 4)
    /// The sandbox could not be set up.
    public static let setupFailed = ExitStatus(rawValue: 5)
    /// `--timeout` has passed.
    public static let timedOut = ExitStatus(rawValue: 6)
    /// A resource limit or a full disk.
    public static let limitExceeded = ExitStatus(rawValue: 7)
    /// `run`: the sandbox could not be set up.
    public static let runSetupFailed = ExitStatus(rawValue: 125)
    /// `run`: the command is there and cannot be executed.
    public static let runNotExecutable = ExitStatus(rawValue: 126)
    /// `run`: the command was not found.
    public static let runNotFound = ExitStatus(rawValue: 127)

    /// Ended by a signal: 128 + its number.
    public static func signal(_ number: Int) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}
