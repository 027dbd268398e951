internal import CLibcap
internal import CLinuxShims
internal import Glibc

/// Who this process is; see credentials(7).
public struct UserIdentity: Sendable, Equatable {
    /// The user's number.
    public var uid: UInt32
    /// The group's number.
    public var gid: UInt32

    /// An identity by its numbers.
    public init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    /// The effective user and group of this process; see geteuid(2).
    public static func current() -> UserIdentity { UserIdentity(uid: geteuid(), gid: getegid()) }

    /// The number of this process; see getpid(2).
    public static var processNumber: Int32 { getpid() }
}

/// Writes the identity maps of a child in a new user namespace; see user_namespaces(7).
///
/// - Parameters:
///   - inside: what the sandbox sees.
///   - outside: what the host's kernel sees.
///   - denySetgroups: an unprivileged caller has to give up setgroups(2) in the namespace first.
public func mapIdentity(
    of pid: Int32, inside: UserIdentity, outside: UserIdentity, denySetgroups: Bool
) throws(SystemError) {
    if denySetgroups { try writeFile("/proc/\(pid)/setgroups", "deny") }
    try writeFile("/proc/\(pid)/uid_map", "\(inside.uid) \(outside.uid) 1")
    try writeFile("/proc/\(pid)/gid_map", "\(inside.gid) \(outside.gid) 1")
}

/// A user namespace that nobody is in, whose only use is to say which owner on disk stands for which
/// user; see mount_setattr(2), MOUNT_ATTR_IDMAP.
///
/// - Parameters:
///   - owner: as the file system has it.
///   - user: as whom the owner is to appear.
public func makeIdentityNamespace(
    owner: UserIdentity, appearingAs user: UserIdentity
) throws(SystemError) -> Descriptor {
    let gate = try DescriptorPair.pipe()
    guard let child = try spawnCopy(in: .user) else {
        // Waits until the namespace is held by somebody else: the pipe's other end is closed.
        _ = try? Descriptor.read(from: gate.first.number, upTo: 1)
        exitNow(0)
    }
    defer {
        try? child.signal(Signal.kill)
        _ = try? wait(for: child.pid)
    }
    try mapIdentity(of: child.pid, inside: owner, outside: user, denySetgroups: false)
    return try Descriptor.open("/proc/\(child.pid)/ns/user", FileFlags.readOnly)
}

private func writeFile(_ path: String, _ content: String) throws(SystemError) {
    let file = try Descriptor.open(path, O_WRONLY)
    do throws(SystemError) { try file.writeAll(Array(content.utf8)) } catch {
        throw SystemError(call: "write", path: path, errno: error.errno)
    }
}

/// Becomes the given user and group for good, without supplementary groups where they may be
/// dropped, keeping the capabilities of the user namespace; see setresuid(2) and setgroups(2).
public func becomeUser(_ identity: UserIdentity, dropGroups: Bool) throws(SystemError) {
    try check(pks_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl PR_SET_KEEPCAPS")
    if dropGroups { try check(pks_setgroups(0, nil), "setgroups") }
    try check(pks_setresgid(identity.gid), "setresgid")
    try check(pks_setresuid(identity.uid), "setresuid")
    // The effective set is cleared when the effective user id leaves 0; raise it again.
    try Capabilities.raiseAll()
}

/// The capability sets of this process; see capabilities(7) and libcap's cap_set_proc(3).
public enum Capabilities {
    /// Gives up every capability: effective, permitted, inheritable, ambient and bounding.
    public static func dropAll() throws(SystemError) {
        var number: UInt = 0
        // The kernel may know more capabilities than the library was built for: try until refused.
        while pks_prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0 { number += 1 }
        // EINVAL is the answer to the first number that the kernel does not know.
        if errno != EINVAL || number == 0 {
            throw SystemError(call: "prctl PR_CAPBSET_DROP", errno: errno)
        }
        try check(
            pks_prctl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0),
            "prctl PR_CAP_AMBIENT_CLEAR_ALL")
        try apply(cap_init())
    }

    /// Makes every permitted capability effective.
    public static func raiseAll() throws(SystemError) {
        guard let sets = cap_get_proc() else {
            throw SystemError(call: "cap_get_proc", errno: Glibc.errno)
        }
        try check(cap_fill(sets, CAP_EFFECTIVE, CAP_PERMITTED), "cap_fill")
        try apply(sets)
    }

    private static func apply(_ sets: cap_t?) throws(SystemError) {
        guard let sets else { throw SystemError(call: "cap_init", errno: Glibc.errno) }
        let result = cap_set_proc(sets)
        let number = Glibc.errno
        cap_free(UnsafeMutableRawPointer(sets))
        if result < 0 { throw SystemError(call: "cap_set_proc", errno: number) }
    }
}
