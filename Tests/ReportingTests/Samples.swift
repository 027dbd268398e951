import SandboxModel

/// Reports of runs as they happen.
enum Sample {
    static let recipe = RecipeSummary(
        kind: "pkgbuild", path: "/home/anna/lua/PKGBUILD", name: "lua", version: "5.4.4-1")

    static let artifact = Artifact(
        path: "/home/anna/lua/lua-5.4.4-1-x86_64.pkg.tar.zst",
        sha256: String(repeating: "0123456789abcdef", count: 4), bytes: 279_654)

    static let usage = Usage(
        wallSeconds: 12.34, userSeconds: 20.1, systemSeconds: 1.25, peakMemoryBytes: 149_422_080)

    static let host = HostSummary(
        kernel: "6.18.5", architecture: "x86_64", distribution: "Debian 12", version: "0.1.0",
        buildUser: 1000)

    static let phases = [
        PhaseResult(name: "metadata", result: .succeeded, seconds: 0.12),
        PhaseResult(name: "sources", result: .succeeded, seconds: 0.9),
        PhaseResult(name: "build", result: .succeeded, seconds: 10.8),
    ]

    static let success = RunReport(
        recipe: recipe, outcome: Outcome(result: .succeeded, exitStatus: 0, toolStatus: 0),
        phases: phases, artifacts: [artifact], host: host, usage: usage)

    /// The lines of the recipe that the failed writes below point at.
    static func source(_ line: Int) -> String? {
        [
            9: "\tpython -c 'import lua'",
            12: "  make linux",
            21: "  make INSTALL_TOP=/usr install",
        ][line]
    }

    static func install(_ path: String, count: Int = 1, pid: Int = 231) -> WriteFailure {
        WriteFailure(
            path: path, requestedPath: path, call: "openat", operation: "create-file",
            errno: "EROFS", reason: .readOnlySystem, evidence: "/usr is mounted read-only",
            verdict: .fatal,
            verdictReason: "install ended with status 1, then make with 2, then package()",
            count: count, phase: "package", recipeLine: 21, recipeFunction: "package",
            process: ProcessSummary(
                pid: pid, executable: "/usr/bin/install",
                arguments: ["install", "-p", "-m", "0755", "lua", "luac", "/usr/bin"],
                workingDirectory: "/build/lua/src/lua-5.4.4/src"),
            ancestry: [
                ProcessSummary(
                    pid: 230, executable: "/usr/bin/make",
                    arguments: ["make", "INSTALL_TOP=/usr", "install"]),
                ProcessSummary(
                    pid: 200, executable: "/usr/bin/bash",
                    arguments: ["bash", "/usr/bin/makepkg", "--nodeps"]),
            ],
            rule: "forgotten-destdir",
            hint: "install into \"$pkgdir\": make INSTALL_TOP=\"$pkgdir/usr\" install")
    }

    static let thinlto = WriteFailure(
        path: "/usr/lib/modules/6.1.0-thinlto/build/.thinlto-cache",
        requestedPath: ".thinlto-cache", call: "mkdir", operation: "create-directory",
        errno: "EACCES", reason: .permission,
        evidence: "/usr/lib/modules/6.1.0-thinlto/build is root's, mode 0755", verdict: .fatal,
        verdictReason: "ld.lld was ended by SIGABRT, then make ended with status 2", count: 1,
        phase: "build", recipeLine: 12, recipeFunction: "build",
        process: ProcessSummary(
            pid: 412, executable: "/usr/bin/ld.lld",
            arguments: ["ld.lld", "-m", "elf_x86_64", "--thinlto-cache-dir=.thinlto-cache", "-r"],
            workingDirectory: "/usr/lib/modules/6.1.0-thinlto/build"),
        ancestry: [ProcessSummary(pid: 400, executable: "/usr/bin/make", arguments: ["make"])],
        rule: "thinlto-cache", hint: "let the sandbox redirect the cache: leave out --mode audit")

    static func harmless(_ number: Int) -> WriteFailure {
        WriteFailure(
            path: "/usr/lib/python3/dist-packages/lua\(number)/__pycache__",
            requestedPath: "/usr/lib/python3/dist-packages/lua\(number)/__pycache__",
            call: "mkdir", operation: "create-directory", errno: "EROFS", reason: .readOnlySystem,
            evidence: "/usr is mounted read-only", verdict: .benign,
            verdictReason: "python3 ended with status 0", phase: "check", recipeLine: 9,
            recipeFunction: "check",
            process: ProcessSummary(
                pid: 300 + number, executable: "/usr/bin/python3",
                arguments: ["python3", "-c", "import lua"], workingDirectory: "/build/lua/src"),
            ancestry: [
                ProcessSummary(pid: 200, executable: "/usr/bin/bash", arguments: ["bash"])
            ],
            rule: "pycache", hint: "nothing to do: Python goes on without its cache")
    }

    static let redirects = [
        CacheRedirect(
            path: "/usr/lib/modules/6.1.0-thinlto/build/.thinlto-cache", cache: "thinlto",
            scratch: "/home/anna/.cache/pkgsandbox/thinlto", count: 2),
        CacheRedirect(
            path: "/usr/src/other/.thinlto-cache", cache: "thinlto",
            scratch: "/home/anna/.cache/pkgsandbox/thinlto", count: 1),
        CacheRedirect(
            path: "/opt/go/pkg/cache", cache: "go", scratch: "/home/anna/.cache/pkgsandbox/go",
            count: 7),
    ]

    static let degradations = [
        Degradation(
            feature: "cache redirects", reason: "overlay: Operation not permitted (EPERM)",
            remedy: "run on Linux 5.11 or later, outside a container"),
        Degradation(feature: "dependency checks", reason: "pacman has no database here"),
    ]

    /// A run that ended in `phase` with a status of makepkg's.
    static func failure(
        _ result: Outcome.Result = .failed, exitStatus: Int, toolStatus: Int? = 4,
        phase: String? = "package", message: String? = nil, writeFailures: [WriteFailure] = []
    ) -> RunReport {
        RunReport(
            recipe: recipe,
            outcome: Outcome(
                result: result, exitStatus: exitStatus, toolStatus: toolStatus, phase: phase,
                message: message),
            phases: phases + [PhaseResult(name: "package", result: .failed, seconds: 0.4)],
            writeFailures: writeFailures, host: host, usage: usage)
    }

    static let forgottenDestdir = failure(
        exitStatus: 3,
        writeFailures: [harmless(1), harmless(2)]
            + ["/usr/bin/lua", "/usr/bin/luac", "/usr/include/lua.h", "/usr/lib/liblua.a"].map {
                install($0)
            } + [install("/usr/share/man/man1/lua.1", pid: 240), harmless(3)])

    /// Different programs at different lines, more than are shown.
    static var manyCauses: RunReport {
        var failures = [install("/usr/bin/lua"), thinlto]
        for number in 0..<13 {
            var failure = install("/etc/lua/\(number).conf", count: number == 0 ? 128 : 1)
            failure.recipeLine = 30 + number
            failure.process.executable = "/usr/bin/tool\(number)"
            failure.hint = nil
            failure.rule = nil
            failures.append(failure)
        }
        return Sample.failure(exitStatus: 3, writeFailures: failures)
    }
}
