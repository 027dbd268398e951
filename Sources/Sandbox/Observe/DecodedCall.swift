internal import LinuxKernel
internal import SandboxModel

/// A notified call with its arguments read from the caller.
struct DecodedCall {
    /// One file that the call names.
    struct Operand {
        /// What the caller wrote; empty where only a descriptor was given.
        var requested: [UInt8]
        /// A path by which init reaches the same file, ending with a zero byte.
        var path: [UInt8]
        /// The call works on an open file and not on a name.
        var isDescriptor: Bool
        /// By which init reaches the directory that a relative path begins in, or the open file;
        /// empty for an absolute path.
        var start: [UInt8] = []
        /// The open file; AT_FDCWD for the working directory.
        var descriptor: Int32 = -1
        /// The open file may not be one that O_PATH has opened.
        var mustBeOpen = false
        /// Keeps `start` alive.
        var held: SharedDescriptor?
    }

    /// Times as utimensat(2) sees them.
    enum Times { case now, omitted, explicit, invalid }

    var call: TracedCall
    var kind: TracedCall.Kind
    var thread: Int32
    var target: Operand
    var destination: Operand?
    var flags: UInt64 = 0
    /// The paths are those that `CallerPaths` has found.
    var isWalked = false
    /// The RESOLVE_ flags of openat2(2).
    var resolve: UInt64 = 0
    var times: Times = .now
    var owner: (uid: UInt32, gid: UInt32) = (.max, .max)
    var attributeName: [UInt8] = []

    enum Failure: Error {
        /// The caller's memory could not be read: the kernel will answer EFAULT, or the caller ended.
        case unreadable
        /// The kernel will refuse the arguments for what they are, whatever the place.
        case refusedForItself
        /// The call does not touch a path (an abstract socket, for example).
        case notAPath
    }
}
