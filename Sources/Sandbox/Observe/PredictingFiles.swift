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
        if answer != 0 {
            return !rules.truncateAsksMountLast && isReadOnly(path) ? ErrorNumber.readOnly : answer
        }
        return file.isAppendOnly ? ErrorNumber.notPermitted : 0
    }

    // MARK: Attributes

    /// A file whose inode a call is about.
    private struct Changed {
        /// The answer of what every change begins with: the path, then the mount.
        var errno: Int32
        var file: FileStatus
        /// To access(2) for writing.
        var writable: Int32

        /// Every file system keeps the attribute from being overridden, but not all show it.
        var isImmutable: Bool { writable == ErrorNumber.notPermitted || file.isImmutable }
        var isFixed: Bool { isImmutable || file.isAppendOnly }
    }

    private func changed(_ call: DecodedCall) throws(NoFile) -> Changed {
        let path = call.target.path
        let follow = call.followsTarget
        var writable = PathQuestion.access(path, PathQuestion.write, follow: follow)
        if writable != 0, case let found = exists(path, follow: follow), found != 0 {
            throw NoFile(errno: found)
        }
        guard let file = status(path, follow: follow) else {
            throw NoFile(errno: ErrorNumber.missing)
        }
        if file.device == rules.processes {
            // Whose it is has to be looked into.
            guard call.isWalked else { throw NoFile(errno: ErrorNumber.loop) }
            if isOwnDescriptorDirectory(path, of: call) { writable = 0 }
        }
        // Of a regular file or directory access(2) has told that its mount is not read-only.
        let isAnswered = writable == 0 && (file.kind == .regular || file.kind == .directory)
        let errno = !isAnswered && isReadOnly(path, follow: follow) ? ErrorNumber.readOnly : 0
        return Changed(errno: errno, file: file, writable: writable)
    }

    /// notify_change(): what an owner may do.
    private func asOwner(_ file: FileStatus) -> Int32 {
        if file.uid == user { return 0 }
        return rules.isUnmapped(file) ? ErrorNumber.overflow : ErrorNumber.notPermitted
    }

    func changeMode(_ call: DecodedCall) throws(NoFile) -> Int32 {
        let changed = try changed(call)
        if changed.errno != 0 { return changed.errno }
        if changed.isFixed { return ErrorNumber.notPermitted }
        if changed.file.kind == .symbolicLink { return ErrorNumber.notSupported }
        if case let denied = asOwner(changed.file), denied != 0 { return denied }
        // Nobody may change the mode of what shows processes.
        return PathQuestion.mount(of: call.target.path)?.isProc == true
            ? ErrorNumber.notPermitted : 0
    }

    func changeOwner(_ call: DecodedCall) throws(NoFile) -> Int32 {
        let changed = try changed(call)
        if changed.errno != 0 { return changed.errno }
        let (uid, gid) = call.owner
        // Owners that this user namespace does not map are EINVAL.
        if uid != .max, uid != user { return ErrorNumber.invalid }
        if gid != .max, gid != group { return ErrorNumber.invalid }
        let file = changed.file
        if uid == .max, gid == .max {
            // Still takes away set-user-ID, and that is a change of mode.
            let isPrivileged = file.mode & 0o4000 != 0 || file.mode & 0o2010 == 0o2010
            if changed.isImmutable { return ErrorNumber.notPermitted }
            guard isPrivileged, file.kind != .directory else { return 0 }
        } else if changed.isFixed {
            return ErrorNumber.notPermitted
        }
        // Nobody's file may be given to somebody, but only by who may give files away.
        let isComplete = uid != .max && gid != .max
        return isComplete && file.uid != user ? ErrorNumber.notPermitted : asOwner(file)
    }

    func changeTimes(_ call: DecodedCall) throws(NoFile) -> Int32 {
        if call.times == .omitted { return 0 }
        let changed = try changed(call)
        if call.times == .invalid { return ErrorNumber.invalid }
        if changed.errno != 0 { return changed.errno }
        if changed.isImmutable { return ErrorNumber.notPermitted }
        if call.times == .explicit {
            return changed.file.isAppendOnly ? ErrorNumber.notPermitted : asOwner(changed.file)
        }
        return changed.file.uid == user ? 0 : changed.writable
    }

    /// vfs_setxattr(), vfs_set_acl() and xattr_permission().
    func changeAttribute(_ call: DecodedCall) throws(NoFile) -> Int32 {
        let changed = try changed(call)
        if changed.errno != 0 { return changed.errno }
        let file = changed.file
        let space = AttributeSpace(call.attributeName)
        // What a program may do is asked for a capability before anything else.
        if space == .fileCapability, call.kind == .setAttribute { return 0 }
        if changed.isFixed || (file.uid != user && rules.isUnmapped(file)) {
            return ErrorNumber.notPermitted
        }
        switch space {
        case .defaultAccessList where file.kind != .directory:
            // For what the file is, and not for who may change it.
            return 0
        case .accessList, .defaultAccessList:
            if file.uid == user { return 0 }
            // A file system without access lists says so first.
            let asked = PathQuestion.attribute(
                call.target.path, call.attributeName + [0], follow: call.followsTarget)
            return asked == ErrorNumber.notSupported ? asked : ErrorNumber.notPermitted
        case .privileged, .fileCapability:
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
        return changed.writable
    }

    /// vfs_fileattr_set().
    func setFileFlags(_ call: DecodedCall) throws(NoFile) -> Int32 {
        let changed = try changed(call)
        if changed.errno != 0 { return changed.errno }
        if changed.file.uid == user { return 0 }
        return PathQuestion.hasInodeFlags(call.target.path, follow: call.followsTarget)
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
    case user, accessList, defaultAccessList, fileCapability, privileged, other

    init(_ name: [UInt8]) {
        func isIn(_ space: String) -> Bool { name.starts(with: Array(space.utf8)) }
        if isIn("user.") {
            self = .user
        } else if isIn("system.posix_acl_access") {
            self = .accessList
        } else if isIn("system.posix_acl_default") {
            self = .defaultAccessList
        } else if isIn("security.capability") {
            self = .fileCapability
        } else if isIn("trusted.") || isIn("security.") || isIn("system.") {
            self = .privileged
        } else {
            self = .other
        }
    }
}
