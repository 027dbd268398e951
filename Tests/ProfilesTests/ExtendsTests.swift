import SandboxModel
import Testing

@testable import Profiles

@Suite struct ExtendsTests {
    private struct NoSuchFile: Error {}

    private func load(_ name: String, _ files: [String: String]) throws -> Profile {
        try ProfileLoader { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }.load(name)
    }

    private func failure(_ name: String, _ files: [String: String]) throws -> UserError {
        try #require(throws: UserError.self) { _ = try load(name, files) }
    }

    @Test func emptyExtensionChangesTheNameOnly() throws {
        var expected = try ProfileLoader.builtIn()
        expected.name = "mine"
        #expect(try load("a/mine.toml", ["a/mine.toml": "extends = \"default\""]) == expected)
    }

    @Test func tablesMergeKeyByKey() throws {
        let base = try ProfileLoader.builtIn()
        let profile = try load(
            "./x.toml",
            [
                "./x.toml": """
                extends = "default"
                [identity]
                hostname = "other"
                [environment.set]
                LANG = "de_DE.UTF-8"
                CFLAGS = "-O2"
                [limits]
                timeout = "2h"
                memory = "8g"
                jobs = 4
                open-files = "none"
                """
            ])
        #expect(profile.identity.hostname == "other")
        #expect(profile.identity.user == base.identity.user)
        #expect(profile.environment.set["LANG"] == "de_DE.UTF-8")
        #expect(profile.environment.set["CFLAGS"] == "-O2")
        #expect(profile.environment.set["PATH"] == base.environment.set["PATH"])
        #expect(profile.limits == Profile.Limits(timeout: 7200, memory: 8 << 30, jobs: 4))
    }

    @Test func listsReplaceOrAdd() throws {
        let base = try ProfileLoader.builtIn()
        let profile = try load(
            "./x.toml",
            [
                "./x.toml": """
                extends = "default"
                [filesystem]
                read-only-add = ["/nix/store"]
                devices = ["null"]
                devices-add = ["kvm"]
                writable = ["/opt"]
                """
            ])
        // What is made writable is no longer read-only.
        #expect(
            profile.filesystem.readOnly
                == base.filesystem.readOnly.filter { $0 != "/opt" } + ["/nix/store"])
        #expect(profile.filesystem.writable == ["/opt"])
        #expect(profile.filesystem.devices == ["null", "kvm"])
        #expect(profile.filesystem.temporary == base.filesystem.temporary)
    }

    @Test func namedTablesReplaceOrComeFirst() throws {
        let base = try ProfileLoader.builtIn()
        let profile = try load(
            "./x.toml",
            [
                "./x.toml": """
                extends = "default"
                [[caches]]
                name = "ccache"
                cache = "ccache"
                paths = ["**/.ccache"]
                [[caches]]
                name = "thinlto-cache"
                cache = "thinlto"
                paths = ["**/lto.cache"]
                [[rules]]
                id = "mine"
                cause = "c"
                remedy = "r"
                [[rules]]
                id = "texmf"
                cause = "c"
                remedy = "r"
                [[filesystem.temporary]]
                path = "/tmp"
                mode = 0o700
                [[filesystem.temporary]]
                path = "/scratch"
                mode = 0o700
                """
            ])
        #expect(profile.caches.map(\.name) == ["ccache", "thinlto-cache"])
        #expect(profile.caches[1].paths == ["**/lto.cache"])
        #expect(profile.rules.map(\.id) == ["mine"] + base.rules.map(\.id))
        #expect(profile.rules.first { $0.id == "texmf" }?.cause == "c")
        #expect(profile.filesystem.temporary.first == .init(path: "/tmp", mode: 0o700))
        #expect(profile.filesystem.temporary.last == .init(path: "/scratch", mode: 0o700))
        #expect(profile.filesystem.temporary.count == base.filesystem.temporary.count + 1)
    }

    @Test func filesExtendFilesBesidesThem() throws {
        let files = [
            "a/b/x.toml": "extends = \"./y.toml\"\n[identity]\nuid = 2000",
            "a/b/y.toml": "extends = \"../z.toml\"\n[identity]\nuid = 3000\ngid = 3000",
            "a/b/../z.toml": "extends = \"default\"\n[identity]\nhostname = \"z\"",
        ]
        let profile = try load("a/b/x.toml", files)
        #expect(profile.identity.uid == 2000)
        #expect(profile.identity.gid == 3000)
        #expect(profile.identity.hostname == "z")
        #expect(profile.name == "x")
    }

    @Test func circlesEnd() throws {
        let files = [
            "x.toml": "\nextends = \"y.toml\"", "y.toml": "extends = \"x.toml\"",
            "./z.toml": "extends = \"././z.toml\"",
        ]
        #expect(
            try failure("x.toml", files).message
                == "y.toml:1: extends \"x.toml\", which in the end extends itself")
        #expect(try failure("./z.toml", files).exitStatus == .usage)
    }

    @Test func unknownNames() throws {
        let near = try failure("defualt", [:])
        #expect(near.message == "no profile is named \"defualt\"")
        #expect(near.hint == "did you mean \"default\"?")
        #expect(try failure("mine", [:]).hint?.contains("./mine") == true)
        let extended = try failure("x.toml", ["x.toml": "# a\nextends = \"defaults\""])
        #expect(extended.message == "x.toml:2: extends \"defaults\", and no profile has that name")
        #expect(extended.hint == "did you mean \"default\"?")
        #expect(
            try failure("x.toml", ["x.toml": "extends = 1"]).message
                == "x.toml:1: extends must be a string, not an integer")
    }

    @Test func readersErrorsArePassedOn() throws {
        let mine = UserError("cannot read x.toml: ENOENT", exitStatus: .usage)
        let error = #expect(throws: UserError.self) {
            _ = try ProfileLoader { _ in throw mine }.load("x.toml")
        }
        #expect(error == mine)
        #expect(try failure("gone.toml", [:]).message.hasPrefix("cannot read profile gone.toml: "))
    }

    @Test func complaintsNameTheFileTheyAreIn() throws {
        let files = ["x.toml": "extends = \"y.toml\"", "y.toml": "\nnme = 1"]
        #expect(try failure("x.toml", files).message.hasPrefix("y.toml:2: unknown key \"nme\""))
    }

    @Test func describedTextKeepsOddValues() throws {
        var profile = try ProfileLoader.builtIn()
        profile.description = #"quotes " and ' and \ backslashes, ünïcode"#
        profile.filesystem.hidden = [#"/with "quotes""#, #"/it's\here"#]
        profile.filesystem.temporary = [.init(path: "/x", mode: 0)]
        profile.environment.set = ["A": "line\nbreak\ttab\u{7F}", "B": ""]
        profile.environment.pass = (0..<40).map { "VARIABLE_\($0)" }
        profile.limits = Profile.Limits(timeout: 1, memory: 2, tasks: 3, jobs: 4, openFiles: 5)
        profile.caches = []
        profile.rules[0].reasons = ["permission"]
        let text = ProfileLoader.describe(profile)
        #expect(try load("x.toml", ["x.toml": text]) == profile)
    }
}
