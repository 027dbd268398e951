import Foundation
import Testing

/// The commands that run no build.
@Suite(.needs(.sandbox, .makepkg, .ordinaryUser))
struct CommandTests {
    /// `plan` prints every step and changes nothing.
    @Test(arguments: Caller.available)
    func plan(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(SmallRecipe.text())
            func state() -> [Entry] {
                ["recipe", "home", "cache", "output", "work"].flatMap {
                    entries(of: "\(place.root)/\($0)", withContent: true)
                }
            }
            let before = state()
            let planned = try place.pkgsandbox(["plan", directory] + place.ownDirectories)
            #expect(planned.status == 0, "\(planned.errorText)")
            #expect(state() == before)
            let steps = planned.lines.dropLast()
            #expect(steps.count > 20)
            for (index, step) in steps.enumerated() {
                #expect(step.hasPrefix("\(index + 1)\t"))
            }
            #expect(planned.text.contains("unshare user,mount,pid"))
            #expect(planned.text.contains("bind /usr read-only"))
            #expect(planned.text.contains("bring up the loopback interface"))
            #expect(planned.lines.last?.contains("makepkg") == true)
            #expect(planned.errorText.isEmpty)
        }
    }

    /// A stored report is shown again as it was.
    @Test(arguments: Caller.available)
    func report(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(package: "mkdir /usr/pkgsandbox-test-report"))
            let built = try place.build(directory)
            #expect(built.status == 3, "\(built.errorText)")
            let shown = try place.pkgsandbox(["report", place.reportFile])
            #expect(shown.status == 0, "\(shown.errorText)")
            let headline = "package() tried to create the directory /usr/pkgsandbox-test-report"
            #expect(built.errorText.contains(headline))
            #expect(shown.text.contains(headline))
            #expect(shown.text.contains("mkdir /usr/pkgsandbox-test-report"), "the recipe's line")
            #expect(shown.errorText.isEmpty)

            let again = try place.pkgsandbox(["report", "--format", "json", place.reportFile])
            #expect(again.output == bytes(of: place.reportFile))
            let piped = try place.pkgsandbox(
                ["report", "--format", "json", "-"], input: .file(place.reportFile))
            #expect(piped.output == again.output)
        }
    }

    @Test func reportThatIsNone() throws {
        try Place.with(.user) { place in
            let absent = try place.pkgsandbox(["report", "absent.json"])
            #expect(absent.status == 2)
            #expect(absent.errorText.contains("absent.json: No such file or directory (ENOENT)"))
            let file = try place.write(
                "{\n  \"schemaVersion\": 1,\n  oops\n}", to: "home/broken.json")
            let broken = try place.pkgsandbox(["report", file])
            #expect(broken.status == 2)
            #expect(broken.errorText.contains("broken.json"))
        }
    }

    @Test func profiles() throws {
        try Place.with(.user) { place in
            let list = try place.pkgsandbox(["profile", "list"])
            #expect(list.status == 0)
            #expect(list.lines.contains { $0.hasPrefix("default\t") })

            // What is shown can be used again, and is the same then.
            let shown = try place.pkgsandbox(["profile", "show"])
            #expect(shown.status == 0)
            let file = try place.write(shown.text, to: "home/shown.toml")
            #expect(try place.pkgsandbox(["profile", "check", file, "default"]).status == 0)
            #expect(try place.pkgsandbox(["profile", "show", file]).text == shown.text)
            #expect(try place.sandbox(["true"], options: ["--profile", file]).status == 0)

            let wrong = try place.write("extends = \"default\"\nlimts = 1\n", to: "home/wrong.toml")
            let checked = try place.pkgsandbox(["profile", "check", wrong])
            #expect(checked.status == 2)
            #expect(checked.errorText.contains("wrong.toml:2"))
            #expect(checked.errorText.contains("limits"))
        }
    }

    /// A profile of one's own is what the sandbox does.
    @Test func profileIsUsed() throws {
        try Place.with(.user) { place in
            let file = try place.write(
                """
                name = "mine"
                extends = "default"
                [identity]
                user = "packager"
                hostname = "elsewhere"
                [environment.set]
                GREETING = "hello"
                [filesystem]
                hidden = ["/usr/local"]
                """, to: "home/mine.toml")
            let ended = try place.shell(
                "id -un; hostname; echo $GREETING; ls -A /usr/local 2>/dev/null | wc -l",
                options: ["--profile", file])
            #expect(ended.lines == ["packager", "elsewhere", "hello", "0"], "\(ended.errorText)")
        }
    }

    @Test func helpAndVersion() throws {
        try Place.with(.user) { place in
            for arguments in [["--help"], ["build", "--help"], ["help", "run"], ["--version"]] {
                let ended = try place.pkgsandbox(arguments)
                #expect(ended.status == 0)
                #expect(!ended.text.isEmpty && ended.errorText.isEmpty)
            }
        }
    }

    /// A reader that goes away is no crash.
    @Test func outputThatNobodyReads() throws {
        try Place.with(.user) { place in
            let ended = try place.run(
                [
                    "bash", "-c",
                    "'\(try place.program())' profile show | head -n 1; echo ${PIPESTATUS[0]}",
                ])
            #expect(ended.lines.count == 2)
            #expect(["0", "141"].contains(ended.lines.last), "\(ended.text)")
        }
    }

    /// Every kind of end gives a report that is valid.
    @Test(.needs(.jsonschema), arguments: Caller.available)
    func reportsAreValid(caller: Caller) throws {
        try Place.with(caller) { place in
            let json = ["--report", "json=\(place.reportFile)"]
            let ends = [
                ("true", [], "succeeded"), ("exit 3", [], "failed"), ("kill -9 $$", [], "failed"),
                ("sleep 1000", ["--timeout", "1"], "timedOut"),
                ("touch /usr/x", [], "failed"),
                ("mkdir '/usr/a\u{1b}[31m\n\u{202e}ü'; true", [], "succeeded"),
                ("mkdir \"$(printf '/usr/\\377\\376')\"; true", [], "succeeded"),
                ("touch /usr/x; true", ["--strict"], "failed"),
            ]
            for (script, options, result) in ends {
                _ = try place.shell(script, options: options + json)
                let report = try place.report()
                #expect(report.outcome.result == result, "\(script)")
                #expect(report.recipe.kind == "command")
                #expect(report.schemaVersion == 1)
            }
        }
    }
}
