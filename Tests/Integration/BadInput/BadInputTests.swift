import Foundation
import Glibc
import Testing

/// Wrong input gets a message that names the thing and the remedy, the documented status, and leaves
/// nothing behind.
@Suite(.needs(.sandbox, .makepkg, .ordinaryUser))
struct BadInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// What is in the recipe's PKGBUILD; nil for none.
        var recipe: String? = SmallRecipe.text()
        var options: [String] = []
        var status: Int
        /// What the message says; `PLACE` stands for the test's directory.
        var says: [String]
        var prepare: @Sendable (Place) throws -> Void = { _ in }
    }

    static let cases = [
        Case(
            testDescription: "no PKGBUILD", recipe: nil, status: 2,
            says: ["there is no PKGBUILD in directory PLACE/recipe", "hint: "]),
        Case(
            testDescription: "a directory in its place", recipe: nil, status: 2,
            says: ["PLACE/recipe/PKGBUILD is a directory", "hint: "],
            prepare: { try $0.makeDirectory("recipe/PKGBUILD") }),
        Case(
            testDescription: "a FIFO in its place", recipe: nil, status: 2,
            says: ["PLACE/recipe/PKGBUILD is not a regular file"],
            prepare: { mkfifo($0.root + "/recipe/PKGBUILD", 0o666) }),
        Case(
            testDescription: "a syntax error", recipe: "pkgname=small\nbuild() {\n  if true\n}\n",
            status: 1,
            says: ["PKGBUILD", "syntax error"]),
        Case(
            testDescription: "exit 0 at the top", recipe: "exit 0\n" + SmallRecipe.text(),
            status: 1,
            says: ["exit"]),
        Case(
            testDescription: "exit 3 at the top", recipe: "exit 3\n" + SmallRecipe.text(),
            status: 1,
            says: ["makepkg ended with status 3"]),
        Case(
            testDescription: "exit 0 in build()", recipe: SmallRecipe.text(build: "exit 0"),
            status: 1,
            says: ["the recipe called `exit 0` in build()", "return"]),
        Case(
            testDescription: "exit 3 in build()", recipe: SmallRecipe.text(build: "exit 3"),
            status: 1,
            says: ["build()"]),
        Case(
            testDescription: "an empty recipe", recipe: "", status: 1, says: ["pkgname"]),
        Case(
            testDescription: "binary nonsense", recipe: "\u{7f}ELF\u{0}\u{1}\u{2}\u{0}", status: 1,
            says: ["PKGBUILD"]),
        Case(
            testDescription: "a recipe without a version",
            recipe: SmallRecipe.text().replacingOccurrences(of: "pkgver=1\n", with: ""), status: 1,
            says: ["pkgver"]),
        Case(
            testDescription: "a wrong checksum",
            recipe: SmallRecipe.text(
                head: "source=('text')\nsha256sums=('\(String(repeating: "0", count: 64))')"),
            status: 1,
            says: ["a source file does not match its checksum", "updpkgsums"],
            prepare: { try $0.write("text", to: "recipe/text") }),
        Case(
            testDescription: "a source that is not there",
            recipe: SmallRecipe.text(head: "source=('absent-file')\nsha256sums=('SKIP')"),
            status: 1,
            says: ["absent-file"]),
        Case(
            testDescription: "an unknown option", options: ["--no-such-option"], status: 2,
            says: ["--no-such-option", "--help"]),
        Case(
            testDescription: "a mistyped option", options: ["--timout", "5"], status: 2,
            says: ["--timout", "--timeout"]),
        Case(
            testDescription: "--timeout abc", options: ["--timeout", "abc"], status: 2,
            says: ["'abc'", "--timeout", "90s"]),
        Case(
            testDescription: "--timeout 0", options: ["--timeout", "0"], status: 2,
            says: ["--timeout"]),
        Case(
            testDescription: "--mode nonsense", options: ["--mode", "nonsense"], status: 2,
            says: ["nonsense", "enforce", "audit"]),
        Case(
            testDescription: "an unknown report format", options: ["--report", "xml=file"],
            status: 2,
            says: ["xml=file", "json"]),
        Case(
            testDescription: "an unknown user", options: ["--user", "no-such-user"], status: 2,
            says: ["no-such-user"]),
        Case(
            testDescription: "an unknown profile", options: ["--profile", "no-such-profile"],
            status: 2,
            says: ["no profile is named", "no-such-profile", "hint: built in: default"]),
        Case(
            testDescription: "a profile file that is not there",
            options: ["--profile", "./absent.toml"],
            status: 2, says: ["./absent.toml", "No such file or directory"]),
        Case(
            testDescription: "a wrong key in a profile",
            options: ["--profile", "PLACE/wrong.toml"],
            status: 2, says: ["PLACE/wrong.toml:4", "read-onyl-add", "read-only-add"],
            prepare: {
                try $0.write(
                    "name = \"mine\"\nextends = \"default\"\n[filesystem]\nread-onyl-add = [\"/x\"]\n",
                    to: "wrong.toml")
            }),
        Case(
            testDescription: "a wrong value in a profile",
            options: ["--profile", "PLACE/wrong.toml"],
            status: 2, says: ["PLACE/wrong.toml:4", "timeout"],
            prepare: {
                try $0.write(
                    "name = \"mine\"\nextends = \"default\"\n[limits]\ntimeout = \"soon\"\n",
                    to: "wrong.toml")
            }),
        Case(
            testDescription: "a profile that is not TOML",
            options: ["--profile", "PLACE/wrong.toml"],
            status: 2, says: ["PLACE/wrong.toml:2"],
            prepare: { try $0.write("name = \"mine\"\n[[[\n", to: "wrong.toml") }),
        Case(
            testDescription: "an output directory that is not there",
            options: ["--output", "PLACE/absent"], status: 2,
            says: ["PLACE/absent", "No such file or directory", "--output"]),
        Case(
            testDescription: "a file as output directory", options: ["--output", "PLACE/file"],
            status: 2,
            says: ["PLACE/file", "Not a directory"], prepare: { try $0.write("", to: "file") }),
        Case(
            testDescription: "a scratch directory that is not there",
            options: ["--scratch", "PLACE/absent"], status: 5, says: ["PLACE/absent", "--scratch"]),
        Case(
            testDescription: "a directory to show that is not there",
            options: ["--read-only", "PLACE/absent"], status: 2, says: ["--read-only PLACE/absent"]),
        Case(
            testDescription: "a report in a directory that is not there",
            options: ["--report", "json=PLACE/absent/report.json"], status: 5,
            says: ["PLACE/absent/report.json", "No such file or directory"]),
        Case(
            testDescription: "a missing makepkg", options: ["--profile", "PLACE/path.toml"],
            status: 5,
            says: ["makepkg", "install"],
            prepare: {
                try $0.write(
                    "name = \"mine\"\nextends = \"default\"\n[environment.set]\nPATH = \"/opt/absent\"\n",
                    to: "path.toml")
            }),
    ]

    @Test(arguments: cases, Caller.available)
    func isRefused(wrong: Case, caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeDirectory("recipe")
            if let recipe = wrong.recipe { try place.makeRecipe(recipe) }
            try wrong.prepare(place)
            let before = entries(of: directory, withContent: true)
            let options = wrong.options.map {
                $0.replacingOccurrences(of: "PLACE", with: place.root)
            }

            let ended = try place.pkgsandbox(
                ["build", directory] + place.ownDirectories + ["--output", place.output] + options)

            #expect(ended.status == wrong.status, "\(ended.errorText)")
            for text in wrong.says {
                let text = text.replacingOccurrences(of: "PLACE", with: place.root)
                #expect(ended.errorText.contains(text), "\(ended.errorText)")
            }
            #expect(entries(of: directory, withContent: true) == before)
            let made = try FileManager.default.contentsOfDirectory(atPath: place.output)
            // A report that cannot be written is no reason to throw a finished package away.
            #expect(made.isEmpty || wrong.testDescription.hasPrefix("a report"), "\(made)")
        }
    }

    /// A file is a recipe too, also one with another name.
    @Test func recipeOfAnotherName() throws {
        try Place.with(.user) { place in
            try place.makeDirectory("recipe")
            let file = try place.write(SmallRecipe.text(), to: "recipe/Ünï PKGBUILD")
            let built = try place.build(file)
            #expect(built.status == 0, "\(built.errorText)")
            #expect(try place.report().recipe.path == file)
        }
    }

    @Test func unreadableRecipe() throws {
        try Place.with(.user) { place in
            let directory = try place.makeRecipe(SmallRecipe.text())
            chmod(directory + "/PKGBUILD", 0)
            let ended = try place.build(directory)
            #expect(ended.status == 2)
            #expect(ended.errorText.contains("PKGBUILD: Permission denied (EACCES)"))
            #expect(ended.errorText.contains("chmod"))
        }
    }

    @Test func unwritableOutput() throws {
        try Place.with(.user) { place in
            let directory = try place.makeRecipe(SmallRecipe.text())
            chmod(place.output, 0o555)
            let ended = try place.build(directory)
            #expect(ended.status == 2)
            #expect(ended.errorText.contains("\(place.output): Permission denied (EACCES)"))
            #expect(ended.errorText.contains("--output"))

            // The recipe's own directory is the default.
            chmod(directory, 0o555)
            let beside = try place.pkgsandbox(["build", directory] + place.ownDirectories)
            #expect(beside.status == 2, "\(beside.errorText)")
            #expect(beside.errorText.contains("--output"))
            chmod(directory, 0o755)
        }
    }

    @Test func ordinaryUserCannotChooseTheUser() throws {
        try Place.with(.user) { place in
            let ended = try place.sandbox(["true"], options: ["--user", "12345"])
            #expect(ended.status == 2)
            #expect(ended.errorText.contains("only root can build as another user"))
        }
    }

    @Test(arguments: Caller.available)
    func noCommand(caller: Caller) throws {
        try Place.with(caller) { place in
            for arguments in [
                ["run"], ["run", "--"], ["frobnicate"], ["run", "--env", "=x", "--", "true"],
            ] {
                let ended = try place.pkgsandbox(arguments)
                #expect(ended.status == 2, "\(arguments)")
                #expect(ended.errorText.hasPrefix("pkgsandbox: error: "))
                #expect(ended.text.isEmpty)
            }
        }
    }

    /// In the sandbox there are no further user namespaces: the machine that forbids them.
    @Test(arguments: Caller.available)
    func userNamespacesOff(caller: Caller) throws {
        try Place.with(caller) { place in
            let program = place.work + "/pkgsandbox"
            // Not with a descriptor of our own: a program that another test starts at this moment
            // would hold it too, and the copy be busy.
            let copied = try place.run(
                ["install", "-m", "755", place.program(), program], asCaller: false)
            try #require(copied.status == 0, "\(copied.errorText)")
            let inner = try place.sandbox([program, "run", "--", "true"])
            #expect(inner.status == 125, "\(inner.errorText)")
            #expect(inner.errorText.contains("cannot create user namespace: "))
            #expect(inner.errorText.contains("step: 1 of "))
            #expect(inner.errorText.contains("cause: user.max_user_namespaces is 0"))
            #expect(inner.errorText.contains("hint: "))
            #expect(inner.errorText.contains("pkgsandbox doctor"))

            try place.makeDirectory("work/recipe")
            try place.write(SmallRecipe.text(), to: "work/recipe/PKGBUILD")
            let build = try place.sandbox(
                [
                    "sh", "-c",
                    "cp -R recipe /tmp/; '\(program)' build /tmp/recipe; s=$?; ls -A /tmp/recipe; ls -d /var/tmp/pkgsandbox-* 2>&-; exit $s",
                ])
            #expect(build.status == 5, "\(build.errorText)")
            #expect(build.errorText.contains("cannot create user namespace: "))
            #expect(build.lines == ["PKGBUILD"], "\(build.text)")
        }
    }
}
