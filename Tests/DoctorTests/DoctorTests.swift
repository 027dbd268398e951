import Foundation
import SandboxModel
import Testing

@Suite("pkgsandbox doctor")
struct DoctorTests {
    @Test("the JSON form has every probe, each with what was tried and a reason if it is not ok")
    func everyProbe() throws {
        let run = try Doctor.run([Doctor.executable, "doctor", "--report", "json"])
        let facts = try run.facts()
        #expect(facts.schemaVersion == 1)
        #expect(facts.probes.map(\.name) == HostProbe.Name.allCases)
        for probe in facts.probes {
            #expect(!probe.tried.isEmpty)
            #expect((probe.reason == nil) == (probe.status == .ok), "\(probe.name)")
        }
        #expect(run.status == (facts.canBuild ? 0 : 5))
        #expect(run.complaints.isEmpty)
    }

    @Test(
        "where sandboxes can be made nothing that they need is missing",
        .enabled(if: Doctor.canMakeSandboxes), arguments: [true, false])
    func agreesWithRun(asUser: Bool) throws {
        let command = [Doctor.executable, "doctor", "--report", "json"]
        let run = try Doctor.run(asUser ? Doctor.asUser(command) : command)
        let facts = try run.facts()
        #expect(
            facts.canRun,
            "\(facts.probes.filter { $0.need == .sandbox && $0.status != .ok })")
    }

    @Test("nothing is left behind, as root and as a user", arguments: [true, false])
    func leavesNothing(asUser: Bool) throws {
        let scratch = try TemporaryDirectory()
        let cache = try TemporaryDirectory()
        for cachePath in [cache.path, "\(cache.path)/a/b"] {
            let command = [
                Doctor.executable, "doctor", "--scratch", scratch.path, "--cache", cachePath,
                "--report", "json",
            ]
            let run = try Doctor.run(asUser ? Doctor.asUser(command) : command)
            #expect(try run.probe(.scratch).status == .ok)
            #expect(try run.probe(.cache).status == .ok)
            #expect(try scratch.names.isEmpty)
            #expect(try cache.names.isEmpty)
        }
    }

    @Test("inside a sandbox user namespaces are missing", .enabled(if: Doctor.canMakeSandboxes))
    func nested() throws {
        let directory = URL(fileURLWithPath: Doctor.executable).deletingLastPathComponent().path
        let run = try Doctor.run([
            Doctor.executable, "run", "--read-only", directory, "--",
            Doctor.executable, "doctor", "--report", "json",
        ])
        #expect(run.status == 5)
        let probe = try run.probe(.userNamespace)
        #expect(probe.status == .missing)
        #expect(probe.reason?.hasPrefix("clone3: ") == true)
        #expect(probe.reason?.hasSuffix(")") == true)
        #expect(probe.remedy != nil)
        #expect(try run.facts().canRun == false)
        for name: HostProbe.Name in [.mountNamespace, .proc, .overlayTmpfs] {
            #expect(try run.probe(name).status == .untried)
        }
    }

    @Test(
        "missing programs come with the command that installs them",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/apt-get")))
    func noPrograms() throws {
        let directory = try TemporaryDirectory()
        let profile = try directory.file(
            "none.toml", "extends = \"default\"\n[environment.set]\nPATH = \"/nonexistent\"\n")
        let run = try Doctor.run([
            Doctor.executable, "doctor", "--profile", profile, "--report", "json",
        ])
        #expect(run.status == 5)
        let sudo = Doctor.isRoot ? "" : "sudo "
        for (name, package) in [
            (HostProbe.Name.makepkg, "makepkg"), (.pacman, "pacman-package-manager"),
            (.bsdtar, "libarchive-tools"), (.fakeroot, "fakeroot"),
        ] {
            let probe = try run.probe(name)
            #expect(probe.status == .missing)
            #expect(probe.reason == "\(name.rawValue) is in no directory of /nonexistent")
            #expect(probe.remedy == "\(sudo)apt-get install \(package)")
        }
        if Doctor.canMakeSandboxes { #expect(try run.facts().canRun) }
    }

    @Test("a program that does not start is missing, and says why")
    func brokenProgram() throws {
        let directory = try TemporaryDirectory()
        for (name, text) in [
            ("makepkg", "#!/bin/sh\necho it is broken >&2\nexit 3\n"),
            ("pacman", "#!/nonexistent\n"), ("bsdtar", "#!/bin/sh\nkill -TERM $$\n"),
            ("fakeroot", "#!/bin/sh\necho fakeroot v1.2-rc\n"),
        ] {
            let path = try directory.file(name, text)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let profile = try directory.file(
            "broken.toml",
            "extends = \"default\"\n[environment.set]\nPATH = \"\(directory.path)\"\n")
        let run = try Doctor.run([
            Doctor.executable, "doctor", "--profile", profile, "--report", "json",
        ])
        let path = directory.path
        #expect(run.status == 5)
        #expect(
            try run.probe(.makepkg).reason
                == "\(path)/makepkg --version ended with status 3: it is broken")
        #expect(
            try run.probe(.pacman).reason
                == "execve \(path)/pacman: No such file or directory (ENOENT)")
        #expect(
            try run.probe(.bsdtar).reason == "\(path)/bsdtar --version was ended by signal 15")
        #expect(try run.probe(.fakeroot).detail == "1.2-rc, \(path)/fakeroot")
    }

    @Test("a scratch directory that cannot be used is missing")
    func noScratch() throws {
        let run = try Doctor.run([
            Doctor.executable, "doctor", "--scratch", "/nonexistent", "--report", "json",
        ])
        #expect(run.status == 5)
        let probe = try run.probe(.scratch)
        #expect(probe.status == .missing)
        #expect(probe.reason?.hasSuffix("No such file or directory (ENOENT)") == true)
        #expect(try run.probe(.overlayScratch).status == .untried)
    }

    @Test("docs/doctor.md has every probe, and an example that is of the form")
    func page() throws {
        let page = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/doctor.md")
        let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        for name in HostProbe.Name.allCases { #expect(text.contains("`\(name.rawValue)`")) }
        let parts = text.components(separatedBy: "```")
        let example = try #require(parts.first { $0.hasPrefix("json\n") })
        let facts = try JSONDecoder().decode(HostFacts.self, from: Data(example.utf8.dropFirst(5)))
        for probe in facts.probes {
            #expect(probe.tried == probe.name.tried)
            #expect(probe.need == probe.name.need)
        }
    }

    @Test("the text goes to standard output, reports into files")
    func forms() throws {
        let directory = try TemporaryDirectory()
        let run = try Doctor.run([
            Doctor.executable, "doctor", "--report", "text", "--report",
            "json=\(directory.path)/facts.json",
        ])
        for name in HostProbe.Name.allCases { #expect(run.output.contains(name.rawValue)) }
        #expect(!run.output.contains("\u{1B}"))
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory.path)/facts.json"))
        #expect(try JSONDecoder().decode(HostFacts.self, from: data).probes.count > 20)
        #expect(
            try Doctor.run([Doctor.executable, "doctor", "--color", "always"]).output
                .contains("\u{1B}[1;32mok"))
    }
}
