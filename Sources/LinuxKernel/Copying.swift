internal import CLinuxShims
internal import Glibc

extension Files {
    /// What a name in an open directory is, not followed; nil if it has gone.
    public static func status(
        _ name: FileName, in directory: Int32
    ) throws(SystemError) -> FileStatus? {
        var raw = pks_status()
        if pks_status_of(directory, name, AT_SYMLINK_NOFOLLOW, &raw) != 0 {
            if errno == ENOENT { return nil }
            throw SystemError(call: "stat", path: text(name), errno: errno)
        }
        return FileStatus(raw)
    }

    /// Opens a directory by its name in another, not followed.
    public static func openDirectory(
        _ name: FileName, in directory: Int32
    ) throws(SystemError) -> Descriptor {
        try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: directory)
    }

    /// Opens a regular file for reading; a symbolic link or anything else in its place is an error.
    public static func openRegular(
        _ name: FileName, in directory: Int32
    ) throws(SystemError) -> Descriptor {
        // Without O_NONBLOCK a FIFO in its place would wait for a writer.
        let file = try open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, in: directory)
        guard try FileStatus.of(file.number).kind == .regular else {
            throw SystemError(call: "open", path: text(name), errno: EINVAL)
        }
        return file
    }

    private static func open(
        _ name: FileName, _ flags: Int32, in directory: Int32, mode: UInt32 = 0
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try checkRetrying("open", text(name)) {
                pks_openat(directory, name, flags | O_CLOEXEC, mode)
            })
    }

    /// Copies a regular file to the same name in another directory.
    public static func copyFile(
        _ name: FileName, from: Int32, into: Int32, mode: UInt32, _ owner: UserIdentity?
    ) throws(SystemError) {
        let source = try openRegular(name, in: from)
        let copy = try open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, in: into, mode: 0o600)
        try copyContent(from: source.number, to: copy.number)
        if let owner { try changeOwner(of: copy.number, to: owner) }
        try changeMode(of: copy.number, to: mode & 0o777)
    }

    /// Copies what is left to read; shares the blocks where the file system can (ioctl_ficlone(2)).
    public static func copyContent(from source: Int32, to copy: Int32) throws(SystemError) {
        if pks_clone_file(copy, source) == 0 { return }
        while true {
            let part = try Descriptor.read(from: source, upTo: 1 << 20)
            if part.isEmpty { return }
            try Descriptor.write(part, to: copy)
        }
    }

    /// Copies a symbolic link, as it is, to the same name in another directory.
    public static func copyLink(
        _ name: FileName, from: Int32, into: Int32, _ owner: UserIdentity?
    ) throws(SystemError) {
        var target = FileName(repeating: 0, count: 4097)
        try check(readlinkat(from, name, &target, 4096), "readlink", text(name))
        try check(symlinkat(target, into, name), "symlink", text(name))
        if let owner {
            try check(
                fchownat(into, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW), "chown", text(name)
            )
        }
    }

    /// Makes an empty directory with the same permission bits in another directory.
    public static func copyDirectory(
        _ name: FileName, into: Int32, mode: UInt32, _ owner: UserIdentity?
    ) throws(SystemError) {
        // Writable for its owner while it is filled, and after: it is the owner's copy.
        try check(mkdirat(into, name, mode & 0o777 | 0o700), "mkdir", text(name))
        if let owner {
            try check(
                fchownat(into, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW), "chown", text(name)
            )
        }
    }

    /// A name for a message.
    public static func text(_ name: FileName) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A name for a call.
    public static func name(_ text: String) -> FileName {
        FileName(text.utf8CString)
    }
}

/// Takes an exclusive lock on an open file or directory, without waiting; see flock(2).
///
/// - Returns: false where somebody else holds it.
public func lockFile(_ descriptor: Int32) throws(SystemError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    if errno == EWOULDBLOCK { return false }
    throw SystemError(call: "flock", errno: errno)
}

/// Writes a file's content to the disk; see fsync(2).
public func synchronise(_ descriptor: Int32) throws(SystemError) {
    try check(fsync(descriptor), "fsync")
}
