internal import LinuxKernel

/// The kernel's settings that make strangers' files in shared directories safer; see proc_sys_fs(5).
final class FileSystemRules {
    /// fs.protected_hardlinks
    private(set) lazy var protectsHardLinks = Self.setting("hardlinks") > 0
    private lazy var regular = Self.setting("regular")
    private lazy var fifos = Self.setting("fifos")

    private static func setting(_ name: String) -> Int {
        let bytes = (try? Files.read("/proc/sys/fs/protected_" + name)) ?? []
        return Int(String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)) ?? 0
    }

    /// may_create_in_sticky(): opening a stranger's file with O_CREAT in a sticky directory.
    func protects(_ file: FileStatus, from user: UInt32, in parent: () -> FileStatus?) -> Bool {
        if file.uid == user { return false }
        let level =
            switch file.kind {
            case .regular: regular
            case .fifo: fifos
            default: 2
            }
        guard level > 0, let parent = parent(), parent.mode & 0o1000 != 0, parent.uid != file.uid
        else { return false }
        if parent.mode & 0o002 != 0 { return true }
        let isRegularOrFIFO = file.kind == .regular || file.kind == .fifo
        return parent.mode & 0o020 != 0 && level > 1 && isRegularOrFIFO
    }
}
