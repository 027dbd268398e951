import Recipes
import SandboxModel
import Testing

struct PlanTests {
    static func driver(_ options: [String], database: Bool = true) throws -> MakepkgDriver {
        try MakepkgDriver(userOptions: options, jobs: 3, hasPacmanDatabase: database)
    }

    @Test func plansThreeStages() throws {
        let driver = try Self.driver(["-fA", "--skippgp", "--", "CFLAGS+= -g"])
        #expect(driver.stages.map(\.name) == [.metadata, .sources, .build])
        let start = [
            "makepkg", "--config", "/run/pkgsandbox/makepkg.conf", "-p", "PKGBUILD", "--nocolor",
        ]
        #expect(driver.metadata.command == start + ["--printsrcinfo", "CFLAGS+= -g"])
        #expect(
            driver.sources.command
                == start + ["--verifysource", "--ignorearch", "--skippgpcheck", "CFLAGS+= -g"])
        #expect(
            driver.build.command
                == start + [
                    "--holdver", "--nosign", "--force", "--ignorearch", "--skippgpcheck",
                    "CFLAGS+= -g",
                ])
        #expect(driver.stages.map(\.network) == [false, true, false])
        #expect(driver.stages.map(\.captureOutput) == [true, false, false])
        #expect(driver.degradations.isEmpty)
        #expect(driver.build.environment == ["FAKEROOTDONTTRYCHOWN": "1"])
        #expect(driver.build.files[0].content.contains("MAKEFLAGS=-j3\n"))
    }

    @Test func skipsDependenciesWithoutADatabase() throws {
        let driver = try Self.driver([], database: false)
        #expect(driver.build.command.contains("--nodeps"))
        #expect(driver.degradations.map(\.feature) == ["dependency check"])
        #expect(driver.degradations.first?.remedy != nil)
        #expect(try Self.driver(["-d"], database: false).degradations.isEmpty)
    }

    @Test(arguments: [
        ("-i", "-i"), ("-fi", "-i"), ("--install", "--install"), ("--inst", "--install"),
        ("-s", "-s"), ("--syncdeps", "--syncdeps"), ("--config=x", "--config"), ("-pX", "-p"),
        ("-o", "-o"), ("-r", "-r"), ("-R", "-R"), ("-S", "-S"), ("-e", "-e"), ("-g", "-g"),
        ("-h", "-h"), ("-V", "-V"), ("-F", "-F"), ("--sign", "--sign"), ("--key=1", "--key"),
        ("--noarchive", "--noarchive"), ("--allsource", "--allsource"), ("-D", "-D"),
        ("--packagelist", "--packagelist"), ("--verifysource", "--verifysource"), ("-x", "-x"),
        ("--no-such", "--no-such"), ("--no", "--no"), ("--force=1", "--force"), ("word", "word"),
        ("PKGDEST=/x", "PKGDEST"), ("PS4+=x", "PS4"), ("1A=b", "1A=b"), ("", ""),
    ])
    func refuses(_ option: String, names: String) throws {
        let error = try #require(throws: UserError.self) { try Self.driver([option]) }
        #expect(error.exitStatus == .usage)
        #expect(error.message.contains(names))
    }

    @Test func findsTheRecipe() throws {
        let tree: [String: RecipeLocation.Kind] = [
            ".": .directory, "./PKGBUILD": .file, "a": .directory, "a/PKGBUILD": .directory,
            "b/": .directory, "b/PKGBUILD": .file, "c": .directory, "x/y": .file, "/f": .file,
            "file": .file, "pipe": .other, "/": .directory,
        ]
        func find(_ path: String?) throws(UserError) -> RecipeLocation.Found {
            try RecipeLocation.find(path) { tree[$0] ?? .missing }
        }
        #expect(try find(nil) == RecipeLocation.Found(directory: ".", fileName: "PKGBUILD"))
        #expect(try find("b/") == RecipeLocation.Found(directory: "b", fileName: "PKGBUILD"))
        #expect(try find("x/y") == RecipeLocation.Found(directory: "x", fileName: "y"))
        #expect(try find("/f") == RecipeLocation.Found(directory: "/", fileName: "f"))
        #expect(try find("file") == RecipeLocation.Found(directory: ".", fileName: "file"))
        for (path, words) in [
            ("a", "a/PKGBUILD is a directory"), ("c", "no PKGBUILD in directory c"),
            ("gone", "gone does not exist"), ("pipe", "neither"), ("", "empty"),
            ("/", "no PKGBUILD in directory /"),
        ] {
            let error = try #require(throws: UserError.self) { try find(path) }
            #expect(error.exitStatus == .usage)
            #expect(error.message.contains(words))
            #expect(error.hint != nil)
        }
    }

    @Test func readsMetadata() throws {
        let info = try RecipeMetadata(
            parsing: """
                printed = by the recipe
                pkgbase = two
                \tpkgdesc = one = two
                \tpkgver = 1.2
                \tpkgrel = 3
                \tepoch = 4
                \tarch = x86_64
                \tarch = aarch64
                \tmakedepends = cmake
                \tdepends = glibc>=2
                \tcheckdepends = bats
                \tsource = a.patch
                \tsource = git+https://example.org/two.git#tag=v1
                \tvalidpgpkeys = ABCD
                \tsource_x86_64 = https://example.org/x.tar.gz

                pkgname = two-a
                \tdepends = other

                pkgname = two-b

                """)
        #expect(
            RecipeMetadata.version(ofPackage: "/o/a-b-git-4:1.2.r0.g1-3-any.pkg.tar.zst")
                == "4:1.2.r0.g1-3")
        #expect(RecipeMetadata.version(ofPackage: "notes.txt") == nil)
        #expect(info.base == "two")
        #expect(info.packageNames == ["two-a", "two-b"])
        #expect(info.version == "4:1.2-3")
        #expect(info.description == "one = two")
        #expect(info.architectures == ["x86_64", "aarch64"])
        #expect(info.dependencies == ["glibc>=2"])
        #expect(info.buildDependencies == ["cmake"])
        #expect(info.checkDependencies == ["bats"])
        #expect(info.validPGPKeys == ["ABCD"])
        #expect(info.sources(for: "x86_64").count == 3)
        #expect(info.sources(for: "aarch64").count == 2)
        #expect(info.needsNetwork(architecture: "aarch64", present: ["a.patch"]))
        #expect(!info.needsNetwork(architecture: "aarch64", present: ["two"]))
        #expect(info.needsNetwork(architecture: "x86_64", present: ["two"]))
        #expect(!info.needsNetwork(architecture: "x86_64", present: ["two", "x.tar.gz"]))
        let error = try #require(throws: UserError.self) { try RecipeMetadata(parsing: "x\n") }
        #expect(error.exitStatus == .recipeFailed)
    }

    /// The second and third columns are what makepkg's own `get_protocol` and `get_filename` say.
    @Test(arguments: [
        ("file.patch", "local", "file.patch"),
        ("https://e.org/a/b-1.tar.gz", "https", "b-1.tar.gz"),
        ("n.tgz::https://e.org/?get=1", "https", "n.tgz"),
        ("git+https://e.org/x.git#tag=1", "git", "x"),
        ("git://e.org/x/?signed#commit=1", "git", "x"),
        ("name::git+ssh://e.org/x.git", "git", "name"),
        ("git+https://e.org/x.git?signed", "git", "x"),
        ("hg+https://e.org/y/", "hg", "y"),
        ("svn+https://e.org/t/trunk", "svn", "trunk"),
        ("fossil+https://e.org/z", "fossil", "z.fossil"),
        ("bzr+lp:proj", "bzr", "proj"),
        ("ftp://e.org/p.tar.xz", "ftp", "p.tar.xz"),
    ])
    func namesSources(_ entry: String, scheme: String, name: String) {
        let source = RecipeSource(entry)
        #expect(source.scheme == scheme)
        #expect(source.localName == name)
    }

    @Test func findsTheFirstLineOfACommand() {
        let lines = #"""
            a \
              b \
              c
            d \\
            e
            """#.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            (1...6).map { RecipeLocation.firstLine(ofCommandAt: $0, in: lines) }
                == [1, 1, 1, 4, 5, 6])
    }

    @Test func foldsPhases() {
        let traced = [
            PhaseResult(name: "metadata", result: .succeeded, seconds: 1),
            PhaseResult(name: "sources", result: .succeeded, seconds: 2),
            PhaseResult(name: "checksums", result: .failed, seconds: 3),
            PhaseResult(name: "metadata", result: .succeeded, seconds: 4),
        ]
        #expect(
            MakepkgDriver.reportedPhases(traced) == [
                PhaseResult(name: "metadata", result: .succeeded, seconds: 5),
                PhaseResult(name: "sources", result: .failed, seconds: 5),
            ])
    }

    @Test func interpretsTheEnd() throws {
        let driver = try Self.driver([])
        func end(
            _ status: Int, _ phase: String? = nil, write: Bool = false,
            stage: RecipeStage.Name = .build
        ) -> StageOutcome {
            driver.outcome(
                of: stage, toolStatus: status, failedPhase: phase, hasFatalWriteFailure: write)
        }
        #expect(end(0) == StageOutcome(exitStatus: .success))
        #expect(end(4, "build").exitStatus == .recipeFailed)
        #expect(end(4, "build").phase == "build")
        #expect(end(4, "build", write: true).exitStatus == .writeFailed)
        #expect(end(0, "build").exitStatus == .recipeFailed)
        #expect(end(13).hint?.contains("-f") == true)
        #expect(end(12).exitStatus == .recipeFailed)
        #expect(end(1, "checksums").phase == "sources")
        #expect(end(1, "checksums").message?.contains("checksum") == true)
        #expect(end(1, stage: .sources).phase == "sources")
        #expect(end(137, "build").message?.contains("signal 9") == true)
        for status in 1...255 { #expect(end(status).message != nil) }
    }
}
