internal import LinuxKernel
internal import Planning
internal import Profiles
internal import SandboxModel
internal import Supervision

/// What every sandbox of one run shares: the profile, who the build is, scratch space.
final class RunContext {
    let options: SandboxOptions
    let profile: Profile
    let identity: BuildIdentity
    let planner: Planner
    let supervisor: Supervisor
    let scratch: ScratchSpace
    let home: String
    let cacheDirectory: String?
    let environment: [String: String]
    private(set) var degradations: [Degradation] = []

    /// - Parameters:
    ///   - directory: the recipe's directory or the working directory, absolute.
    ///   - makesCache: false where nothing is to run, so that nothing is to change.
    init(
        options: SandboxOptions, directory: String, makesCache: Bool = true
    ) throws(UserError) {
        self.options = options
        profile = try Self.loadProfile(options.profile, includesBuiltInRules: false)
        identity = try BuildIdentity(requested: options.user, directory: directory)
        let caller = HostSystem.environment()
        environment = try Self.addedEnvironment(options.env, caller: caller)
        planner = Planner(
            profile: profile, host: HostTree(look: Self.look), callerEnvironment: caller)
        do throws(SystemError) {
            supervisor = try Supervisor(
                timeout: options.timeout?.seconds ?? profile.limits.timeout)
        } catch {
            throw UserError("cannot wait for signals: \(error.reason)", exitStatus: .setupFailed)
        }
        do throws(SystemError) {
            scratch = try ScratchSpace(in: options.scratch, owner: identity.host)
            home = try scratch.makeDirectory("home", mode: 0o700)
            // Sources in directories of other owners (a bind mount, a copy) are the user's wish.
            try scratch.makeFile(
                "home/.gitconfig", Array("[safe]\n\tdirectory = *\n".utf8))
        } catch {
            throw UserError(
                "cannot make scratch space in \(options.scratch): \(error.reason)",
                hint: "name a directory with room for the build: --scratch DIR",
                exitStatus: .setupFailed)
        }
        let cache = Self.prepareCache(options.cache, caller, identity, makes: makesCache)
        cacheDirectory = cache.directory
        if let degradation = cache.degradation { degradations.append(degradation) }
    }

    /// The rules that explain failed writes, read when there is one.
    func hintRules() throws(UserError) -> [HintRule] {
        try Self.loadProfile(options.profile, includesBuiltInRules: true).rules
    }

    static func loadProfile(
        _ name: String, includesBuiltInRules: Bool = true
    ) throws(UserError) -> Profile {
        let loader = ProfileLoader(includesBuiltInRules: includesBuiltInRules) { path in
            do throws(SystemError) { return try Files.read(path) } catch {
                throw UserError(
                    "cannot read profile \(path): \(error.reason)",
                    hint: "`pkgsandbox profile list` shows the built-in ones", exitStatus: .usage)
            }
        }
        return try loader.load(name)
    }

    private static func addedEnvironment(
        _ settings: [String], caller: [String: String]
    ) throws(UserError) -> [String: String] {
        var result: [String: String] = [:]
        for setting in settings {
            if let equals = setting.firstIndex(of: "=") {
                result[String(setting[..<equals])] = String(
                    setting[setting.index(after: equals)...])
            } else if let value = caller[setting] {
                result[setting] = value
            }
        }
        return result
    }

    private static func look(_ path: String) -> HostTree.Entry {
        guard let status = try? FileStatus.of(path, follow: false) else { return .missing }
        switch status.kind {
        case .directory: return .directory
        case .symbolicLink: return .symbolicLink(target: ByteText.decode(linkTarget(path)))
        default: return .file
        }
    }

    /// Where redirected caches are kept.
    static func cachePath(
        _ requested: String?, _ caller: [String: String], _ identity: BuildIdentity
    ) -> String {
        // Root builds as several users, and none may write another's cache.
        let suffix = identity.isPrivileged ? "/\(identity.host.uid)" : ""
        if let requested { return absolute(requested) + suffix }
        if identity.isPrivileged { return "/var/cache/pkgsandbox" + suffix }
        if let directory = caller["XDG_CACHE_HOME"], directory.hasPrefix("/") {
            return directory + "/pkgsandbox"
        }
        return (caller["HOME"] ?? "/nonexistent") + "/.cache/pkgsandbox"
    }

    /// The directory for redirected caches, made if it is not there. Without one the build works
    /// all the same, so a failure is told and not fatal.
    private static func prepareCache(
        _ requested: String?, _ caller: [String: String], _ identity: BuildIdentity, makes: Bool
    ) -> (directory: String?, degradation: Degradation?) {
        let path = cachePath(requested, caller, identity)
        guard makes else { return (path, nil) }
        do throws(SystemError) {
            let isNew = !PathQuestion.isThere(path)
            try Files.makeDirectories(path)
            if isNew, identity.isPrivileged { try Files.changeOwner(path, to: identity.host) }
            return (try Files.realPath(path), nil)
        } catch {
            return (
                nil,
                Degradation(
                    feature: "cache redirect",
                    reason: "the cache directory \(path) cannot be used: \(error.reason)",
                    remedy: "name another one: --cache DIR")
            )
        }
    }

    /// A path as the caller means it, without the symbolic links of its directory.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let current = (try? Files.currentDirectory()) ?? "/"
        return path == "." ? current : current + "/" + path
    }

    /// Directories that the options add to the tree.
    func addedDirectories() throws(UserError) -> [PlanRequest.Directory] {
        var result: [PlanRequest.Directory] = []
        for path in options.readOnly {
            let real = try existing(path, "--read-only")
            result.append(.readOnly(hostPath: real, path: real))
        }
        for path in options.writable {
            let real = try existing(path, "--writable")
            result.append(.writable(hostPath: real, path: real))
        }
        return result
    }

    /// The current directory, writable for the build whoever it belongs to.
    func workingView(of directory: String) -> PlanRequest.Directory {
        let plain = PlanRequest.Directory.writable(hostPath: directory, path: directory)
        guard identity.needsCopy(of: directory) else { return plain }
        if canWriteAsOwner(directory, for: identity.planned(profile)) {
            return .writableAsOwner(hostPath: directory, path: directory)
        }
        degradations.append(
            Degradation(
                feature: "writing to the current directory",
                reason:
                    "\(directory) belongs to another user than the build, and this kernel, file "
                    + "system or container cannot map its owner",
                remedy: "give it to the build's user: chown -R \(identity.host.uid) \(directory)"))
        return plain
    }

    private func existing(_ path: String, _ option: String) throws(UserError) -> String {
        do throws(SystemError) { return try Files.realPath(path) } catch {
            throw UserError(
                "\(option) \(path): \(error.reason)", hint: "name a directory that exists",
                exitStatus: .usage)
        }
    }

    var mode: SandboxPlan.Mode { options.mode == .audit ? .audit : .enforce }

    /// The host's resolver configuration; nothing where it has none.
    var resolverConfiguration: String {
        (try? Files.read("/etc/resolv.conf")).map { ByteText.decode($0) } ?? ""
    }

    /// Whether the disk under scratch space is full: what fails then fails for that reason.
    var isScratchFull: Bool {
        guard let space = try? FileSystemSpace.of(scratch.hostPath) else { return false }
        return space.freeBytes < 64 << 10 || space.freeFiles == 0
    }

    /// Removes scratch space, or says where it is kept, while the kernel takes down what is left of
    /// the last sandbox; returns when that is done too.
    func finish(failed: Bool, console: Console) {
        defer { try? supervisor.waitUntilGone() }
        let keep = options.keep == .always || (options.keep == .failure && failed)
        if keep {
            console.write("pkgsandbox: note: the build's files are kept in \(scratch.hostPath)")
            return
        }
        do throws(SystemError) { try scratch.remove() } catch {
            console.write(
                "pkgsandbox: warning: cannot remove \(scratch.hostPath): \(error.reason)")
        }
    }
}
