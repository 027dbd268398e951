internal import LinuxKernel
internal import SandboxModel

/// Calls that open files, and calls that change what a file is.
extension Predictor {
    // MARK: Opening

    /// do_filp_open(): the flags first, then the name, then the file.
    func open(_ call: DecodedCall) -> Int32 {
        let flags = OpenFlags(call.flags)
        let path = call.target.path
        if flags.isPathOnly { return 0 }
        if flags.isTemporary { return openTemporary(path, flags) }
        if flags.creates, flags.wantsDirectory { return ErrorNumber.invalid }
        let answer = PathQuestion.access(path, flags.wanted, follow: flags.follows)
        switch answer {
        case 0:
            return flags.isExclusive || isPlainDevice(call.target)
                ? 0 : openExisting(path, 0, flags)
        case ErrorNumber.missing where flags.creates: return openNew(path, flags)
        default: return openExisting(path, answer, flags)
        }
    }

    /// The two devices that everything writes to are the sandbox's own, and always can be opened.
    private func isPlainDevice(_ operand: DecodedCall.Operand) -> Bool {
        operand.path == Self.null || operand.path == Self.terminal
    }

    private static let null = Array("/dev/null".utf8) + [0]
    private static let terminal = Array("/dev/tty".utf8) + [0]

    /// do_tmpfile() and vfs_tmpfile().
    private func openTemporary(_ path: [UInt8], _ flags: OpenFlags) -> Int32 {
        guard flags.writes, flags.wantsDirectory, !flags.creates else { return ErrorNumber.invalid }
        let answer = PathQuestion.access(
            path, PathQuestion.write | PathQuestion.search, follow: flags.follows)
        guard Self.isRefusal(answer) else { return answer }
        if case let found = exists(path, follow: flags.follows), found != 0 { return found }
        guard status(path, follow: flags.follows)?.kind == .directory else {
            return ErrorNumber.notDirectory
        }
        return isReadOnly(path) ? ErrorNumber.readOnly : answer
    }

    /// lookup_open() of a name that is not there.
    private func openNew(_ path: [UInt8], _ flags: OpenFlags) -> Int32 {
        let name = PathName(path)
        let writable = mayChange(name.parent)
        let isLink = flags.follows && !PathQuestion.link(name.withoutSlash).isEmpty
        // A link that leads nowhere: only its own path says where the file would be made.
        if isLink, !name.hasTrailingSlash { return ErrorNumber.missing }
        if writable == 0, !name.hasTrailingSlash { return 0 }
        if case let denied = maySearch(name.parent), denied != 0 { return denied }
        if name.hasTrailingSlash { return ErrorNumber.isDirectory }
        guard Self.isRefusal(writable) else { return writable }
        return newName(in: name.parent, otherwise: writable)
    }

    /// do_open() and may_open(); `answer` is that of access(2) to the permission wanted.
    private func openExisting(_ path: [UInt8], _ answer: Int32, _ flags: OpenFlags) -> Int32 {
        let name = PathName(path)
        if answer != 0 {
            // A directory on the way may not be there, or may not be searched.
            let found = exists(path, follow: flags.follows)
            if found != 0 { return found }
            if flags.isExclusive { return ErrorNumber.exists }
        }
        guard let file = status(path, follow: flags.follows) else { return answer }
        if flags.creates {
            if name.hasTrailingSlash || file.kind == .directory { return ErrorNumber.isDirectory }
            if rules.protects(file, from: user, in: { status(name.parent) }) {
                return ErrorNumber.accessDenied
            }
        }
        if flags.wantsDirectory || name.hasTrailingSlash, file.kind != .directory {
            return ErrorNumber.notDirectory
        }
        switch file.kind {
        case .symbolicLink: return ErrorNumber.loop
        case .directory where flags.wanted & PathQuestion.write != 0: return ErrorNumber.isDirectory
        case .regular
        where answer != 0 && flags.truncates && isReadOnly(path, follow: flags.follows):
            return ErrorNumber.readOnly
        case .device where PathQuestion.mount(of: path)?.forbidsDevices == true:
            return ErrorNumber.accessDenied
        case .socket where answer == 0: return ErrorNumber.noDevice
        default: break
        }
        // What access(2) asked last, the kernel asks after these.
        guard answer == 0 || answer == ErrorNumber.readOnly else { return answer }
        if file.isAppendOnly, flags.changesOldContent { return ErrorNumber.notPermitted }
        if flags.keepsAccessTime, file.uid != user { return ErrorNumber.notPermitted }
        return flags.isForIoctl ? 0 : answer
    }

    /// do_sys_truncate() and vfs_truncate().
    func truncate(_ call: DecodedCall) -> Int32 {
        let path = call.target.path
        let answer = PathQuestion.access(path, PathQuestion.write)
        if answer != 0, case let found = exists(path), found != 0 { return found }
        guard let file = status(path) else { return answer }
        switch file.kind {
        case .directory: return ErrorNumber.isDirectory
        case .regular: break
        default: return ErrorNumber.invalid
        }
        if answer != 0 { return isReadOnly(path) ? ErrorNumber.readOnly : answer }
        return file.isAppendOnly ? ErrorNumber.notPermitted : 0
    }

    // MARK: Attributes

    /// What every change of an inode begins with: the path, then the mount.
    private func changeable(
        _ call: DecodedCall
    ) -> (errno: Int32, file: FileStatus?, mount: MountFacts?) {
        let follow = call.followsTarget
        let found = exists(call.target.path, follow: follow)
        guard found == 0, let file = status(call.target.path, follow: follow),
            let mount = PathQuestion.mount(of: call.target.path, follow: follow)
        else { return (found == 0 ? ErrorNumber.missing : found, nil, nil) }
        return (mount.isReadOnly ? ErrorNumber.readOnly : 0, file, mount)
    }

    func changeMode(_ call: DecodedCall) -> Int32 {
        let (errno, file, mount) = changeable(call)
        guard errno == 0, let file, let mount else { return errno }
        if file.isImmutable || file.isAppendOnly { return ErrorNumber.notPermitted }
        if file.kind == .symbolicLink { return ErrorNumber.notSupported }
        // Nobody may change the mode of what shows processes.
        return file.uid == user && !mount.isProc ? 0 : ErrorNumber.notPermitted
    }

    func changeOwner(_ call: DecodedCall) -> Int32 {
        let (errno, file, _) = changeable(call)
        guard errno == 0, let file else { return errno }
        let (uid, gid) = call.owner
        // Owners that this user namespace does not map are EINVAL.
        if uid != .max, uid != user { return ErrorNumber.invalid }
        if gid != .max, gid != group { return ErrorNumber.invalid }
        if uid == .max, gid == .max {
            // Still takes away set-user-ID, and that is a change of mode.
            let isPrivileged = file.mode & 0o4000 != 0 || file.mode & 0o2010 == 0o2010
            guard isPrivileged, file.kind != .directory else { return 0 }
        } else if file.isImmutable || file.isAppendOnly {
            return ErrorNumber.notPermitted
        }
        return file.uid == user ? 0 : ErrorNumber.notPermitted
    }

    func changeTimes(_ call: DecodedCall) -> Int32 {
        if call.times == .omitted { return 0 }
        let (errno, file, _) = changeable(call)
        if call.times == .invalid, errno == 0 || errno == ErrorNumber.readOnly {
            return ErrorNumber.invalid
        }
        guard errno == 0, let file else { return errno }
        if file.isImmutable { return ErrorNumber.notPermitted }
        if call.times == .explicit {
            return file.uid == user && !file.isAppendOnly ? 0 : ErrorNumber.notPermitted
        }
        if file.uid == user { return 0 }
        return PathQuestion.access(
            call.target.path, PathQuestion.write, follow: call.followsTarget)
    }

    /// vfs_setxattr(), vfs_set_acl() and xattr_permission().
    func changeAttribute(_ call: DecodedCall) -> Int32 {
        let (errno, file, _) = changeable(call)
        guard errno == 0, let file else { return errno }
        if file.isImmutable || file.isAppendOnly { return ErrorNumber.notPermitted }
        let path = call.target.path
        let follow = call.followsTarget
        switch AttributeSpace(call.attributeName) {
        case .accessList:
            if file.uid == user { return 0 }
            // A file system without access lists says so first.
            let asked = PathQuestion.attribute(path, call.attributeName + [0], follow: follow)
            return asked == ErrorNumber.notSupported ? asked : ErrorNumber.notPermitted
        case .privileged:
            // For want of a capability, which is not a matter of the path.
            return 0
        case .user:
            switch file.kind {
            case .regular: break
            case .directory:
                if file.mode & 0o1000 != 0, file.uid != user { return ErrorNumber.notPermitted }
            // Other kinds of file cannot have any.
            default: return ErrorNumber.notSupported
            }
        case .other: break
        }
        return PathQuestion.access(path, PathQuestion.write, follow: follow)
    }

    /// vfs_fileattr_set().
    func setFileFlags(_ call: DecodedCall) -> Int32 {
        let (errno, file, _) = changeable(call)
        guard errno == 0, let file else { return errno }
        let follow = call.followsTarget
        if file.uid == user { return 0 }
        return PathQuestion.hasInodeFlags(call.target.path, follow: follow)
            ? ErrorNumber.notPermitted : ErrorNumber.notSupported
    }
}

/// The flags of open(2), as what they ask for.
struct OpenFlags {
    private let flags: UInt64

    init(_ flags: UInt64) { self.flags = flags }

    private func has(_ flag: UInt64) -> Bool { flags & flag != 0 }
    private var accessMode: UInt64 { flags & CallFlag.accessMode }

    var isPathOnly: Bool { has(CallFlag.pathOnly) }
    var isTemporary: Bool { has(CallFlag.temporary) }
    var creates: Bool { has(CallFlag.create) }
    var truncates: Bool { has(CallFlag.truncate) }
    var isExclusive: Bool { creates && has(CallFlag.exclusive) }
    var wantsDirectory: Bool { has(CallFlag.directory) }
    var keepsAccessTime: Bool { has(CallFlag.noAccessTime) }
    var follows: Bool { !has(CallFlag.noFollow) && !isExclusive }
    var writes: Bool { accessMode != 0 }
    /// Needs permission to read and write and then allows neither, so that no mount is asked.
    var isForIoctl: Bool { accessMode == CallFlag.ioctlOnly }
    /// Would do more than add to a file.
    var changesOldContent: Bool { truncates || (writes && !has(CallFlag.append)) }

    /// The permission that is asked of an existing file, as access(2) has it.
    var wanted: Int32 {
        var mode: Int32 = 0
        if writes || truncates { mode |= PathQuestion.write }
        if accessMode != CallFlag.writeOnly { mode |= PathQuestion.read }
        return mode
    }
}

/// The name space of an extended attribute, as far as permission goes; see xattr(7).
private enum AttributeSpace {
    case user, accessList, privileged, other

    init(_ name: [UInt8]) {
        func isIn(_ space: String) -> Bool { name.starts(with: Array(space.utf8)) }
        if isIn("user.") {
            self = .user
        } else if isIn("system.posix_acl_") {
            self = .accessList
        } else if isIn("trusted.") || isIn("security.") || isIn("system.") {
            self = .privileged
        } else {
            self = .other
        }
    }
}
