internal import LinuxKernel
public import SandboxModel

/// Mounts that only the host's root can make: those on which the owner of the files appears as the
/// build's user, so that the build can write them and what it writes belongs to that owner.
enum OwnedMounts {
    /// - Returns: for each step of the plan the detached mount, nil for those that need none.
    static func prepare(_ plan: SandboxPlan) throws(SystemError) -> [SharedDescriptor?] {
        try plan.steps.map { step throws(SystemError) in
            guard case .bind(let hostPath, _, .readWriteAsOwner) = step else { return nil }
            do throws(SystemError) {
                return SharedDescriptor(try mount(hostPath, for: plan.identity))
            } catch {
                throw SystemError(call: error.call, path: hostPath, errno: error.errno)
            }
        }
    }

    /// Whether such a mount of a directory can be made here: the kernel, the file system and the
    /// caller's privileges have a say in it.
    static func isPossible(_ hostPath: String, for identity: SandboxPlan.Identity) -> Bool {
        (try? mount(hostPath, for: identity)) != nil
    }

    private static func mount(
        _ hostPath: String, for identity: SandboxPlan.Identity
    ) throws(SystemError) -> Descriptor {
        let directory = try Descriptor.open(hostPath, FileFlags.pathOnly | FileFlags.directory)
        let status = try FileStatus.of(directory.number)
        let namespace = try makeIdentityNamespace(
            owner: UserIdentity(uid: status.uid, gid: status.gid),
            appearingAs: UserIdentity(uid: identity.hostUser, gid: identity.hostGroup))
        let tree = try cloneTree(of: directory.number)
        try mapOwners(of: tree.number, by: namespace.number)
        return tree
    }
}

/// Asks whether a directory of another owner can be made writable for a build.
public func canWriteAsOwner(_ hostPath: String, for identity: SandboxPlan.Identity) -> Bool {
    OwnedMounts.isPossible(hostPath, for: identity)
}
