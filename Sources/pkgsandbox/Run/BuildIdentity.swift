internal import LinuxKernel
internal import SandboxModel

/// Who the build is on the host, and whom its results belong to.
struct BuildIdentity {
    /// The host's user that the build runs as; never root.
    var host: UserIdentity
    /// Whom finished packages and reports are given to; nil where that is the caller.
    var resultOwner: UserIdentity?
    var isPrivileged: Bool

    /// An ordinary user builds as itself. Root builds as `--user`, as the user behind sudo, as the
    /// owner of the recipe's directory, or as nobody.
    ///
    /// - Parameters:
    ///   - requested: what `--user` says.
    ///   - directory: the recipe's, or the working directory.
    init(requested: String?, directory: String) throws(UserError) {
        let caller = UserIdentity.current()
        guard caller.uid == 0 else {
            if let requested, try Self.find(requested).uid != caller.uid {
                throw UserError(
                    "--user \(requested): only root can build as another user",
                    hint: "leave --user out, or start pkgsandbox with sudo", exitStatus: .usage)
            }
            host = caller
            resultOwner = nil
            isPrivileged = false
            return
        }
        isPrivileged = true
        let environment = HostSystem.environment()
        let sudo = environment["SUDO_UID"].flatMap(UInt32.init).flatMap { uid in
            environment["SUDO_GID"].flatMap(UInt32.init).map { UserIdentity(uid: uid, gid: $0) }
        }
        let owner = (try? FileStatus.of(directory)).map { UserIdentity(uid: $0.uid, gid: $0.gid) }
        if let requested {
            host = try Self.find(requested)
            if host.uid == 0 {
                throw UserError(
                    "--user \(requested): a build never runs as root",
                    hint: "name an unprivileged user", exitStatus: .usage)
            }
        } else if let sudo, sudo.uid != 0 {
            host = sudo
        } else if let owner, owner.uid != 0 {
            host = owner
        } else {
            host = UserIdentity(uid: 65534, gid: 65534)
        }
        // Results belong to whoever asked for them: the user behind sudo, else the directory's owner.
        resultOwner = sudo ?? owner
    }

    private static func find(_ nameOrNumber: String) throws(UserError) -> UserIdentity {
        if let user = HostSystem.user(nameOrNumber) {
            return UserIdentity(uid: user.uid, gid: user.gid)
        }
        if let number = UInt32(nameOrNumber) { return UserIdentity(uid: number, gid: number) }
        throw UserError(
            "--user \(nameOrNumber): there is no such user in /etc/passwd",
            hint: "give a name or a number", exitStatus: .usage)
    }

    /// Whether the build's user may not read a directory through an overlay as its owner would.
    func needsCopy(of directory: String) -> Bool {
        guard isPrivileged else { return false }
        return (try? FileStatus.of(directory))?.uid != host.uid
    }

    /// As a plan has it.
    func planned(_ profile: Profile) -> SandboxPlan.Identity {
        SandboxPlan.Identity(
            insideUser: UInt32(profile.identity.uid), insideGroup: UInt32(profile.identity.gid),
            hostUser: host.uid, hostGroup: host.gid, privilegedCaller: isPrivileged)
    }
}
