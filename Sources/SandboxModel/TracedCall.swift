/// A system call that init is told of before the kernel carries it out.
///
/// `TracedCall.table` is the one list: the seccomp filter, the decoding of arguments, the
/// prediction of the result, the documentation and the tests are all made from it.
public struct TracedCall: Sendable, Equatable {
    /// What the call does, and so which of the kernel's checks it goes through.
    public enum Kind: String, Sendable, CaseIterable {
        case open
        case openHow
        case makeDirectory
        case makeNode
        case makeSymbolicLink
        case link
        case unlink
        case removeDirectory
        case rename
        case truncate
        case changeMode
        case changeOwner
        case changeTimes
        case setAttribute
        case removeAttribute
        case setFileFlags
        case bindSocket
        // Not writes: where a process is, and how it ends.
        case changeDirectory
        case exit
        case signal
    }

    /// Where an operand comes from; the numbers are argument positions.
    public enum Operand: Sendable, Equatable {
        /// A path relative to the working directory.
        case path(Int)
        /// A path relative to a directory's descriptor.
        case pathAt(directory: Int, path: Int)
        case descriptor(Int)
        /// A socket address.
        case address(Int, length: Int)
    }

    /// The call's name in the kernel's tables, on every architecture that has it.
    public var name: String
    /// The call's number, for calls that are newer than the libseccomp of a long-lived distribution.
    /// Since 5.1 the kernel gives every architecture the same number.
    public var number: Int32?
    /// Which of the kernel's checks the call goes through.
    public var kind: Kind
    /// What is changed; the source of a rename or link.
    public var target: Operand?
    /// The new name of a rename or link.
    public var destination: Operand?
    /// The argument with flags: open flags, or AT_ flags.
    public var flags: Int?
    /// Flags that a call without the argument stands for (`creat`, `lchown`).
    public var impliedFlags: UInt64
    /// The flags that the call knows: with any other it answers EINVAL, whatever the path.
    public var knownFlags: UInt64?
    /// The argument that says what to set: a mode, an owner, the address of times, a signal.
    public var value: Int?
    /// Only calls with one of these bits in an argument are told; nil for all.
    public var onlyBits: (argument: Int, mask: [UInt64])?
    /// Only calls with one of these values in an argument are told; nil for all.
    public var onlyValues: (argument: Int, values: [UInt64])?

    init(
        _ name: String, _ kind: Kind, _ target: Operand? = nil, to destination: Operand? = nil,
        number: Int32? = nil, flags: Int? = nil, implied impliedFlags: UInt64 = 0,
        known knownFlags: UInt64? = nil, value: Int? = nil,
        onlyBits: (Int, [UInt64])? = nil, onlyValues: (Int, [UInt64])? = nil
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.destination = destination
        self.number = number
        self.flags = flags
        self.impliedFlags = impliedFlags
        self.knownFlags = knownFlags
        self.value = value
        self.onlyBits = onlyBits.map { (argument: $0.0, mask: $0.1) }
        self.onlyValues = onlyValues.map { (argument: $0.0, values: $0.1) }
    }

    /// Calls are told apart by their names.
    public static func == (one: TracedCall, other: TracedCall) -> Bool { one.name == other.name }
}

/// Flags of open(2) and of the `…at` calls, as numbers of the kernel's interface on x86.
public enum CallFlag {
    /// O_WRONLY.
    public static let writeOnly: UInt64 = 0o1
    /// O_RDWR.
    public static let readWrite: UInt64 = 0o2
    /// The bits of O_RDONLY, O_WRONLY and O_RDWR.
    public static let accessMode: UInt64 = 0o3
    /// O_CREAT.
    public static let create: UInt64 = 0o100
    /// O_EXCL.
    public static let exclusive: UInt64 = 0o200
    /// O_TRUNC.
    public static let truncate: UInt64 = 0o1000
    /// O_APPEND.
    public static let append: UInt64 = 0o2000
    /// O_DIRECTORY.
    public static let directory: UInt64 = 0o200000
    /// O_NOFOLLOW.
    public static let noFollow: UInt64 = 0o400000
    /// O_NOATIME.
    public static let noAccessTime: UInt64 = 0o1000000
    /// O_PATH.
    public static let pathOnly: UInt64 = 0o10000000
    /// All that open(2) knows; openat2(2) refuses others.
    public static let allOfOpen: UInt64 = 0o37777703
    /// What openat2(2) takes together with O_PATH: O_DIRECTORY, O_NOFOLLOW, O_PATH and O_CLOEXEC.
    public static let allOfPathOnly: UInt64 = 0o12600000
    /// The bit of O_TMPFILE that is not O_DIRECTORY.
    public static let temporary: UInt64 = 0o20000000
    /// AT_SYMLINK_NOFOLLOW.
    public static let atNoFollow: UInt64 = 0x100
    /// AT_REMOVEDIR.
    public static let atRemoveDirectory: UInt64 = 0x200
    /// AT_SYMLINK_FOLLOW.
    public static let atFollow: UInt64 = 0x400
    /// AT_EMPTY_PATH.
    public static let atEmptyPath: UInt64 = 0x1000
    /// The access mode with both bits: read and write permission, for ioctl(2) only.
    public static let ioctlOnly: UInt64 = 3
    /// RENAME_NOREPLACE.
    public static let renameNoReplace: UInt64 = 1
    /// RENAME_EXCHANGE.
    public static let renameExchange: UInt64 = 2
    /// RENAME_WHITEOUT.
    public static let renameWhiteout: UInt64 = 4
    /// RESOLVE_BENEATH of openat2(2).
    public static let resolveBeneath: UInt64 = 0x08
    /// RESOLVE_IN_ROOT of openat2(2).
    public static let resolveInRoot: UInt64 = 0x10
    /// All that openat2(2) knows.
    public static let allOfResolve: UInt64 = 0x3f
    /// SIGABRT.
    public static let abortSignal: UInt64 = 6
}

extension TracedCall {
    private static let writing = [
        CallFlag.writeOnly, CallFlag.readWrite, CallFlag.create, CallFlag.truncate,
    ]

    private static let lookup = CallFlag.atNoFollow | CallFlag.atEmptyPath
    /// FS_IOC_SETFLAGS, its 32-bit form, and FS_IOC_FSSETXATTR.
    private static let settingFlags: [UInt64] = [0x4008_6602, 0x4004_6602, 0x401c_5820]

    /// Every call that can write to a path, and the few that say where a process is and how it ends.
    public static let table: [TracedCall] = [
        TracedCall("open", .open, .path(0), flags: 1, onlyBits: (1, writing)),
        TracedCall(
            "openat", .open, .pathAt(directory: 0, path: 1), flags: 2, onlyBits: (2, writing)),
        TracedCall("openat2", .openHow, .pathAt(directory: 0, path: 1), flags: 2),
        TracedCall(
            "creat", .open, .path(0),
            implied: CallFlag.writeOnly | CallFlag.create | CallFlag.truncate),
        TracedCall("mkdir", .makeDirectory, .path(0)),
        TracedCall("mkdirat", .makeDirectory, .pathAt(directory: 0, path: 1)),
        TracedCall("mknod", .makeNode, .path(0), value: 1),
        TracedCall("mknodat", .makeNode, .pathAt(directory: 0, path: 1), value: 2),
        TracedCall("symlink", .makeSymbolicLink, .path(1), value: 0),
        TracedCall("symlinkat", .makeSymbolicLink, .pathAt(directory: 1, path: 2), value: 0),
        TracedCall("link", .link, .path(0), to: .path(1)),
        TracedCall(
            "linkat", .link, .pathAt(directory: 0, path: 1), to: .pathAt(directory: 2, path: 3),
            flags: 4, known: CallFlag.atFollow | CallFlag.atEmptyPath),
        TracedCall("unlink", .unlink, .path(0)),
        TracedCall(
            "unlinkat", .unlink, .pathAt(directory: 0, path: 1), flags: 2,
            known: CallFlag.atRemoveDirectory),
        TracedCall("rmdir", .removeDirectory, .path(0)),
        TracedCall("rename", .rename, .path(0), to: .path(1)),
        TracedCall(
            "renameat", .rename, .pathAt(directory: 0, path: 1), to: .pathAt(directory: 2, path: 3)),
        TracedCall(
            "renameat2", .rename, .pathAt(directory: 0, path: 1),
            to: .pathAt(directory: 2, path: 3), flags: 4,
            known: CallFlag.renameNoReplace | CallFlag.renameExchange | CallFlag.renameWhiteout),
        TracedCall("truncate", .truncate, .path(0), value: 1),
        TracedCall("truncate64", .truncate, .path(0), value: 1),
        TracedCall("chmod", .changeMode, .path(0), value: 1),
        TracedCall("fchmod", .changeMode, .descriptor(0), value: 1),
        TracedCall("fchmodat", .changeMode, .pathAt(directory: 0, path: 1), value: 2),
        TracedCall(
            "fchmodat2", .changeMode, .pathAt(directory: 0, path: 1), number: 452, flags: 3,
            known: lookup, value: 2),
        TracedCall("chown", .changeOwner, .path(0), value: 1),
        TracedCall("chown32", .changeOwner, .path(0), value: 1),
        TracedCall("lchown", .changeOwner, .path(0), implied: CallFlag.atNoFollow, value: 1),
        TracedCall("lchown32", .changeOwner, .path(0), implied: CallFlag.atNoFollow, value: 1),
        TracedCall("fchown", .changeOwner, .descriptor(0), value: 1),
        TracedCall("fchown32", .changeOwner, .descriptor(0), value: 1),
        TracedCall(
            "fchownat", .changeOwner, .pathAt(directory: 0, path: 1), flags: 4, known: lookup,
            value: 2),
        TracedCall("utime", .changeTimes, .path(0), value: 1),
        TracedCall("utimes", .changeTimes, .path(0), value: 1),
        TracedCall("futimesat", .changeTimes, .pathAt(directory: 0, path: 1), value: 2),
        TracedCall(
            "utimensat", .changeTimes, .pathAt(directory: 0, path: 1), flags: 3, known: lookup,
            value: 2),
        TracedCall(
            "utimensat_time64", .changeTimes, .pathAt(directory: 0, path: 1), flags: 3,
            known: lookup, value: 2),
        TracedCall("setxattr", .setAttribute, .path(0), value: 1),
        TracedCall("lsetxattr", .setAttribute, .path(0), implied: CallFlag.atNoFollow, value: 1),
        TracedCall("fsetxattr", .setAttribute, .descriptor(0), value: 1),
        TracedCall(
            "setxattrat", .setAttribute, .pathAt(directory: 0, path: 1), number: 463, flags: 2,
            known: lookup, value: 3),
        TracedCall("removexattr", .removeAttribute, .path(0), value: 1),
        TracedCall(
            "lremovexattr", .removeAttribute, .path(0), implied: CallFlag.atNoFollow, value: 1),
        TracedCall("fremovexattr", .removeAttribute, .descriptor(0), value: 1),
        TracedCall(
            "removexattrat", .removeAttribute, .pathAt(directory: 0, path: 1), number: 466,
            flags: 2, known: lookup, value: 3),
        TracedCall(
            "file_setattr", .setFileFlags, .pathAt(directory: 0, path: 1), number: 469, flags: 4,
            known: lookup),
        TracedCall("ioctl", .setFileFlags, .descriptor(0), onlyValues: (1, settingFlags)),
        TracedCall("bind", .bindSocket, .address(1, length: 2)),

        TracedCall("chdir", .changeDirectory, .path(0)),
        TracedCall("exit_group", .exit, value: 0),
        TracedCall("tgkill", .signal, value: 2, onlyValues: (2, [CallFlag.abortSignal])),
    ]

    /// The word of the report for what a call does.
    public var operation: String {
        switch kind {
        case .open, .openHow: "write-file"
        case .makeDirectory: "create-directory"
        case .makeNode: "create-node"
        case .makeSymbolicLink: "create-symbolic-link"
        case .link: "create-link"
        case .unlink, .removeDirectory: "remove"
        case .rename: "rename"
        case .truncate: "truncate-file"
        case .changeMode: "change-mode"
        case .changeOwner: "change-owner"
        case .changeTimes: "change-times"
        case .setAttribute, .removeAttribute, .setFileFlags: "change-attribute"
        case .bindSocket: "create-socket"
        case .changeDirectory, .exit, .signal: "observe"
        }
    }
}
