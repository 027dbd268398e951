internal import CLinuxShims
internal import Glibc

/// The room that a file system has, for a process without privileges; see statvfs(3).
public struct FileSystemSpace: Sendable, Equatable {
    /// Bytes that the caller may still use.
    public var freeBytes: Int
    /// New files that the caller may still make; nil where the file system has no such limit.
    public var freeFiles: Int?

    /// The room of the file system that holds a path.
    public static func of(_ path: String) throws(SystemError) -> FileSystemSpace {
        var raw = statvfs()
        try check(statvfs(path, &raw), "statvfs", path)
        return FileSystemSpace(
            freeBytes: Int(clamping: raw.f_bavail.multipliedReportingOverflow(by: raw.f_frsize).0),
            freeFiles: raw.f_files == 0 ? nil : Int(clamping: raw.f_favail))
    }
}

/// A mount of this process' mount namespace; see proc_pid_mountinfo(5).
public struct MountEntry: Sendable, Equatable {
    /// The number that statx(2) gives too.
    public var number: UInt64
    /// Where it is, with the kernel's escapes (`\040` for a space) left as they are.
    public var path: String
    /// `ext4`, `overlay`, …
    public var type: String
    /// Owners are shown as others; see mount_setattr(2), MOUNT_ATTR_IDMAP.
    public var isIDMapped: Bool

    /// All mounts that this process can reach; none where `/proc` does not tell.
    public static func all() -> [MountEntry] {
        guard let bytes = try? Files.read("/proc/self/mountinfo") else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, dash + 1 < fields.count,
                let number = UInt64(fields[0])
            else { return nil }
            return MountEntry(
                number: number, path: String(fields[4]), type: String(fields[dash + 1]),
                isIDMapped: fields[5].split(separator: ",").contains("idmapped"))
        }
    }

    /// The type of the file system that holds a path; nil where it cannot be told.
    public static func type(of path: String) -> String? {
        guard let number = PathQuestion.mount(Array(path.utf8) + [0]) else { return nil }
        return all().first { $0.number == number }?.type
    }
}
