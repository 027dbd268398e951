internal import CLinuxShims
internal import Glibc

/// What a file is, as far as permission goes; see stat(2).
public struct FileStatus: Sendable, Equatable {
    /// The types of file, as inode(7) has them.
    public enum Kind: Sendable { case regular, directory, symbolicLink, device, fifo, socket }

    /// The type.
    public var kind: Kind
    /// Permission bits with set-user-ID, set-group-ID and sticky.
    public var mode: UInt32
    /// The owner's number; 65534 for one that this user namespace does not map.
    public var uid: UInt32
    /// The group's number.
    public var gid: UInt32
    /// The device that holds the file.
    public var device: UInt64
    /// The file's number on its device.
    public var inode: UInt64
    /// Bytes.
    public var size: Int
    /// Since the file's content, owner or mode changed last, by the wall clock.
    public var secondsSinceChange: Int

    init(_ raw: stat) {
        switch raw.st_mode & S_IFMT {
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFCHR, S_IFBLK: kind = .device
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        default: kind = .regular
        }
        mode = raw.st_mode & 0o7777
        uid = raw.st_uid
        gid = raw.st_gid
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        size = Int(raw.st_size)
        secondsSinceChange = time(nil) - raw.st_ctim.tv_sec
    }

    /// Of an open file; corresponds to fstat(2).
    public static func of(_ descriptor: Int32) throws(SystemError) -> FileStatus {
        var raw = stat()
        try check(fstat(descriptor, &raw), "fstat")
        return FileStatus(raw)
    }

    /// - Parameter follow: whether a symbolic link stands for what it points to.
    public static func of(
        _ path: String, follow: Bool = true
    ) throws(SystemError) -> FileStatus {
        var raw = stat()
        try check(
            fstatat(AT_FDCWD, path, &raw, follow ? 0 : AT_SYMLINK_NOFOLLOW), "stat", path)
        return FileStatus(raw)
    }
}

/// Questions to the kernel about a path that is given as bytes ending with a zero, answered with an
/// error number, 0 for yes. They leave no trace and allocate nothing.
public enum PathQuestion {
    /// F_OK: it is there.
    public static let exists = F_OK
    /// W_OK.
    public static let write = W_OK
    /// X_OK: a directory may be searched, a file executed.
    public static let search = X_OK
    /// R_OK.
    public static let read = R_OK

    /// Whether the *real* user may, without any capability; see access(2).
    @inline(__always)
    public static func access(_ path: [UInt8], _ mode: Int32, follow: Bool = true) -> Int32 {
        let flags = follow ? 0 : Int32(PKS_AT_SYMLINK_NOFOLLOW)
        return path.withUnsafeBytes { raw in
            guard let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                return ENOENT
            }
            return pks_faccessat2(AT_FDCWD, base, mode, flags) == 0 ? 0 : errno
        }
    }

    /// What a file is; nil where it cannot be told. See fstatat(2).
    public static func status(_ path: [UInt8], follow: Bool = true) -> FileStatus? {
        var raw = stat()
        let flags = follow ? 0 : AT_SYMLINK_NOFOLLOW
        let found = withText(path) { fstatat(AT_FDCWD, $0, &raw, flags) == 0 }
        return found ? FileStatus(raw) : nil
    }

    /// Whether the mount that holds a file is read-only; see statfs(2).
    public static func isOnReadOnlyMount(_ path: [UInt8], follow: Bool = true) -> Bool {
        guard case .descriptor(let file) = open(path, follow: follow) else { return false }
        return pks_mount_is_read_only(file.number) == 1
    }

    /// The number of the mount that holds a file; see statx(2), STATX_MNT_ID.
    public static func mount(_ path: [UInt8]) -> UInt64? {
        var number: UInt64 = 0
        return withText(path) { pks_mount_number(AT_FDCWD, $0, &number) == 0 } ? number : nil
    }

    /// The text of a symbolic link; empty for anything else.
    public static func link(_ path: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            let size = withText(path) { text in
                buffer.withMemoryRebound(to: CChar.self) { out in
                    out.baseAddress.map { readlink(text, $0, 4096) } ?? -1
                }
            }
            count = max(0, size)
        }
    }

    private static func withText<Result>(
        _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        path.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: CChar.self) { text in
                guard let base = text.baseAddress else {
                    fatalErrorWithoutAllocation("a path without its zero byte")
                }
                return body(base)
            }
        }
    }

    /// Whether anything has the path, a dangling symbolic link too.
    public static func isThere(_ path: [UInt8]) -> Bool { access(path, exists, follow: false) == 0 }

    /// Whether anything has the path, a dangling symbolic link too.
    public static func isThere(_ path: String) -> Bool { isThere(Array(path.utf8) + [0]) }

    /// Opens for reference only; the error number where that fails.
    public static func open(_ path: [UInt8], follow: Bool = true) -> Opened {
        let flags = FileFlags.pathOnly | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)
        let number = path.withUnsafeBytes { raw -> Int32 in
            guard let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else { return -1 }
            return pks_openat(AT_FDCWD, base, flags, 0)
        }
        return number >= 0 ? .descriptor(Descriptor(owning: number)) : .failed(errno)
    }

    /// What came of opening a path.
    public enum Opened: ~Copyable {
        case descriptor(Descriptor)
        case failed(Int32)
    }
}

/// The path that the kernel knows an open file by, as bytes; see proc_pid_fd(5).
public func kernelPath(of descriptor: Int32) -> [UInt8] { linkTarget("/proc/self/fd/\(descriptor)") }

/// The text of a symbolic link, empty when there is none.
public func linkTarget(_ path: String) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
        let size = buffer.withMemoryRebound(to: CChar.self) { text in
            text.baseAddress.map { readlink(path, $0, 4096) } ?? -1
        }
        count = max(0, size)
    }
}

/// The immutable and append-only attributes of an open file; see ioctl_iflags(2). A file system
/// without attributes has none.
public func isImmutable(_ descriptor: Int32) -> Bool {
    // An O_PATH descriptor takes no ioctl: open it anew.
    guard let file = try? Descriptor.open("/proc/self/fd/\(descriptor)", O_RDONLY | O_NONBLOCK)
    else { return false }
    var flags: UInt32 = 0
    return pks_inode_flags(file.number, &flags) == 0 && flags & 0x30 != 0
}
