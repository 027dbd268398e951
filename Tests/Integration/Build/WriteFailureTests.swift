import Foundation
import Testing

/// The two recipes of the demonstration: a cache that is redirected, and a mistake that is explained.
@Suite(
    .needs(
        .sandbox, .makepkg, .recipes(["hello-thinlto", "lua-forgets-destdir"]), .tool("clang"),
        .tool("ld.lld"), .ordinaryUser))
struct DemonstrationTests {
    /// lld's cache below /usr goes to the directory for caches.
    @Test(arguments: Caller.available)
    func thinLTOCacheIsRedirected(caller: Caller) throws {
        try Place.with(caller) { place in
            let built = try place.build(try place.copyRecipe("hello-thinlto"))
            try #require(built.status == 0, "\(built.errorText.suffix(3000))")
            let report = try place.report()
            let redirect = try #require(report.redirects.first)
            #expect(redirect.path == "/usr/lib/hello/.thinlto-cache")
            #expect(redirect.cache == "thinlto")
            #expect(redirect.count >= 1)
            #expect(redirect.scratch.hasPrefix(place.cache + "/"))
            #expect(report.fatal.isEmpty)
            #expect(built.errorText.contains("redirected thinlto cache"))
            let cached = entries(of: redirect.scratch).filter { $0.path.contains("/llvmcache-") }
            #expect(!cached.isEmpty, "the cache is filled")
            #expect(!FileManager.default.fileExists(atPath: "/usr/lib/hello"))
            #expect(report.artifacts.count >= 1)
        }
    }

    /// The report names the call, the path, the process, the function, the line and the fix.
    @Test(arguments: Caller.available)
    func forgottenDestdirIsExplained(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.copyRecipe("lua-forgets-destdir")
            let recipe = String(decoding: bytes(of: directory + "/PKGBUILD"), as: UTF8.self)
            let line = try #require(
                SmallRecipe.line(of: "make INSTALL_TOP=/usr install", in: recipe))

            let built = try place.build(directory)
            #expect(built.status == 3, "\(built.errorText.suffix(3000))")

            let report = try place.report()
            #expect(report.outcome.result == "failed")
            #expect(report.outcome.exitStatus == 3)
            #expect(report.outcome.toolStatus == 4)
            #expect(report.outcome.phase == "package")
            let failure = try #require(report.fatal.first)
            #expect(failure.call == "mkdir")
            #expect(failure.path == "/usr/man")
            #expect(failure.operation == "create-directory")
            #expect(failure.errno == "EROFS")
            #expect(failure.reason == "read-only-system")
            #expect(failure.phase == "package")
            #expect(failure.recipeLine == line)
            #expect(failure.recipeFunction == "package")
            #expect(failure.process.name == "mkdir")
            #expect(failure.ancestry.contains { $0.name == "make" })
            #expect(failure.rule != nil)
            #expect(failure.hint?.contains("$pkgdir") == true)
            #expect(report.artifacts.isEmpty)

            #expect(built.errorText.contains("lua-forgets-destdir/PKGBUILD:\(line) in package()"))
            #expect(built.errorText.contains("/usr/man"))
            #expect(built.errorText.contains("mkdir(2)"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.output).isEmpty)
            for path in ["/usr/man", "/usr/lib/lua", "/usr/share/lua"] {
                #expect(!FileManager.default.fileExists(atPath: path), "\(path) on the host")
            }
        }
    }
}

/// Small recipes that write where they may not.
@Suite(.needs(.sandbox, .makepkg, .ordinaryUser))
struct SmallWriteFailureTests {
    private static func unique(_ name: String) -> String {
        "/usr/lib/pkgsandbox-test-\(name)-\(UUID().uuidString)"
    }

    /// A write that the recipe goes on without is harmless, unless `--strict` says otherwise.
    @Test(arguments: Caller.available)
    func strictFailsASuccessfulBuild(caller: Caller) throws {
        try Place.with(caller) { place in
            let path = Self.unique("strict")
            let directory = try place.makeRecipe(
                SmallRecipe.text(build: "mkdir '\(path)' || true; echo went on"))
            let lenient = try place.build(directory)
            #expect(lenient.status == 0, "\(lenient.errorText)")
            let harmless = try place.report()
            #expect(harmless.writeFailures.map(\.path) == [path])
            #expect(harmless.writeFailures.map(\.verdict) == ["benign"])
            #expect(harmless.outcome.result == "succeeded")

            let strict = try place.build(directory, options: ["--strict"])
            #expect(strict.status == 4, "\(strict.errorText)")
            #expect(strict.errorText.contains(path))
            let report = try place.report()
            #expect(report.outcome.exitStatus == 4)
            #expect(report.outcome.toolStatus == 0)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    /// In audit mode the writes go to a layer that is thrown away, and all are listed.
    @Test(arguments: Caller.available)
    func auditLetsWritesThrough(caller: Caller) throws {
        try Place.with(caller) { place in
            let path = Self.unique("audit")
            let directory = try place.makeRecipe(
                SmallRecipe.text(
                    package: """
                        mkdir '\(path)'
                          echo text > '\(path)/file'
                          mv '\(path)/file' '\(path)/moved'
                          [[ $(< '\(path)/moved') == text ]]
                          echo appended >> /etc/bash.bashrc
                          tail -n 1 /etc/bash.bashrc
                        """))
            let before = entries(of: "/etc/bash.bashrc", withContent: true)
            let built = try place.build(directory, options: ["--mode", "audit"])
            #expect(built.status == 0, "\(built.text.suffix(1000))\(built.errorText.suffix(3000))")
            #expect(built.text.contains("appended"))
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(entries(of: "/etc/bash.bashrc", withContent: true) == before)
            let report = try place.report()
            #expect(report.outcome.result == "succeeded")
            #expect(report.writeFailures.contains { $0.path == path && $0.call.hasPrefix("mkdir") })
            if !before.isEmpty {
                #expect(report.writeFailures.contains { $0.path == "/etc/bash.bashrc" })
            }
        }
    }

    /// A failure without a failed write is the recipe's own.
    @Test(arguments: Caller.available)
    func otherFailuresAreNotBlamedOnAWrite(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(build: "touch /usr/harmless 2>/dev/null || true\n  true\n  false"))
            let built = try place.build(directory)
            #expect(built.status == 1, "\(built.errorText)")
            #expect(built.errorText.contains("build() failed"))
            #expect(built.errorText.contains("no failed write explains it"))
            let report = try place.report()
            #expect(report.outcome.phase == "build")
            #expect(report.fatal.isEmpty)
            #expect(report.writeFailures.map(\.path) == ["/usr/harmless"])
        }
    }

    /// Redirections of the shell itself are writes of the recipe, with their line.
    @Test func shellRedirectionIsExplained() throws {
        try Place.with(.user) { place in
            let recipe = SmallRecipe.text(
                prepare: "cd /usr/share\n  echo text > pkgsandbox-test-file")
            let built = try place.build(try place.makeRecipe(recipe))
            #expect(built.status == 3, "\(built.errorText)")
            let failure = try #require(try place.report().fatal.first)
            #expect(failure.path == "/usr/share/pkgsandbox-test-file")
            #expect(failure.requestedPath == "pkgsandbox-test-file")
            #expect(failure.operation == "create-file")
            #expect(failure.phase == "prepare")
            #expect(
                failure.recipeLine == SmallRecipe.line(of: "pkgsandbox-test-file", in: recipe))
            #expect(failure.process.name == "bash")
        }
    }
}
