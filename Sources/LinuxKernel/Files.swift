internal import CLinuxShims
internal import Glibc

/// Making and removing files in the sandbox's tree and in scratch space. Paths are relative to an
/// open directory where one is given.
public enum Files {
    /// See mkdirat(2). The mode is exact, whatever the umask is.
    public static func makeDirectory(
        _ path: String, mode: UInt32, in directory: Int32? = nil, existing: Bool = false
    ) throws(SystemError) {
        if mkdirat(directory ?? AT_FDCWD, path, mode) != 0 {
            let number = errno
            if existing, number == EEXIST { return }
            throw SystemError(call: "mkdir", path: path, errno: number)
        }
        if mode & 0o022 != 0 || mode & 0o7000 != 0 {
            try check(fchmodat(directory ?? AT_FDCWD, path, mode, 0), "chmod", path)
        }
    }

    /// Makes a directory and its missing parents.
    public static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        var prefix = path.utf8.first == UInt8(ascii: "/") ? "" : "."
        for component in path.split(separator: "/") {
            prefix += "/" + String(component)
            try makeDirectory(prefix, mode: mode, existing: true)
        }
    }

    /// Makes a directory under a name that nobody has, from a template that ends in XXXXXX; mode
    /// 0700. See mkdtemp(3).
    public static func makeTemporaryDirectory(_ template: String) throws(SystemError) -> String {
        var bytes = Array(template.utf8CString)
        let made = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard made else { throw SystemError(call: "mkdtemp", path: template, errno: errno) }
        return String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// See symlink(2).
    public static func makeSymbolicLink(_ path: String, to target: String) throws(SystemError) {
        try check(symlink(target, path), "symlink", path)
    }

    /// Makes a FIFO with exactly this mode; see mkfifo(3).
    public static func makeFIFO(_ path: String, mode: UInt32) throws(SystemError) {
        try check(mkfifo(path, mode), "mkfifo", path)
        try check(chmod(path, mode), "chmod", path)
    }

    /// Makes a new file with the content; an existing one is an error.
    public static func write(
        _ path: String, _ content: [UInt8], mode: UInt32
    ) throws(SystemError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        try file.writeAll(content)
    }

    /// The whole content of a file.
    public static func read(_ path: String) throws(SystemError) -> [UInt8] {
        try Descriptor.open(path, O_RDONLY).readAll()
    }

    /// Gives a file away; a symbolic link is not followed. See lchown(2).
    public static func changeOwner(
        _ path: String, to owner: UserIdentity
    ) throws(SystemError) {
        try check(lchown(path, owner.uid, owner.gid), "chown", path)
    }

    /// Gives an open file away; see fchown(2).
    public static func changeOwner(of descriptor: Int32, to owner: UserIdentity) throws(SystemError)
    {
        try check(fchown(descriptor, owner.uid, owner.gid), "fchown")
    }

    /// See fchmod(2).
    public static func changeMode(of descriptor: Int32, to mode: UInt32) throws(SystemError) {
        try check(fchmod(descriptor, mode), "fchmod")
    }

    /// See chdir(2).
    public static func changeDirectory(_ path: String) throws(SystemError) {
        try check(chdir(path), "chdir", path)
    }

    /// Removes an empty directory; see rmdir(2).
    public static func removeDirectory(_ path: String) throws(SystemError) {
        try check(rmdir(path), "rmdir", path)
    }

    /// See unlinkat(2), AT_REMOVEDIR.
    public static func removeDirectory(_ name: String, in directory: Int32) throws(SystemError) {
        try check(unlinkat(directory, name, AT_REMOVEDIR), "rmdir", name)
    }

    /// Renames within one open directory, replacing what has the new name; see renameat(2).
    public static func rename(
        _ name: String, in directory: Int32, to newName: String
    ) throws(SystemError) {
        try check(renameat(directory, name, directory, newName), "rename", newName)
    }

    /// Removes a name from an open directory; see unlinkat(2).
    public static func unlink(_ name: String, in directory: Int32) throws(SystemError) {
        try check(unlinkat(directory, name, 0), "unlink", name)
    }

    /// The absolute path without symbolic links; see realpath(3).
    public static func realPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = realpath(path, nil) else {
            throw SystemError(call: "realpath", path: path, errno: errno)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The working directory of this process; see getcwd(3).
    public static func currentDirectory() throws(SystemError) -> String {
        guard let path = getcwd(nil, 0) else { throw SystemError(call: "getcwd", errno: errno) }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether the caller may, by its effective user; see faccessat(2), AT_EACCESS.
    public static func mayAccess(_ path: String, _ mode: Int32) -> Bool {
        pks_faccessat2(AT_FDCWD, path, mode, 0x200 /* AT_EACCESS */) == 0
    }
}

/// Sets the host name of this UTS namespace; see sethostname(2).
public func setHostName(_ name: String) throws(SystemError) {
    try check(sethostname(name, name.utf8.count), "sethostname", name)
}

/// Brings the loopback interface of this network namespace up; see netdevice(7).
public func bringUpLoopback() throws(SystemError) {
    try check(pks_interface_up("lo"), "ioctl SIOCSIFFLAGS", "lo")
}

/// Permission bits of files that this process makes are not reduced any more; see umask(2).
public func setFileModeMask(_ mask: UInt32) { umask(mask) }
