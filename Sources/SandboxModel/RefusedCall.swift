/// A system call that a build may not make at all.
public struct RefusedCall: Sendable, Equatable {
    public var name: String
    /// What the call answers, so that programs fall back to something else.
    public var errno: Int32
    /// Why it is refused.
    public var reason: String

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
