internal import CLinuxShims
internal import Glibc

/// Attributes of a mount; see mount_setattr(2).
public struct MountAttributes: OptionSet, Sendable {
    /// The bits of the kernel.
    public var rawValue: UInt64
    /// Attributes by their bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// MOUNT_ATTR_RDONLY.
    public static let readOnly = MountAttributes(rawValue: UInt64(PKS_MOUNT_RDONLY))
    /// MOUNT_ATTR_NOSUID.
    public static let noSetuid = MountAttributes(rawValue: UInt64(PKS_MOUNT_NOSUID))
    /// MOUNT_ATTR_NODEV.
    public static let noDevices = MountAttributes(rawValue: UInt64(PKS_MOUNT_NODEV))
    /// MOUNT_ATTR_NOEXEC.
    public static let noExecution = MountAttributes(rawValue: UInt64(PKS_MOUNT_NOEXEC))
}

/// A detached copy of the mounts below an open directory or file; see open_tree(2).
public func cloneTree(of descriptor: Int32) throws(SystemError) -> Descriptor {
    let flags = UInt32(PKS_OPEN_TREE_CLONE | PKS_AT_RECURSIVE) | UInt32(PKS_AT_EMPTY_PATH)
    return Descriptor(owning: try check(pks_open_tree(descriptor, "", flags), "open_tree"))
}

/// Sets and clears attributes of a mount; corresponds to mount_setattr(2).
///
/// - Parameter recursive: the mounts below it too. A recursive change is all or nothing.
public func setMountAttributes(
    _ mount: Int32, set: MountAttributes, clear: MountAttributes = [], recursive: Bool
) throws(SystemError) {
    let flags = UInt32(PKS_AT_EMPTY_PATH) | (recursive ? UInt32(PKS_AT_RECURSIVE) : 0)
    try check(
        pks_mount_setattr(mount, "", flags, set.rawValue, clear.rawValue, 0, 0), "mount_setattr")
}

/// Has the owners of a detached mount's files appear as others; see mount_setattr(2).
///
/// - Parameter namespace: a user namespace that maps owners on disk to users.
public func mapOwners(of mount: Int32, by namespace: Int32) throws(SystemError) {
    let flags = UInt32(PKS_AT_EMPTY_PATH | PKS_AT_RECURSIVE)
    try check(
        pks_mount_setattr(mount, "", flags, UInt64(PKS_MOUNT_IDMAP), 0, 0, namespace),
        "mount_setattr")
}

/// Attaches a detached mount at a path; corresponds to move_mount(2). The path's last component
/// is followed when it is a symbolic link.
public func attach(_ mount: Int32, at path: String) throws(SystemError) {
    try check(
        pks_move_mount(mount, "", AT_FDCWD, path, UInt32(PKS_MOVE_FROM_EMPTY)), "move_mount", path)
}

/// Attaches a detached mount on an open directory or file.
public func attach(_ mount: Int32, on target: Int32) throws(SystemError) {
    let flags = UInt32(PKS_MOVE_FROM_EMPTY | PKS_MOVE_TO_EMPTY)
    try check(pks_move_mount(mount, "", target, "", flags), "move_mount")
}

/// Stops mount events from travelling to and from every mount of this namespace.
public func makeMountsPrivate() throws(SystemError) {
    try check(mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "mount", "/")
}

/// Mounts a file system of a type that needs no device, `tmpfs`, `proc`, `devpts`; see mount(2).
public func mountFileSystem(
    type: String, at path: String, attributes: MountAttributes, options: String
) throws(SystemError) {
    var flags: UInt = 0
    if attributes.contains(.readOnly) { flags |= UInt(MS_RDONLY) }
    if attributes.contains(.noSetuid) { flags |= UInt(MS_NOSUID) }
    if attributes.contains(.noDevices) { flags |= UInt(MS_NODEV) }
    if attributes.contains(.noExecution) { flags |= UInt(MS_NOEXEC) }
    try check(mount(type, path, type, flags, options), "mount", path)
}

/// A new overlay, not attached anywhere; see the kernel's Documentation/filesystems/overlayfs.rst.
///
/// The layers are given as open directories, so that no character of a path has to be quoted.
public func makeOverlay(
    lower: Int32, upper: Int32, work: Int32, attributes: MountAttributes
) throws(SystemError) -> Descriptor {
    let context = Descriptor(owning: try check(pks_fsopen("overlay"), "fsopen", "overlay"))
    func set(_ key: String, _ value: String) throws(SystemError) {
        try check(pks_fsconfig_string(context.number, key, value), "fsconfig", "\(key)=\(value)")
    }
    try set("source", "overlay")
    try set("lowerdir", "/proc/self/fd/\(lower)")
    try set("upperdir", "/proc/self/fd/\(upper)")
    try set("workdir", "/proc/self/fd/\(work)")
    // In a user namespace the overlay may only use the user's own extended attributes.
    try check(pks_fsconfig_flag(context.number, "userxattr"), "fsconfig", "userxattr")
    try check(pks_fsconfig_create(context.number), "fsconfig", "create overlay")
    return Descriptor(
        owning: try check(pks_fsmount(context.number, UInt32(attributes.rawValue)), "fsmount"))
}

/// Makes `newRoot` the root directory, with the old one at `oldRoot` below it; see pivot_root(2).
public func pivotRoot(to newRoot: String, oldRoot: String) throws(SystemError) {
    try check(pks_pivot_root(newRoot, oldRoot), "pivot_root", newRoot)
    try check(chdir("/"), "chdir", "/")
}

/// Takes a mount and all below it out of the tree; corresponds to umount2(2) with MNT_DETACH.
public func detachMount(at path: String) throws(SystemError) {
    try check(umount2(path, Int32(MNT_DETACH)), "umount2", path)
}

/// Whether the mount that holds an open file is read-only, by its own flag or its file system's.
public func isOnReadOnlyMount(_ descriptor: Int32) throws(SystemError) -> Bool {
    guard let mount = MountFacts(descriptor) else {
        throw SystemError(call: "fstatfs", errno: errno)
    }
    return mount.isReadOnly
}
