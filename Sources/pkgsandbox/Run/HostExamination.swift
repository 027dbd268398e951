internal import LinuxKernel
internal import Profiles
internal import SandboxModel
internal import Supervision

/// Finds out what this machine allows, with the profile, the user and the directories that a build
/// with the same options would have.
struct HostExamination {
    var profile: String
    var user: String?
    var scratch: String
    var cache: String?

    func run() throws(UserError) -> HostFacts {
        let profile = try RunContext.loadProfile(self.profile)
        let identity = try BuildIdentity(
            requested: user, directory: try CommandSession.currentDirectory())
        let searchPath = profile.environment.set["PATH"] ?? ""
        let programs: [HostProbe.Name: String] = [
            .makepkg, .pacman, .bsdtar, .fakeroot,
        ].reduce(into: [:]) { found, name in
            found[name] = HostTools.find(name.rawValue, searchPath: searchPath)
        }
        let request = HostProbeRequest(
            identity: HostProbeRequest.Identity(identity.planned(profile)),
            scratch: RunContext.absolute(scratch),
            cache: RunContext.cachePath(cache, HostSystem.environment(), identity),
            searchPath: searchPath, programs: programs)
        let probes = HostProbes.run(request) { program, isThere in
            HostTools.installCommand(for: [program], again: isThere)
        }
        return HostFacts(host: .current(buildUser: identity.host.uid), probes: probes)
    }
}
