/// A system call that a build may not make at all.
public struct RefusedCall: Sendable, Equatable {
    public var name: String
    /// What the call answers, so that programs fall back to something else.
    public var errno: Int32
    /// Why it is refused.
    public var reason: String

    /// Calls that could make a set-user-ID or set-group-ID file, by the argument with the mode. They
    /// are refused where the build's files belong to another user on the host (see
    /// `SandboxPlan.writesAsOwner`): there such a file would hand that user's rights to anybody.
    public static let modeArguments: [(name: String, argument: Int)] = [
        ("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("open", 2), ("openat", 3),
        ("creat", 1), ("mknod", 1), ("mknodat", 2),
    ]
    /// Set-user-ID and set-group-ID; see inode(7).
    public static let privilegedModes: [UInt64] = [0o4000, 0o2000]

    private static let missing: Int32 = 38  // ENOSYS
    private static let notPermitted: Int32 = 1  // EPERM

    /// All of them.
    public static let table: [RefusedCall] =
        ["io_uring_setup", "io_uring_enter", "io_uring_register"].map {
            RefusedCall(
                name: $0, errno: missing, reason: "opens files without passing the filter")
        }
        + ["add_key", "request_key", "keyctl"].map {
            RefusedCall(
                name: $0, errno: missing, reason: "the kernel's keyrings are not in a namespace")
        }
        + ["bpf", "perf_event_open", "userfaultfd"].map {
            RefusedCall(
                name: $0, errno: notPermitted,
                reason: "a large part of the kernel that no build needs")
        }
}
