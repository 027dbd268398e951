internal import LinuxKernel

/// What of the kernel's answers depends on settings, or on the mount and not on the file.
final class FileSystemRules {
    /// Mounts on which files of others belong to nobody at all: their owner has no number in the
    /// file system's user namespace, or none that the mount maps.
    private var unmapped: Set<UInt64> = []
    private var mounts: Set<UInt64> = []

    /// Whether nobody owns a file; `file` is not the build's.
    func isUnmapped(_ file: FileStatus) -> Bool {
        guard file.uid == Self.overflowUser else { return false }
        if !mounts.contains(file.mount) {
            let all = MountEntry.all()
            mounts = Set(all.map(\.number)).union([file.mount])
            unmapped = Set(all.filter { $0.isIDMapped || $0.type == "devpts" }.map(\.number))
        }
        return unmapped.contains(file.mount)
    }

    /// The device of /proc.
    private(set) lazy var processes = PathQuestion.status(Array("/proc/".utf8) + [0])?.device

    /// truncate(2) asks for permission before it asks the mount; since 6.14.
    private(set) lazy var truncateAsksMountLast: Bool = {
        let release = Self.text("/proc/sys/kernel/osrelease").split { !$0.isNumber }
        let numbers = release.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 14)
    }()

    /// What owners without a number are shown as.
    private static let overflowUser: UInt32 = 65534

    // The settings that make strangers' files in shared directories safer; see proc_sys_fs(5).

    /// fs.protected_hardlinks
    private(set) lazy var protectsHardLinks = Self.setting("hardlinks") > 0
    private lazy var regular = Self.setting("regular")
    private lazy var fifos = Self.setting("fifos")

    private static func setting(_ name: String) -> Int {
        Int(text("/proc/sys/fs/protected_" + name)) ?? 0
    }

    private static func text(_ path: String) -> String {
        let bytes = (try? Files.read(path)) ?? []
        return String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)
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
