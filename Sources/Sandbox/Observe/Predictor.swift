internal import LinuxKernel
internal import SandboxModel

/// Says which error the kernel will answer to a call that is about to be carried out.
///
/// Only answers about permission matter (`EROFS`, `EACCES`, `EPERM`): 0 stands for success and for
/// every other error. The questions are asked as the build's user without any capability
/// (access(2) takes the real user) and in the build's own view; the order of the kernel's checks is
/// that of fs/namei.c, fs/open.c, fs/attr.c and fs/xattr.c, where a read-only mount is looked at
/// after the parent directory and before the name itself.
struct Predictor {
    /// A refusal, and the file that it is about.
    struct Refusal: Equatable {
        enum Subject { case target, destination }
        var errno: Int32
        var subject: Subject = .target
    }

    /// The build's user and group, as the sandbox numbers them.
    var user: UInt32
    var group: UInt32

    func predict(_ call: DecodedCall) -> Refusal? {
        let errno: Int32
        switch call.kind {
        case .open, .openHow: errno = open(call.target.path, call.flags)
        case .makeDirectory: errno = create(call.target.path, trailingSlash: .allowed)
        case .makeNode: errno = create(call.target.path, trailingSlash: .missing)
        case .makeSymbolicLink, .bindSocket:
            errno = create(call.target.path, trailingSlash: .missing)
        case .link: return link(call)
        case .unlink: errno = remove(call.target.path, directory: false)
        case .removeDirectory: errno = remove(call.target.path, directory: true)
        case .rename: return rename(call)
        case .truncate: errno = truncate(call.target.path)
        case .changeMode: errno = changeMode(call)
        case .changeOwner: errno = changeOwner(call)
        case .changeTimes: errno = changeTimes(call)
        case .setAttribute, .removeAttribute: errno = changeAttribute(call)
        case .changeDirectory, .exit, .signal: return nil
        }
        return refusal(errno)
    }

    private func refusal(_ errno: Int32, _ subject: Refusal.Subject = .target) -> Refusal? {
        Self.isRefusal(errno) ? Refusal(errno: errno, subject: subject) : nil
    }

    static func isRefusal(_ errno: Int32) -> Bool {
        errno == ErrorNumber.readOnly || errno == ErrorNumber.accessDenied
            || errno == ErrorNumber.notPermitted
    }

    // MARK: Names

    private enum TrailingSlash {
        /// As a directory may have one.
        case allowed
        /// `ENOENT`, for what cannot be a directory.
        case missing
    }

    /// What mkdir, mknod, symlink, link and bind have in common: filename_create() and may_create().
    private func create(_ path: [UInt8], trailingSlash: TrailingSlash) -> Int32 {
        let name = PathName(path)
        let writable = PathQuestion.access(name.parent, PathQuestion.write | PathQuestion.search)
        if !Self.isRefusal(writable) { return writable }
        if case let denied = PathQuestion.access(name.parent, PathQuestion.search), denied != 0 {
            return denied
        }
        if name.last != .normal || exists(name.withoutSlash, follow: false) {
            return ErrorNumber.exists
        }
        if name.hasTrailingSlash, trailingSlash == .missing { return ErrorNumber.missing }
        return isReadOnly(name.parent) ? ErrorNumber.readOnly : writable
    }

    /// do_unlinkat() and do_rmdir(): a read-only mount is an answer before the name is looked up.
    private func remove(_ path: [UInt8], directory: Bool) -> Int32 {
        let name = PathName(path)
        let writable = PathQuestion.access(name.parent, PathQuestion.write | PathQuestion.search)
        if writable == 0 {
            return isProtectedBySticky(name) ? ErrorNumber.notPermitted : 0
        }
        if !Self.isRefusal(writable) { return writable }
        if case let denied = PathQuestion.access(name.parent, PathQuestion.search), denied != 0 {
            return denied
        }
        guard name.last == .normal else { return ErrorNumber.invalid }
        if isReadOnly(name.parent) { return ErrorNumber.readOnly }
        guard exists(name.withoutSlash, follow: false) else { return ErrorNumber.missing }
        if name.hasTrailingSlash, !directory { return ErrorNumber.notDirectory }
        return writable
    }

    private func link(_ call: DecodedCall) -> Refusal? {
        guard let new = call.destination else { return nil }
        let follow = call.flags & CallFlag.atFollow != 0 || call.target.isDescriptor
        let old = PathQuestion.access(call.target.path, PathQuestion.exists, follow: follow)
        if old != 0 { return refusal(old) }
        let name = PathName(new.path)
        let created = create(new.path, trailingSlash: .missing)
        if created == ErrorNumber.readOnly { return refusal(created, .destination) }
        if Self.isRefusal(created), isOnOtherMount(call.target.path, name.parent) { return nil }
        if created != 0, !Self.isRefusal(created) { return nil }
        if isProtectedHardLink(call.target.path, follow: follow),
            !exists(name.withoutSlash, follow: false),
            !isOnOtherMount(call.target.path, name.parent)
        {
            return refusal(ErrorNumber.notPermitted)
        }
        return refusal(created, .destination)
    }

    /// do_renameat2() and vfs_rename().
    private func rename(_ call: DecodedCall) -> Refusal? {
        guard let destination = call.destination else { return nil }
        let old = PathName(call.target.path)
        let new = PathName(destination.path)
        let mode = PathQuestion.write | PathQuestion.search
        let oldWritable = PathQuestion.access(old.parent, mode)
        let newWritable = PathQuestion.access(new.parent, mode)
        if oldWritable == 0, newWritable == 0 {
            if isProtectedBySticky(old) { return refusal(ErrorNumber.notPermitted) }
            if isProtectedBySticky(new) { return refusal(ErrorNumber.notPermitted, .destination) }
            return refusal(movedDirectory(old, new))
        }
        // The parents themselves, old before new; then the mounts; then the names.
        for (parent, subject) in [
            (old.parent, Refusal.Subject.target), (new.parent, .destination),
        ] {
            let found = PathQuestion.access(parent, PathQuestion.search)
            if found != 0 { return refusal(found, subject) }
        }
        if isOnOtherMount(old.parent, new.parent) { return nil }
        if old.last != .normal || new.last != .normal { return nil }
        if isReadOnly(old.parent) { return refusal(ErrorNumber.readOnly) }
        guard exists(old.withoutSlash, follow: false) else { return nil }
        let newExists = exists(new.withoutSlash, follow: false)
        if newExists, call.flags & CallFlag.renameNoReplace != 0 { return nil }
        if !newExists, call.flags & CallFlag.renameExchange != 0 { return nil }
        if oldWritable != 0 { return refusal(oldWritable) }
        if isProtectedBySticky(old) { return refusal(ErrorNumber.notPermitted) }
        if newWritable != 0 { return refusal(newWritable, .destination) }
        if isProtectedBySticky(new) { return refusal(ErrorNumber.notPermitted, .destination) }
        return refusal(movedDirectory(old, new))
    }

    /// A directory that changes its parent has its `..` rewritten, and so must be writable itself.
    private func movedDirectory(_ old: PathName, _ new: PathName) -> Int32 {
        guard let status = status(old.withoutSlash, follow: false), status.kind == .directory,
            let oldParent = self.status(old.parent), let newParent = self.status(new.parent),
            oldParent.inode != newParent.inode || oldParent.device != newParent.device
        else { return 0 }
        return PathQuestion.access(old.withoutSlash, PathQuestion.write)
    }

    // MARK: Opening

    private func open(_ path: [UInt8], _ flags: UInt64, linksLeft: Int = 40) -> Int32 {
        if flags & CallFlag.pathOnly != 0 { return 0 }
        let accessMode = flags & CallFlag.accessMode
        let writes = accessMode != 0 || flags & CallFlag.truncate != 0
        if flags & CallFlag.temporary != 0 { return openTemporary(path, writes: writes) }

        let creates = flags & CallFlag.create != 0
        let exclusive = creates && flags & CallFlag.exclusive != 0
        let follow = flags & CallFlag.noFollow == 0 && !exclusive
        var wanted: Int32 = 0
        if writes { wanted |= PathQuestion.write }
        if accessMode != CallFlag.writeOnly { wanted |= PathQuestion.read }

        let answer = PathQuestion.access(path, wanted, follow: follow)
        if answer == 0 { return 0 }
        if answer == ErrorNumber.missing {
            return creates ? openNew(path, flags, follow: follow, linksLeft: linksLeft) : answer
        }
        guard Self.isRefusal(answer) else { return answer }
        return openExisting(
            path, answer, exclusive: exclusive, creates: creates, writes: writes, flags: flags,
            follow: follow)
    }

    private func openTemporary(_ path: [UInt8], writes: Bool) -> Int32 {
        guard writes else { return ErrorNumber.invalid }
        let answer = PathQuestion.access(path, PathQuestion.write | PathQuestion.search)
        guard Self.isRefusal(answer) else { return answer }
        guard exists(path) else { return PathQuestion.access(path, PathQuestion.exists) }
        guard status(path)?.kind == .directory else { return ErrorNumber.notDirectory }
        return isReadOnly(path) ? ErrorNumber.readOnly : answer
    }

    private func openNew(
        _ path: [UInt8], _ flags: UInt64, follow: Bool, linksLeft: Int
    ) -> Int32 {
        let name = PathName(path)
        let parent = PathQuestion.access(name.parent, PathQuestion.search)
        if parent != 0 { return parent }
        if name.hasTrailingSlash { return ErrorNumber.isDirectory }
        if follow, linksLeft > 0, let target = danglingTarget(of: name) {
            return open(target, flags, linksLeft: linksLeft - 1)
        }
        let writable = PathQuestion.access(name.parent, PathQuestion.write | PathQuestion.search)
        guard Self.isRefusal(writable) else { return writable }
        return isReadOnly(name.parent) ? ErrorNumber.readOnly : writable
    }

    private func openExisting(
        _ path: [UInt8], _ answer: Int32, exclusive: Bool, creates: Bool, writes: Bool,
        flags: UInt64, follow: Bool
    ) -> Int32 {
        let name = PathName(path)
        guard exists(path, follow: follow) else {
            // A directory on the way may not be searched.
            return PathQuestion.access(path, PathQuestion.exists, follow: follow)
        }
        if exclusive { return ErrorNumber.exists }
        if creates, name.hasTrailingSlash { return ErrorNumber.isDirectory }
        guard let status = status(path, follow: follow) else { return answer }
        switch status.kind {
        case .symbolicLink: return ErrorNumber.loop
        case .directory where writes || creates: return ErrorNumber.isDirectory
        case .regular where flags & CallFlag.truncate != 0 && isReadOnly(path, follow: follow):
            return ErrorNumber.readOnly
        default: return answer
        }
    }

    // MARK: Attributes

    private func truncate(_ path: [UInt8]) -> Int32 {
        let answer = PathQuestion.access(path, PathQuestion.write)
        guard Self.isRefusal(answer), exists(path) else {
            return answer == 0 ? 0 : PathQuestion.access(path, PathQuestion.exists)
        }
        switch status(path)?.kind {
        case .directory: return ErrorNumber.isDirectory
        case .regular: return isReadOnly(path) ? ErrorNumber.readOnly : answer
        default: return ErrorNumber.invalid
        }
    }

    /// The checks that every change of an inode begins with; 0 when it may go on.
    private func changeable(_ call: DecodedCall) -> (errno: Int32, status: FileStatus?) {
        let follow = follows(call)
        let found = PathQuestion.access(call.target.path, PathQuestion.exists, follow: follow)
        guard found == 0, let status = status(call.target.path, follow: follow) else {
            return (found == 0 ? ErrorNumber.missing : found, nil)
        }
        if isReadOnly(call.target.path, follow: follow) { return (ErrorNumber.readOnly, status) }
        return (0, status)
    }

    private func changeMode(_ call: DecodedCall) -> Int32 {
        let (errno, status) = changeable(call)
        guard errno == 0, let status else { return errno }
        return status.uid == user && !isImmutableTarget(call) ? 0 : ErrorNumber.notPermitted
    }

    private func changeOwner(_ call: DecodedCall) -> Int32 {
        let (errno, status) = changeable(call)
        guard errno == 0, let status else { return errno }
        let (uid, gid) = call.owner
        // Owners that this user namespace does not map are EINVAL.
        if uid != .max, uid != user { return ErrorNumber.invalid }
        if gid != .max, gid != group { return ErrorNumber.invalid }
        if uid == .max, gid == .max { return 0 }
        return status.uid == user && !isImmutableTarget(call) ? 0 : ErrorNumber.notPermitted
    }

    private func changeTimes(_ call: DecodedCall) -> Int32 {
        if call.times == .omitted { return 0 }
        let (errno, status) = changeable(call)
        guard errno == 0, let status else { return errno }
        if isImmutableTarget(call) { return ErrorNumber.notPermitted }
        if status.uid == user { return 0 }
        if call.times == .explicit { return ErrorNumber.notPermitted }
        return PathQuestion.access(
            call.target.path, PathQuestion.write, follow: follows(call))
    }

    private func changeAttribute(_ call: DecodedCall) -> Int32 {
        let (errno, status) = changeable(call)
        guard errno == 0, let status else { return errno }
        if isImmutableTarget(call) { return ErrorNumber.notPermitted }
        if call.attributeName.starts(with: Array("system.posix_acl_".utf8)) {
            return status.uid == user ? 0 : ErrorNumber.notPermitted
        }
        // Other name spaces need a capability, which is not a matter of the path.
        guard call.attributeName.starts(with: Array("user.".utf8)) else { return 0 }
        switch status.kind {
        case .regular: break
        case .directory:
            if status.mode & 0o1000 != 0, status.uid != user { return ErrorNumber.notPermitted }
        default: return 0
        }
        return PathQuestion.access(call.target.path, PathQuestion.write, follow: follows(call))
    }

    private func follows(_ call: DecodedCall) -> Bool {
        call.target.isDescriptor || call.flags & CallFlag.atNoFollow == 0
    }

    // MARK: Questions

    private func exists(_ path: [UInt8], follow: Bool = true) -> Bool {
        PathQuestion.access(path, PathQuestion.exists, follow: follow) == 0
    }

    private func status(_ path: [UInt8], follow: Bool = true) -> FileStatus? {
        PathQuestion.status(path, follow: follow)
    }

    private func isReadOnly(_ path: [UInt8], follow: Bool = true) -> Bool {
        PathQuestion.isOnReadOnlyMount(path, follow: follow)
    }

    private func isImmutableTarget(_ call: DecodedCall) -> Bool {
        // Only asked for the user's own files, where a refusal would otherwise be missed; the
        // kernel answers EPERM to access(2) for writing an immutable file.
        PathQuestion.access(call.target.path, PathQuestion.write, follow: follows(call))
            == ErrorNumber.notPermitted
    }

    /// check_sticky(): in a sticky directory only the owners of file and directory may remove.
    private func isProtectedBySticky(_ name: PathName) -> Bool {
        guard name.last == .normal, let parent = status(name.parent), parent.mode & 0o1000 != 0,
            parent.uid != user, let file = status(name.withoutSlash, follow: false)
        else { return false }
        return file.uid != user
    }

    /// may_linkat(): a hard link to a stranger's file that one may not read and write.
    private func isProtectedHardLink(_ path: [UInt8], follow: Bool) -> Bool {
        guard let status = status(path, follow: follow), status.uid != user else { return false }
        guard status.kind != .directory else { return false }
        let special = status.kind != .regular || status.mode & 0o4000 != 0
            || status.mode & 0o2010 == 0o2010
        return special
            || PathQuestion.access(
                path, PathQuestion.read | PathQuestion.write, follow: follow) != 0
    }

    private func isOnOtherMount(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        let first = PathQuestion.mount(one)
        return first != nil && first != PathQuestion.mount(other)
    }

    /// Where a symbolic link points that points to nothing, as a path that init can use.
    private func danglingTarget(of name: PathName) -> [UInt8]? {
        let link = PathQuestion.link(name.withoutSlash)
        if link.isEmpty { return nil }
        if link.first == UInt8(ascii: "/") { return link + [0] }
        // The parent ends with "/." and a zero byte.
        return Array(name.parent.dropLast(2)) + link + [0]
    }
}

/// A path taken apart as the kernel does it: the parent directory and the last component.
struct PathName {
    enum Last { case normal, dot, dotDot, root }

    /// The parent directory, as a path that ends with `/.` and a zero byte.
    var parent: [UInt8]
    var last: Last
    /// The path without slashes at its end, ending with a zero byte.
    var withoutSlash: [UInt8]
    var hasTrailingSlash: Bool
    /// The last component.
    var name: [UInt8]

    /// - Parameter path: ends with a zero byte, and holds a slash.
    init(_ path: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var end = path.count - 1
        while end > 0, path[end - 1] == slash { end -= 1 }
        hasTrailingSlash = end < path.count - 1
        var start = end
        while start > 0, path[start - 1] != slash { start -= 1 }
        name = Array(path[start..<end])
        parent = Array(path[..<start]) + (start == 0 ? [dot, slash, dot, 0] : [dot, 0])
        withoutSlash = Array(path[..<end]) + [0]
        switch name {
        case []:
            last = .root
            parent = [slash, dot, 0]
            withoutSlash = [slash, 0]
        case [dot]: last = .dot
        case [dot, dot]: last = .dotDot
        default: last = .normal
        }
    }
}
