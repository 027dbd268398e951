public import SandboxModel

/// Makes the plan of a sandbox from a profile, a request and what the host has. Pure: it only asks
/// `HostTree`.
public struct Planner {
    private let profile: Profile
    private let host: HostTree
    /// The caller's environment, of which the profile names what is passed on.
    private let callerEnvironment: [String: String]

    /// A planner for one profile on one host.
    public init(profile: Profile, host: HostTree, callerEnvironment: [String: String]) {
        self.profile = profile
        self.host = host
        self.callerEnvironment = callerEnvironment
    }

    /// - Throws: a `UserError` where a directory that was asked for cannot be shown.
    public func plan(_ request: PlanRequest) throws(UserError) -> SandboxPlan {
        let tree = try TreePlan(profile: profile, host: host, request: request).steps()
        let kinds =
            ["user", "mount", "pid", "ipc", "uts", "cgroup"]
            + (request.network == .none ? ["network"] : [])
        var steps: [SetupStep] = [
            .namespaces(kinds),
            .identity(
                insideUser: request.identity.insideUser, hostUser: request.identity.hostUser),
        ]
        steps += tree
        steps.append(.hostname(profile.identity.hostname))
        if request.network == .none { steps.append(.loopback) }
        // A user namespace of the build's own would give it capabilities again, and with them a
        // hundred ways into the kernel that a build has no need of.
        steps.append(.setting(name: "user/max_user_namespaces", value: "0"))
        steps += [.leaveHost, .sealRoot, .watch(calls: TracedCall.table.count)]
        return SandboxPlan(
            identity: request.identity, network: request.network,
            hostname: profile.identity.hostname, steps: steps, mode: request.mode,
            command: request.command, environment: environment(request),
            workingDirectory: request.workingDirectory, streams: request.streams,
            caches: profile.caches, cacheDirectory: request.cacheDirectory,
            cacheKey: request.cacheKey, tracePath: request.tracePath,
            recipePath: request.recipePath, openFiles: profile.limits.openFiles)
    }

    private func environment(_ request: PlanRequest) -> [String: String] {
        var result: [String: String] = [:]
        let passed =
            profile.environment.pass
            + (request.network == .none ? [] : profile.environment.passNetwork)
        for name in passed { result[name] = callerEnvironment[name] }
        result.merge(profile.environment.set) { _, new in new }
        result["HOME"] = profile.identity.home
        result["USER"] = profile.identity.user
        result["LOGNAME"] = profile.identity.user
        result.merge(request.environment) { _, new in new }
        return result
    }
}
