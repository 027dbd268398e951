import Recipes
import SandboxModel
import Testing

/// The real makepkg with our configuration, compared with the real makepkg without it.
@Suite(.enabled(if: Harness.isWanted, "makepkg is not installed"))
struct MakepkgTests {
    static let header = """
        pkgname=sample
        pkgver=1
        pkgrel=1
        arch=(any)

        """

    @Test func tellsPhasesAndLines() throws {
        let harness = try Harness(
            Self.header + """
                build() {
                  mkdir -p out
                  for i in 1 2; do
                    echo $i > out/$i
                  done
                }
                package() {
                  install -Dm644 out/1 "$pkgdir/usr/share/sample/1"
                  install -o root -g root -m644 out/2 "$pkgdir/usr/share/sample/2"
                }
                """)
        defer { harness.remove() }
        let driver = try harness.driver()
        let metadata = try harness.run(driver.metadata)
        #expect(metadata.status == 0, "\(metadata.errors)")
        #expect(try RecipeMetadata(parsing: metadata.output).version == "1-1")
        let sources = try harness.run(driver.sources)
        #expect(sources.status == 0)
        #expect(sources.trace.phase == nil)
        let result = try harness.run(driver.build)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        #expect(
            result.phases.filter { $0.hasPrefix("-") } == [
                "-metadata 0", "-sources 0", "-checksums 0", "-signatures 0", "-extract 0",
                "-build 0", "-metadata 0", "-package 0", "-tidy 0", "-archive 0",
            ])
        #expect(
            result.lines.filter { !$0.hasPrefix(":") } == [
                "build:6", "build:7", "build:8", "build:7", "build:8", "package:12", "package:13",
            ])
        #expect(result.trace.phase == nil)
    }

    /// Recipes that end in every way a recipe can; makepkg must say and return what it does alone.
    static let odd: [(name: String, recipe: String, status: Int, phase: String?)] = [
        (
            "a failing command", "build() {\n  true\n  false\n  echo not here\n}\npackage() { :; }",
            4, "build"
        ),
        (
            "a failing function", "f() { cat /nowhere; }\nbuild() { f; }\npackage() { :; }", 4,
            "build"
        ),
        ("a subshell", "build() { (false); echo no; }\npackage() { :; }", 4, "build"),
        (
            "a substitution", "build() { local x; x=$(false); echo no; }\npackage() { :; }", 4,
            "build"
        ),
        (
            "a pipe", "build() { set -o pipefail; false | true; echo no; }\npackage() { :; }", 4,
            "build"
        ),
        ("exit 3", "build() { exit 3; }\npackage() { :; }", 3, "build"),
        ("exit 0", "build() { exit 0; }\npackage() { :; }", 0, "build"),
        ("return 5", "build() { return 5; }\npackage() { :; }", 4, "build"),
        ("set +e", "build() { set +e; false; echo went on; }\npackage() { :; }", 4, "build"),
        (
            "set +e without the trap",
            "build() { set +e; trap - ERR; false; echo went on; false; }\npackage() { :; }", 0, nil
        ),
        (
            "a trap of its own",
            "build() { set +e; trap 'echo caught' ERR; false; echo on; false; }\n"
                + "package() { :; }", 0, nil
        ),
        (
            "an exit trap", "build() { trap 'echo bye $?' EXIT; false; }\npackage() { :; }", 4,
            "build"
        ),
        (
            "shell options",
            "build() { shopt -s nullglob dotglob; set -u; IFS=:; set -f; echo *; }\npackage() { :; }",
            0, nil
        ),
        ("an unset variable", "build() { set -u; echo $nothing; }\npackage() { :; }", 1, "build"),
        (
            "a trace of its own", "build() {\n  set -x\n  echo a\n  false\n}\npackage() { :; }", 4,
            "build"
        ),
        (
            "PS4 of its own",
            "build() { PS4='mine '; set -x; echo a; set +x; bash -xc 'echo b'; }\npackage() { :; }",
            0, nil
        ),
        (
            "functions named like makepkg's",
            "msg() { echo mine $1; }\nrun_build_() { :; }\nbuild() { msg x; }\npackage() { :; }", 0,
            nil
        ),
        ("eval", "build() { eval $'true\\nfalse'; }\npackage() { :; }", 4, "build"),
        ("a failing package()", "package() { false; }", 4, "package"),
        ("exit in package()", "package() { exit 7; }", 7, "package"),
        ("no package directory", "package() { rm -rf \"$pkgdir\"; }", 1, "tidy"),
        ("a failing pkgver()", "pkgver() { false; }\npackage() { :; }", 4, "pkgver"),
        ("a bad pkgver()", "pkgver() { echo 1-2; }\npackage() { :; }", 12, nil),
        ("a failing prepare()", "prepare() { false; }\npackage() { :; }", 4, "prepare"),
        ("a failing check()", "check() { false; }\npackage() { :; }", 4, "check"),
        ("a syntax error", "build() { if; }", 6, "metadata"),
        ("exit while it is read", "exit 3", 3, "metadata"),
        ("set -e while it is read", "set -e\nbuild() { true; }\npackage() { :; }", 0, nil),
        ("set -u while it is read", "set -u\nbuild() { true; }\npackage() { :; }", 1, nil),
        (
            "allexport",
            "set -a\nbuild() { bash -xc 'true'; env | grep -c -e ^PS4 -e XTRACE || :; }\n"
                + "package() { :; }", 0, nil
        ),
        ("no package()", "pkgname=(a b)", 12, nil),
        ("a killed shell", "build() { kill -KILL $$; sleep 1; }\npackage() { :; }", 137, "build"),
        ("a missing source", "source=(nothing)\nsha256sums=(SKIP)\npackage() { :; }", 1, "sources"),
        (
            "a wrong checksum",
            "source=(data)\nmd5sums=(\(String(repeating: "0", count: 32)))\npackage() { :; }", 1,
            "checksums"
        ),
    ]

    @Test(arguments: odd.indices) func endsAsWithoutUs(_ index: Int) throws {
        let (name, recipe, status, phase) = Self.odd[index]
        let harness = try Harness(Self.header + recipe, files: ["data": "data"])
        defer { harness.remove() }
        let bare = try harness.runPlainly([])
        #expect(bare.status == status, "\(name): \(bare.errors)")
        try harness.clean()
        let ours = try harness.run(harness.driver().build)
        #expect(ours.status == bare.status, "\(name)")
        #expect(Self.comparable(ours.errors) == Self.comparable(bare.errors), "\(name)")
        #expect(Self.comparable(ours.output) == Self.comparable(bare.output), "\(name)")
        #expect(ours.trace.phase?.name == phase, "\(name): \(ours.phases)")
        guard index.isMultiple(of: 4) else { return }
        try harness.clean()
        let untraced = try harness.run(harness.driver().build, traced: false)
        #expect(untraced.status == bare.status, "\(name), untraced")
        #expect(Self.comparable(untraced.errors) == Self.comparable(bare.errors), "\(name)")
    }

    /// Without what changes from run to run: the date, and pacman's complaint that it has no
    /// database, which we spare it.
    static func comparable(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter {
            !$0.contains("Making package") && !$0.contains("Finished making")
                && !$0.contains("/var/lib/pacman") && !$0.contains("alpm")
                && !$0.contains("create database")
        }
    }

    @Test func namesTheRecipesLines() throws {
        let harness = try Harness(
            Self.header + """
                _helper() {
                  true in helper
                }
                build() {
                  _helper
                  . "$startdir/helper.sh"
                  sourced
                  ( sourced )
                  x=$(_helper)
                  msg2 'a message'
                  true 'text with
                  lines'
                  true \\
                    continued
                  IFS=:
                  sourced
                }
                package() {
                  cd "$pkgdir"
                  true
                }
                """, files: ["helper.sh": "true\nsourced() {\n  true deep\n  (true deeper)\n}\n"],
            directory: "with spaces — ü")
        defer { harness.remove() }
        let result = try harness.run(harness.driver().build)
        #expect(result.status == 0, "\(result.errors)")
        let build = result.lines.filter { $0.hasPrefix("build") || $0.hasPrefix("_helper") }
        #expect(
            build == [
                "build:9", "_helper:6",
                "build:10", "build:10",
                "build:11", "build:11", "build:11",
                "build:12", "build:12", "build:12",
                "build:13", "_helper:6", "build:13",
                "build:14", "build:14", "build:14", "build:14", "build:14",
                "build:16", "build:18", "build:19",
                "build:20", "build:20", "build:20",
            ])
    }

    @Test func takesARecipeOfAnotherName() throws {
        var harness = try Harness("", files: ["-my build": Self.header + "package() {\n  :\n}\n"])
        defer { harness.remove() }
        harness.recipeFileName = "-my build"
        let result = try harness.run(harness.driver().build)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.contains("package:6"))
    }

    @Test func buildsWithoutATraceWhereNoDescriptorIsLeft() throws {
        let harness = try Harness(Self.header + "package() {\n  :\n}\n")
        defer { harness.remove() }
        var stage = try harness.driver().build
        stage.command = ["sh", "-c", #"ulimit -n 100; exec "$@""#, "sh"] + stage.command
        let result = try harness.run(stage)
        #expect(result.status == 0)
        #expect(result.lines.isEmpty)
        #expect(result.phases.contains("-package 0"))
        #expect(!result.errors.contains("249"))
    }

    @Test func childrenSeeNothing() throws {
        let harness = try Harness(
            Self.header + """
                build() {
                  env | grep -E 'PS4|XTRACE|SHELLOPTS|pkgsandbox' || true
                  bash -c 'echo "child:$-:$PS4:$BASH_XTRACEFD"'
                  bash -xc 'true loud'
                }
                package() { :; }
                """)
        defer { harness.remove() }
        let result = try harness.run(harness.driver().build)
        #expect(result.output.contains("child:hBc:+ :"))
        #expect(result.errors.contains("\n+ true loud"))
        #expect(!result.output.contains("PS4="))
    }
}
