internal import LinuxKernel
public import SandboxModel

/// What the host is asked for.
public struct HostProbeRequest: Sendable {
    /// The build's user, inside and outside of the sandbox.
    public struct Identity: Sendable, Equatable {
        var inside: UserIdentity
        var outside: UserIdentity
        var privilegedCaller: Bool

        /// As a plan has it.
        public init(_ identity: SandboxPlan.Identity) {
            inside = UserIdentity(uid: identity.insideUser, gid: identity.insideGroup)
            outside = UserIdentity(uid: identity.hostUser, gid: identity.hostGroup)
            privilegedCaller = identity.privilegedCaller
        }
    }

    var identity: Identity
    var scratch: String
    var cache: String
    var searchPath: String
    var programs: [HostProbe.Name: String]

    /// - Parameters:
    ///   - scratch: the directory for the build's files, absolute.
    ///   - cache: the directory for redirected caches, absolute.
    ///   - searchPath: where the sandbox looks for programs.
    ///   - programs: where those are that have a probe.
    public init(
        identity: Identity, scratch: String, cache: String, searchPath: String,
        programs: [HostProbe.Name: String]
    ) {
        self.identity = identity
        self.scratch = scratch
        self.cache = cache
        self.searchPath = searchPath
        self.programs = programs
    }
}

/// Finds out what the host allows by doing it, in processes that are thrown away.
public enum HostProbes {
    /// Tries everything.
    ///
    /// - Parameter installation: the remedy for a program that is missing, or that is there and does
    ///   not start.
    public static func run(
        _ request: HostProbeRequest, installation: (_ program: String, _ isThere: Bool) -> String
    ) -> [HostProbe] {
        var outcomes: [HostProbe.Name: ProbeOutcome] = [:]
        // They run while the rest is tried: makepkg takes longer than all of it.
        var running = RunningPrograms(request)
        let scratch = PlaceProbes.scratch(in: request.scratch, owner: request.identity.outside)
        outcomes[.scratch] = scratch.outcome
        outcomes[.pidfd] = NamespaceProbes.descriptorOfProcess()
        let inNamespaces = NamespaceProbes(
            identity: request.identity, scratchPath: scratch.path
        ).run()
        outcomes.merge(inNamespaces) { _, new in new }
        outcomes[.cache] = PlaceProbes.cache(request.cache, owner: request.identity.outside)
        outcomes[.pacmanDatabase] = PlaceProbes.pacmanDatabase()
        outcomes.merge(running.finish()) { _, new in new }
        if let path = scratch.path {
            do throws(SystemError) { try Files.removeTree(path) } catch {
                outcomes[.scratch] = .weak(ProbeFailure(error))
            }
        }
        let hasNamespaces = outcomes[.userNamespace] == .worked
        return HostProbe.Name.allCases.map { name in
            let outcome =
                outcomes[name]
                ?? .untried(
                    hasNamespaces
                        ? "the probing process ended before it came to this"
                        : "there is no user namespace to try it in")
            return probe(name, outcome, request, installation)
        }
    }

    private static func probe(
        _ name: HostProbe.Name, _ outcome: ProbeOutcome, _ request: HostProbeRequest,
        _ installation: (_ program: String, _ isThere: Bool) -> String
    ) -> HostProbe {
        let failure: ProbeFailure
        let status: HostProbe.Status
        switch outcome {
        case .worked(let detail): return HostProbe(name, .ok, detail: detail)
        case .untried(let reason): return HostProbe(name, .untried, reason: reason)
        case .weak(let reason): (failure, status) = (reason, .degraded)
        case .failed(let reason):
            (failure, status) = (reason, name.need == .optional ? .degraded : .missing)
        }
        let obstacle: Obstacle?
        switch name {
        case .makepkg, .pacman, .bsdtar, .fakeroot:
            obstacle = Obstacle(
                remedy: installation(name.rawValue, request.programs[name] != nil))
        case .pacmanDatabase:
            obstacle = Obstacle(
                cause: "packages were not installed by pacman: dependency checks are skipped",
                remedy: nil)
        case .scratch: obstacle = Obstacle(remedy: "name a directory with room: --scratch DIR")
        case .cache:
            obstacle = Obstacle(
                remedy: "name a directory that user \(request.identity.outside.uid) "
                    + "may write: --cache DIR")
        default: obstacle = .of(name, failure, scratch: request.scratch)
        }
        return HostProbe(
            name, status, reason: failure.reason, cause: obstacle?.cause, remedy: obstacle?.remedy)
    }

    /// The programs that were started, each waited for in turn.
    private struct RunningPrograms: ~Copyable {
        private let deadline = monotonicSeconds() + ProgramProbe.patience
        private var outcomes: [HostProbe.Name: ProbeOutcome] = [:]
        private var makepkg: ProgramProbe?
        private var pacman: ProgramProbe?
        private var bsdtar: ProgramProbe?
        private var fakeroot: ProgramProbe?

        init(_ request: HostProbeRequest) {
            makepkg = Self.start(.makepkg, request, &outcomes)
            pacman = Self.start(.pacman, request, &outcomes)
            bsdtar = Self.start(.bsdtar, request, &outcomes)
            fakeroot = Self.start(.fakeroot, request, &outcomes)
        }

        private static func start(
            _ name: HostProbe.Name, _ request: HostProbeRequest,
            _ outcomes: inout [HostProbe.Name: ProbeOutcome]
        ) -> ProgramProbe? {
            guard let path = request.programs[name] else {
                outcomes[name] = .failed(
                    ProbeFailure(
                        "\(name.rawValue) is in no directory of \(request.searchPath)",
                        errno: ErrorNumber.missing))
                return nil
            }
            do throws(SystemError) {
                return try ProgramProbe(
                    path: path, searchPath: request.searchPath,
                    user: request.identity.privilegedCaller ? request.identity.outside : nil)
            } catch {
                outcomes[name] = .failed(ProbeFailure(error))
                return nil
            }
        }

        mutating func finish() -> [HostProbe.Name: ProbeOutcome] {
            if let probe = makepkg.take() { outcomes[.makepkg] = probe.finish(deadline: deadline) }
            if let probe = pacman.take() { outcomes[.pacman] = probe.finish(deadline: deadline) }
            if let probe = bsdtar.take() { outcomes[.bsdtar] = probe.finish(deadline: deadline) }
            if let probe = fakeroot.take() { outcomes[.fakeroot] = probe.finish(deadline: deadline) }
            return outcomes
        }
    }
}
