internal import CLinuxShims
internal import Glibc

/// What a file is, as far as permission goes; see statx(2).
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
    /// The number of the mount by which the file was reached.
    public var mount: UInt64
    /// Bytes.
    public var size: Int
    /// Nobody may change the file; see ioctl_iflags(2).
    public var isImmutable: Bool
    /// The file may only grow.
    public var isAppendOnly: Bool
    /// Since the file's content, owner or mode changed last, by the wall clock.
    public var secondsSinceChange: Int

    init(_ raw: pks_status) {
        switch raw.mode & S_IFMT {
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFCHR, S_IFBLK: kind = .device
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        default: kind = .regular
        }
        mode = raw.mode & 0o7777
        uid = raw.uid
        gid = raw.gid
        device = raw.device
        inode = raw.inode
        mount = raw.mount
        size = Int(clamping: raw.size)
        isImmutable = raw.attributes & UInt64(PKS_ATTRIBUTE_IMMUTABLE) != 0
        isAppendOnly = raw.attributes & UInt64(PKS_ATTRIBUTE_APPEND) != 0
        secondsSinceChange = time(nil) - Int(raw.changed)
    }

    /// Of an open file; corresponds to fstat(2).
    public static func of(_ descriptor: Int32) throws(SystemError) -> FileStatus {
        var raw = pks_status()
        try check(pks_status_of(descriptor, "", Int32(PKS_AT_EMPTY_PATH), &raw), "statx")
        return FileStatus(raw)
    }

    /// - Parameter follow: whether a symbolic link stands for what it points to.
    public static func of(
        _ path: String, follow: Bool = true
    ) throws(SystemError) -> FileStatus {
        var raw = pks_status()
        try check(
            pks_status_of(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW, &raw), "statx", path)
        return FileStatus(raw)
    }
}

/// What a mount allows, by its own flags or its file system's; see statfs(2).
public struct MountFacts: Sendable, Equatable {
    /// Nothing on it may be changed.
    public var isReadOnly: Bool
    /// Device nodes on it may not be opened.
    public var forbidsDevices: Bool
    /// It shows processes; see proc(5).
    public var isProc: Bool

    /// The mount that holds an open file; nil where it cannot be told.
    public init?(_ descriptor: Int32) { self.init(descriptor, nil) }

    init?(_ descriptor: Int32, _ path: UnsafePointer<CChar>?) {
        var flags: UInt64 = 0
        var type: UInt64 = 0
        guard pks_mount_facts(descriptor, path, &flags, &type) == 0 else { return nil }
        isReadOnly = flags & 1 != 0  // ST_RDONLY
        forbidsDevices = flags & 4 != 0  // ST_NODEV
        isProc = type == 0x9fa0  // PROC_SUPER_MAGIC
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

    /// What a file is; nil where it cannot be told. See statx(2).
    public static func status(_ path: [UInt8], follow: Bool = true) -> FileStatus? {
        var raw = pks_status()
        let flags = follow ? 0 : AT_SYMLINK_NOFOLLOW
        let found = withText(path) { pks_status_of(AT_FDCWD, $0, flags, &raw) == 0 }
        return found ? FileStatus(raw) : nil
    }

    /// The mount that holds a file; nil where it cannot be told. See statfs(2).
    public static func mount(of path: [UInt8], follow: Bool = true) -> MountFacts? {
        if follow { return withText(path) { MountFacts(-1, $0) } }
        guard case .descriptor(let file) = open(path, follow: false) else { return nil }
        return MountFacts(file.number)
    }

    /// The number of the mount that holds a file; see statx(2), STATX_MNT_ID.
    public static func mount(_ path: [UInt8]) -> UInt64? { status(path)?.mount }

    /// The error number of asking for an extended attribute, 0 where it is there; see getxattr(2).
    public static func attribute(_ path: [UInt8], _ name: [UInt8], follow: Bool = true) -> Int32 {
        withText(path) { path in
            withText(name) { name in
                let size =
                    follow ? getxattr(path, name, nil, 0) : lgetxattr(path, name, nil, 0)
                return size >= 0 ? 0 : errno
            }
        }
    }

    /// Whether the file system keeps attributes such as immutable for a file; see ioctl_iflags(2).
    public static func hasInodeFlags(_ path: [UInt8], follow: Bool = true) -> Bool {
        let lookup = follow ? 0 : AT_SYMLINK_NOFOLLOW
        if withText(path, { pks_file_attributes($0, lookup) }) == 0 { return true }
        // A kernel before 6.17 has to be asked through an open file.
        guard errno == ENOSYS, case .descriptor(let file) = open(path, follow: follow),
            let file = try? Descriptor.open("/proc/self/fd/\(file.number)", O_RDONLY | O_NONBLOCK)
        else { return false }
        var flags: UInt32 = 0
        return pks_inode_flags(file.number, &flags) == 0
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

    /// Where a path leads under the restrictions of openat2(2), RESOLVE_…: the error number, 0 where
    /// it comes to a file.
    public static func resolve(_ path: [UInt8], from directory: Int32?, _ restrictions: UInt64)
        -> Int32
    {
        let flags = UInt64(FileFlags.pathOnly | O_CLOEXEC)
        let number = withText(path) {
            pks_openat2(directory ?? AT_FDCWD, $0, flags, 0, restrictions)
        }
        if number < 0 { return errno }
        close(number)
        return 0
    }

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
public func kernelPath(of descriptor: Int32) -> [UInt8] {
    linkTarget("/proc/self/fd/\(descriptor)")
}

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
