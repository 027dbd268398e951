import Planning
import SandboxModel
import Testing

/// A profile, a request and a host's files make a plan: nothing of the machine is asked.
struct PlannerTests {
    /// A host with merged directories, as Debian has it.
    static let debian: [String: HostTree.Entry] = [
        "/usr": .directory, "/etc": .directory, "/opt": .directory,
        "/bin": .symbolicLink(target: "usr/bin"), "/lib64": .symbolicLink(target: "usr/lib64"),
        "/etc/passwd": .file, "/etc/group": .file, "/etc/hosts": .file, "/etc/hostname": .file,
        "/etc/resolv.conf": .symbolicLink(target: "../run/systemd/resolve/stub-resolv.conf"),
        "/dev/null": .file, "/dev/tty": .file,
        "/home/anna/lua": .directory, "/scratch/home": .directory,
    ]

    static func profile() -> Profile {
        Profile(
            name: "test", description: "",
            identity: Profile.Identity(
                user: "builder", uid: 1000, group: "builders", gid: 1001, home: "/home/builder",
                hostname: "sandbox"),
            filesystem: Profile.FileSystem(
                readOnly: ["/usr", "/bin", "/lib64", "/lib32", "/etc", "/opt"], writable: [],
                hidden: [],
                temporary: [
                    Profile.TemporaryDirectory(path: "/tmp", mode: 0o1777, size: "1g"),
                    Profile.TemporaryDirectory(path: "/run", mode: 0o755),
                ], devices: ["null", "tty", "absent"]),
            environment: Profile.Environment(
                set: ["PATH": "/usr/bin", "LANG": "C.UTF-8"], pass: ["TERM", "UNSET"],
                passNetwork: ["http_proxy"]),
            network: Profile.Network(sources: .host, build: .none),
            limits: Profile.Limits(openFiles: 1024), caches: [], rules: [])
    }

    static func request(
        network: Profile.Network.Access = .none, directories: [PlanRequest.Directory] = []
    ) -> PlanRequest {
        PlanRequest(
            identity: SandboxPlan.Identity(
                insideUser: 1000, insideGroup: 1001, hostUser: 501, hostGroup: 20,
                privilegedCaller: false),
            command: ["true"], workingDirectory: "/home/anna/lua", network: network,
            streams: .inherit, mode: .enforce, directories: directories,
            homeOnHost: "/scratch/home", cacheDirectory: "/cache", cacheKey: "lua",
            resolverConfiguration: "nameserver 192.0.2.1\n")
    }

    static func plan(
        _ profile: Profile = profile(), _ request: PlanRequest = request(),
        host: [String: HostTree.Entry] = debian, caller: [String: String] = [:]
    ) throws -> SandboxPlan {
        try Planner(
            profile: profile, host: HostTree { host[$0] ?? .missing }, callerEnvironment: caller
        ).plan(request)
    }

    private func place(_ plan: SandboxPlan, _ matches: @escaping (SetupStep) -> Bool) throws -> Int
    {
        try #require(plan.steps.firstIndex(where: matches))
    }

    // MARK: The tree

    @Test func systemDirectoriesAreReadOnly() throws {
        let plan = try Self.plan()
        #expect(plan.readOnlyMounts == ["/usr", "/etc", "/opt"])
        #expect(plan.steps.contains(.symbolicLink(path: "/bin", target: "usr/bin")))
        #expect(!plan.steps.contains { $0.description.contains("/lib32") }, "it is not there")
    }

    /// Every directory is there before something is made or mounted in it.
    @Test func parentsComeFirst() throws {
        let plan = try Self.plan(
            Self.profile(),
            Self.request(directories: [
                .writable(hostPath: "/home/anna/lua", path: "/home/anna/lua"),
                .copyOnWrite(lower: "/home/anna/lua", upper: "/u", work: "/w", path: "/build/a/b"),
            ]))
        var present: Set<String> = ["/", "/proc", "/usr", "/etc", "/opt"]
        for step in plan.steps {
            let path: String
            switch step {
            case .directory(let made, _), .symbolicLink(let made, _), .file(let made, _, _),
                .fifo(let made, _), .temporary(let made, _, _), .terminals(let made):
                path = made
            case .overlay(_, _, _, let made), .bind(_, let made, _):
                #expect(present.contains(made), "\(step.description)")
                continue
            default: continue
            }
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            #expect(present.contains(parent.isEmpty ? "/" : parent), "\(step.description)")
            present.insert(path)
        }
        #expect(present.contains("/build/a/b"))
    }

    /// What protects comes last, in the order in which the steps need their rights.
    @Test func orderOfSteps() throws {
        let plan = try Self.plan()
        #expect(
            plan.steps.first
                == .namespaces(["user", "mount", "pid", "ipc", "uts", "cgroup", "network"]))
        let enter = try place(plan) { $0 == .enterRoot }
        let area = try place(plan) { if case .privateArea = $0 { true } else { false } }
        let proc = try place(plan) { $0 == .processes(path: "/proc") }
        let bind = try place(plan) { if case .bind = $0 { true } else { false } }
        let leave = try place(plan) { $0 == .leaveHost }
        let seal = try place(plan) { $0 == .sealRoot }
        #expect(enter < area && area < proc && proc < bind && bind < leave && leave < seal)
        if case .watch(let calls) = plan.steps.last {
            #expect(calls == TracedCall.table.count)
        } else {
            Issue.record("the last step watches")
        }
        for (index, step) in plan.steps.enumerated() {
            if case .bind = step { #expect(index < leave, "the host's tree is gone") }
        }
    }

    @Test func devicesThatAreThere() throws {
        let plan = try Self.plan()
        let devices = plan.steps.compactMap { step in
            if case .bind(_, let path, .device) = step { path } else { nil }
        }
        #expect(devices == ["/dev/null", "/dev/tty"])
        #expect(plan.steps.contains(.terminals(path: "/dev/pts")))
    }

    /// A file system that the build cannot write to needs no file system of its own.
    @Test func temporaryDirectories() throws {
        let plan = try Self.plan()
        #expect(plan.steps.contains(.temporary(path: "/tmp", mode: 0o1777, size: "1g")))
        #expect(plan.steps.contains(.directory(path: "/run", mode: 0o755)))
    }

    @Test func accountsAreGenerated() throws {
        let plan = try Self.plan()
        let covers = Dictionary(
            uniqueKeysWithValues: plan.steps.compactMap { step -> (String, String)? in
                if case .coverFile(let path, let content) = step { (path, content) } else { nil }
            })
        #expect(
            covers["/etc/passwd"]?.contains("builder:x:1000:1001::/home/builder:/bin/bash\n")
                == true)
        #expect(covers["/etc/group"]?.contains("builders:x:1001:\n") == true)
        #expect(covers["/etc/hosts"]?.contains("127.0.0.1 localhost sandbox\n") == true)
        #expect(covers["/etc/hostname"] == "sandbox\n")
    }

    /// The resolver's link leads to a file that is not shown: it is made, with content only where
    /// there is a network.
    @Test(arguments: [Profile.Network.Access.none, .host])
    func resolverConfiguration(network: Profile.Network.Access) throws {
        let plan = try Self.plan(Self.profile(), Self.request(network: network))
        let content = plan.steps.compactMap { step in
            if case .file("/run/systemd/resolve/stub-resolv.conf", _, let content) = step {
                content
            } else {
                nil
            }
        }
        #expect(content == [network == .host ? "nameserver 192.0.2.1\n" : ""])
    }

    @Test func hiddenPathsAreCoveredWhereTheyShow() throws {
        var profile = Self.profile()
        profile.filesystem.hidden = ["/usr/local", "/srv/secret"]
        let plan = try Self.plan(profile)
        let hidden = plan.steps.compactMap { if case .hide(let path) = $0 { path } else { nil } }
        #expect(hidden == ["/usr/local"], "what is not shown needs no cover")
    }

    @Test func directoryThatIsNotThere() throws {
        let request = Self.request(directories: [.readOnly(hostPath: "/absent", path: "/absent")])
        let error = #expect(throws: UserError.self) { try Self.plan(Self.profile(), request) }
        #expect(error?.exitStatus == .usage)
        #expect(error?.message.contains("/absent") == true)
        #expect(error?.hint != nil)
    }

    // MARK: Network, environment, identity

    @Test func networkNamespace() throws {
        let without = try Self.plan()
        #expect(without.steps.contains(.loopback))
        let with = try Self.plan(Self.profile(), Self.request(network: .host))
        #expect(!with.steps.contains(.loopback))
        if case .namespaces(let kinds) = with.steps[0] { #expect(!kinds.contains("network")) }
    }

    @Test func environmentStartsEmpty() throws {
        let caller = [
            "SECRET": "x", "TERM": "xterm", "http_proxy": "http://proxy/", "HOME": "/home/anna",
            "PATH": "/evil", "USER": "anna",
        ]
        var request = Self.request()
        request.environment = ["GIVEN": "yes", "LANG": "de_DE.UTF-8"]
        let plan = try Self.plan(Self.profile(), request, caller: caller)
        #expect(
            plan.environment == [
                "PATH": "/usr/bin", "LANG": "de_DE.UTF-8", "TERM": "xterm", "GIVEN": "yes",
                "HOME": "/home/builder", "USER": "builder", "LOGNAME": "builder",
            ])
        request.network = .host
        let withNetwork = try Self.plan(Self.profile(), request, caller: caller)
        #expect(withNetwork.environment["http_proxy"] == "http://proxy/")
    }

    @Test func requestIsCarriedOver() throws {
        let plan = try Self.plan()
        #expect(plan.identity == Self.request().identity)
        #expect(plan.command == ["true"])
        #expect(plan.workingDirectory == "/home/anna/lua")
        #expect(plan.cacheDirectory == "/cache")
        #expect(plan.openFiles == 1024)
        #expect(plan.hostname == "sandbox")
    }

    /// The same question has the same answer.
    @Test func planIsDeterministic() throws {
        #expect(try Self.plan() == Self.plan())
    }

    @Test func everyStepDescribesItself() throws {
        let steps = try Self.plan().steps.map(\.description)
        #expect(steps.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
    }
}
