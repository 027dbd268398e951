internal import LinuxKernel
internal import SandboxModel

/// Calls that make, remove and move names.
extension Predictor {
    /// What mkdir, mknod, symlink, link and bind have in common: filename_create(), may_create().
    func create(_ path: [UInt8], isDirectory: Bool) -> Int32 {
        let name = PathName(path)
        let writable = mayChange(name.parent)
        // Init may search more of its own than anybody else.
        if writable == 0, PathResolver.isInits(path) { return ErrorNumber.missing }
        if !Self.isRefusal(writable) { return writable }
        if case let denied = maySearch(name.parent), denied != 0 { return denied }
        if name.last != .normal { return ErrorNumber.exists }
        let there = exists(name.withoutSlash, follow: false)
        if there == 0 { return ErrorNumber.exists }
        if there != ErrorNumber.missing { return there }
        if name.hasTrailingSlash, !isDirectory { return ErrorNumber.missing }
        return newName(in: name.parent, otherwise: writable)
    }

    /// The answer to making a name that is not there in a directory that may not be changed.
    func newName(in directory: [UInt8], otherwise answer: Int32) -> Int32 {
        guard let mount = PathQuestion.mount(of: directory) else { return answer }
        // proc(5) finds that there is no such thing before anybody asks whether it may be made.
        if mount.isProc { return ErrorNumber.missing }
        return mount.isReadOnly ? ErrorNumber.readOnly : answer
    }

    /// do_unlinkat() and do_rmdir(): a read-only mount is an answer before the name is looked up.
    func remove(_ call: DecodedCall, isDirectory: Bool) -> Int32 {
        let name = PathName(call.target.path)
        guard name.last == .normal else {
            let found = maySearch(name.parent)
            return found == 0 ? ErrorNumber.invalid : found
        }
        let writable = mayChange(name.parent)
        if writable != 0 {
            if !Self.isRefusal(writable) { return writable }
            if case let denied = maySearch(name.parent), denied != 0 { return denied }
            if isReadOnly(name.parent) { return ErrorNumber.readOnly }
        }
        if writable == 0, !name.hasTrailingSlash || isDirectory {
            guard let file = status(name.withoutSlash, follow: false),
                let parent = status(name.parent)
            else { return 0 }
            // Nothing can be removed from what shows processes.
            let isProc = parent.device == rules.processes
            return isProc || isProtected(file, in: parent) ? ErrorNumber.notPermitted : 0
        }
        if case let there = exists(name.withoutSlash, follow: false), there != 0 { return there }
        if name.hasTrailingSlash, !isDirectory { return ErrorNumber.notDirectory }
        if isOwnDescriptorDirectory(name.parent, of: call) {
            return isDirectory ? ErrorNumber.notDirectory : ErrorNumber.notPermitted
        }
        return writable
    }

    /// `/proc/self/fd`, where a process may do what init may not do for it.
    func isOwnDescriptorDirectory(_ directory: [UInt8], of call: DecodedCall) -> Bool {
        guard PathQuestion.mount(of: directory)?.isProc == true else { return false }
        let process = ProcessFacts.threadGroup(of: call.thread) ?? call.thread
        let names = PathResolver.resolve(directory, follow: true).split(
            separator: UInt8(ascii: "/"))
        return names.count > 2 && names[1].elementsEqual("\(process)".utf8)
            && names.last?.elementsEqual("fd".utf8) == true
    }

    /// What of may_delete() is not about permission bits: attributes and the sticky bit.
    func isProtected(_ file: FileStatus, in parent: FileStatus) -> Bool {
        if file.isImmutable || file.isAppendOnly || parent.isAppendOnly { return true }
        if file.uid != user, rules.isUnmapped(file) { return true }
        return parent.mode & 0o1000 != 0 && parent.uid != user && file.uid != user
    }

    // MARK: Two names

    /// do_linkat() and vfs_link().
    func link(_ call: DecodedCall) -> Answer {
        guard let new = call.destination else { return .fine }
        let follow = call.followsTarget
        let old = exists(call.target.path, follow: follow)
        if old != 0 { return Answer(errno: old) }
        let created = Answer(
            errno: create(new.path, isDirectory: false), subject: .destination)
        if created.errno == ErrorNumber.readOnly { return created }
        if created.errno != 0, !created.isRefusal { return created }
        guard let file = status(call.target.path, follow: follow),
            let parent = status(PathName(new.path).parent), file.mount == parent.mount
        else { return created.isRefusal ? Answer(errno: ErrorNumber.crossDevice) : .fine }
        if isProtectedHardLink(file, call.target.path, follow: follow) {
            // A directory cannot have a second name wherever it is.
            let errno = file.kind == .directory ? ErrorNumber.invalid : ErrorNumber.notPermitted
            return Answer(errno: errno)
        }
        if created.isRefusal { return created }
        let isFixed = file.isImmutable || file.isAppendOnly
        if isFixed || (file.uid != user && rules.isUnmapped(file)) {
            return Answer(errno: ErrorNumber.notPermitted)
        }
        return .fine
    }

    /// may_linkat(): a hard link to a stranger's file that one may not read and write.
    private func isProtectedHardLink(_ file: FileStatus, _ path: [UInt8], follow: Bool) -> Bool {
        guard file.uid != user, rules.protectsHardLinks else { return false }
        if file.kind != .regular || file.mode & 0o4000 != 0 || file.mode & 0o2010 == 0o2010 {
            return true
        }
        let answer = PathQuestion.access(
            path, PathQuestion.read | PathQuestion.write, follow: follow)
        // Only permission bits count here, and not the mount.
        return answer != 0 && answer != ErrorNumber.readOnly
    }

    /// do_renameat2() and vfs_rename().
    func rename(_ call: DecodedCall) -> Answer {
        guard let destination = call.destination else { return .fine }
        let old = PathName(call.target.path)
        let new = PathName(destination.path)
        let oldWritable = mayChange(old.parent)
        let newWritable = mayChange(new.parent)
        if oldWritable != 0 || newWritable != 0 {
            // The parents themselves, old before new; then the mounts; then the names.
            if case let denied = maySearch(old.parent), denied != 0 { return Answer(errno: denied) }
            if case let denied = maySearch(new.parent), denied != 0 {
                return Answer(errno: denied, subject: .destination)
            }
        }
        guard let oldParent = status(old.parent), let newParent = status(new.parent) else {
            return .fine
        }
        guard oldParent.mount == newParent.mount else {
            return Answer(errno: ErrorNumber.crossDevice)
        }
        guard old.last == .normal, new.last == .normal else {
            return Answer(errno: ErrorNumber.busy)
        }
        if oldWritable != 0, isReadOnly(old.parent) { return Answer(errno: ErrorNumber.readOnly) }
        guard let file = status(old.withoutSlash, follow: false) else {
            return Answer(errno: ErrorNumber.missing)
        }
        let replaced = status(new.withoutSlash, follow: false)
        if let errno = impossible(call.flags, old, file, new, replaced) {
            return Answer(errno: errno)
        }
        if let replaced, replaced.inode == file.inode, replaced.device == file.device {
            return .fine
        }
        if oldWritable != 0 { return Answer(errno: oldWritable) }
        if isProtected(file, in: oldParent) { return Answer(errno: ErrorNumber.notPermitted) }
        if newWritable != 0 { return Answer(errno: newWritable, subject: .destination) }
        if let replaced, isProtected(replaced, in: newParent) {
            return Answer(errno: ErrorNumber.notPermitted, subject: .destination)
        }
        guard oldParent.inode != newParent.inode || oldParent.device != newParent.device else {
            return .fine
        }
        // A directory that changes its parent has its `..` rewritten, and so must be writable.
        let isExchange = call.flags & CallFlag.renameExchange != 0
        if !isExchange, let replaced, (replaced.kind == .directory) != (file.kind == .directory) {
            return Answer(errno: ErrorNumber.isDirectory)
        }
        if file.kind == .directory,
            case let denied = PathQuestion.access(old.withoutSlash, PathQuestion.write), denied != 0
        {
            return Answer(errno: denied)
        }
        if isExchange, replaced?.kind == .directory,
            case let denied = PathQuestion.access(new.withoutSlash, PathQuestion.write), denied != 0
        {
            return Answer(errno: denied, subject: .destination)
        }
        return .fine
    }

    /// What do_renameat2() finds wrong with the names before it asks for permission.
    private func impossible(
        _ flags: UInt64, _ old: PathName, _ file: FileStatus, _ new: PathName,
        _ replaced: FileStatus?
    ) -> Int32? {
        let isExchange = flags & CallFlag.renameExchange != 0
        if replaced == nil {
            let there = exists(new.withoutSlash, follow: false)
            if there != ErrorNumber.missing { return there }
            if isExchange || PathQuestion.mount(of: new.parent)?.isProc == true { return there }
        } else if flags & CallFlag.renameNoReplace != 0 {
            return ErrorNumber.exists
        }
        if isExchange, new.hasTrailingSlash, replaced?.kind != .directory {
            return ErrorNumber.notDirectory
        }
        if file.kind != .directory, old.hasTrailingSlash || (!isExchange && new.hasTrailingSlash) {
            return ErrorNumber.notDirectory
        }
        if file.kind == .directory, contains(old, new.parent) { return ErrorNumber.invalid }
        if replaced?.kind == .directory, contains(new, old.parent) { return ErrorNumber.notEmpty }
        return nil
    }

    /// Whether a directory is in another or is that other.
    private func contains(_ name: PathName, _ directory: [UInt8]) -> Bool {
        let outer = PathResolver.resolve(name.withoutSlash, follow: false)
        let inner = PathResolver.resolve(directory, follow: true)
        return inner == outer || inner.starts(with: outer + [UInt8(ascii: "/")])
    }

    func isReadOnly(_ path: [UInt8], follow: Bool = true) -> Bool {
        PathQuestion.mount(of: path, follow: follow)?.isReadOnly == true
    }
}
