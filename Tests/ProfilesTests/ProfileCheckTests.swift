import SandboxModel
import Testing

@testable import Profiles

@Suite struct ProfileCheckTests {
    private func error(_ text: String, file: String = "x.toml") throws -> UserError {
        try #require(throws: UserError.self) {
            _ = try ProfileLoader { _ in [] }.load(text: Array(text.utf8), file: file)
        }
    }

    /// What follows `extends = "default"` on line 1, and what is said of it.
    @Test(
        arguments: [
            (
                "[filesystem]\nred-only = []", "x.toml:3: unknown key \"red-only\" in [filesystem]",
                "did you mean \"read-only\"?"
            ),
            (
                "[filesystem]\nread_only = []",
                "x.toml:3: unknown key \"read_only\" in [filesystem]",
                "did you mean \"read-only\"?"
            ),
            (
                "[filesystem]\nread-only-ad = []",
                "x.toml:3: unknown key \"read-only-ad\" in [filesystem]",
                "did you mean \"read-only-add\"?"
            ),
            (
                "[limts]", "x.toml:2: unknown key \"limts\" at the top level",
                "did you mean \"limits\"?"
            ),
            (
                "[network]\nqqqqqqqqqq = 1", "x.toml:3: unknown key \"qqqqqqqqqq\" in [network]",
                "keys here: sources, build"
            ),
            (
                "[[rules]]\nid = \"a\"\ncause = \"c\"\nremedy = \"r\"\npath = []",
                "x.toml:6: unknown key \"path\" in [[rules]]", "did you mean \"paths\"?"
            ),
            ("[identity]\nuid = \"1000\"", "x.toml:3: uid must be an integer, not a string", nil),
            (
                "[identity]\nuid = 1.5",
                "x.toml:3: uid must be an integer, not a floating-point number", nil
            ),
            ("[identity]\nuid = 0", "x.toml:3: uid: a build does not run as root", "use 1000"),
            (
                "[identity]\ngid = 4294967295",
                "x.toml:3: gid: 4294967295 is not between 1 and 4294967294",
                nil
            ),
            ("[identity]\nuid = -1", "x.toml:3: uid: -1 is not between 1 and 4294967294", nil),
            (
                "[identity]\nuser = \"root\"", "x.toml:3: user: a build does not run as root",
                "use \"builder\""
            ),
            (
                "[identity]\nhome = \"home\"", "x.toml:3: home: \"home\" is not an absolute path",
                "write \"/home\""
            ),
            (
                "[identity]\nhostname = \"-a\"", "x.toml:3: hostname: \"-a\" is no host name",
                "up to 64 letters, digits, hyphens and dots"
            ),
            ("identity = 3", "x.toml:2: identity must be a table, not an integer", nil),
            (
                "[filesystem]\nread-only = [\n\"/usr\",\n\"lib\"\n]",
                "x.toml:5: read-only: \"lib\" is not an absolute path", "write \"/lib\""
            ),
            (
                "[filesystem]\nread-only = [\"/a/../b\"]",
                "x.toml:3: read-only: \"/a/../b\" has a component . or ..", nil
            ),
            (
                "[filesystem]\nread-only = [\"/a//b\"]",
                "x.toml:3: read-only: \"/a//b\" has an empty component", nil
            ),
            (
                "[filesystem]\nread-only = [\"/\"]", "x.toml:3: read-only: \"/\" is the whole host",
                "name the directories that are needed"
            ),
            (
                "[filesystem]\nread-only = \"/usr\"",
                "x.toml:3: read-only must be a list, not a string", nil
            ),
            (
                "[filesystem]\nread-only = [1]",
                "x.toml:3: read-only must hold strings, not an integer", nil
            ),
            (
                "[filesystem]\nread-only = [\"/a\", \"/a\"]",
                "x.toml:3: \"/a\" is twice in read-only", nil
            ),
            (
                "[filesystem]\nread-only-add = [\"/usr\"]",
                "x.toml:3: \"/usr\" is in read-only already", nil
            ),
            (
                "[filesystem]\nread-only-add = [\"/a\"]\nwritable = [\"/a\"]",
                "x.toml:2: \"/a\" is both read-only and writable", nil
            ),
            (
                "[filesystem]\nread-only-add = [\"/tmp\"]",
                "x.toml:2: \"/tmp\" is temporary and also shown from the host", nil
            ),
            (
                "[filesystem]\ndevices = [\"/dev/kvm\"]",
                "x.toml:3: devices: \"/dev/kvm\" is a path",
                "write \"kvm\""
            ),
            (
                "[filesystem]\ndevices = [\"../mem\"]",
                "x.toml:3: devices: \"../mem\" is no name in /dev", nil
            ),
            (
                "[[filesystem.temporary]]\npath = \"/a\"\nmode = 1777",
                "x.toml:4: mode: 1777 is decimal",
                "write 0o1777"
            ),
            (
                "[[filesystem.temporary]]\npath = \"/a\"\nmode = 0o10000",
                "x.toml:4: mode: 4096 is not between 0 and 0o7777", nil
            ),
            (
                "[[filesystem.temporary]]\npath = \"/a\"",
                "x.toml:2: missing key \"mode\" in [[filesystem.temporary]]", nil
            ),
            (
                "[[filesystem.temporary]]\npath = \"/a\"\nmode = 0o700\nsize = \"4 g\"",
                "x.toml:5: size: \"4 g\" is no size", "for example \"4g\" or \"50%\""
            ),
            (
                "[[filesystem.temporary]]\npath = \"/a\"\nmode = 0o700\nsize = \"101%\"",
                "x.toml:5: size: \"101%\" is no size", "for example \"4g\" or \"50%\""
            ),
            (
                "[environment]\npass = [\"A=B\"]",
                "x.toml:3: pass: \"A=B\" is no name for a variable", nil
            ),
            (
                "[environment.set]\nHOME = \"/x\"", "x.toml:3: HOME is always the build's own home",
                "see home in [identity]"
            ),
            ("[environment.set]\nA = 1", "x.toml:3: A must be a string, not an integer", nil),
            (
                "[network]\nbuild = \"hots\"", "x.toml:3: build: unknown value \"hots\"",
                "did you mean \"host\"?"
            ),
            (
                "[limits]\nmemory = \"lots\"",
                "x.toml:3: memory must be a positive integer, a size like \"8g\" or \"none\", not \"lots\"",
                nil
            ),
            (
                "[limits]\nopen-files = 0",
                "x.toml:3: open-files must be a positive integer, in quotes or not or \"none\", not 0",
                nil
            ),
            (
                "[[caches]]\nname = \"a\"\ncache = \"../a\"\npaths = [\"**/a\"]",
                "x.toml:4: cache: \"../a\" must consist of letters, digits, dots and hyphens", nil
            ),
            (
                "[[caches]]\nname = \"a\"\ncache = \"a\"\npaths = [\"/usr/**\"]",
                "x.toml:5: paths: glob \"/usr/**\" matches whole trees",
                "end it with the name of the cache's directory"
            ),
            (
                "[[caches]]\nname = \"a\"\ncache = \"a\"\npaths = [\"*/a\"]",
                "x.toml:5: paths: glob \"*/a\" matches no absolute path", "write \"**/*/a\""
            ),
            (
                "[[caches]]\nname = \"a\"\ncache = \"a\"\npaths = [\"/a/[\"]",
                "x.toml:5: paths: glob \"/a/[\" has a [ without ]", nil
            ),
            (
                "[[rules]]\nid = \"a\"\ncause = \"c\"\nremedy = \"r\"\nreasons = [\"permisson\"]",
                "x.toml:6: reasons: unknown value \"permisson\"", "did you mean \"permission\"?"
            ),
            (
                "[[rules]]\nid = \"a\"\ncause = \"c\"\nremedy = \"r\"\nprocesses = [\"/bin/x\"]",
                "x.toml:6: processes: glob \"/bin/x\" is compared with names, which have no slash",
                nil
            ),
            (
                "[[rules]]\nid = \"a\"\ncause = \"\"\nremedy = \"r\"", "x.toml:4: cause: is empty",
                nil
            ),
            (
                "[rules]\nid = \"a\"", "x.toml:2: rules must be a list of tables, not a table",
                "write each one as [[rules]]"
            ),
        ] as [(String, String, String?)])
    func complains(text: String, message: String, hint: String?) throws {
        let error = try error("extends = \"default\"\n" + text)
        #expect(error.message == message)
        #expect(error.hint == hint)
        #expect(error.exitStatus == .usage)
    }

    @Test func duplicates() throws {
        let rule = "[[rules]]\nid = \"a\"\ncause = \"c\"\nremedy = \"r\"\n"
        let error = try error("extends = \"default\"\n" + rule + rule)
        #expect(error.message == "x.toml:7: id \"a\" is used twice")
    }

    @Test func allComplaintsInTheOrderOfTheFile() throws {
        let error = try error(
            """
            extends = "default"
            [network]
            build = "on"
            [identity]
            uid = 0
            usr = "a"
            """)
        #expect(
            error.messages == """
                x.toml:3: build: unknown value "on"
                x.toml:5: uid: a build does not run as root (use 1000)
                x.toml:6: unknown key "usr" in [identity] (did you mean "user"?)
                """)
        #expect(error.hint == "one of none, host")
    }

    @Test func standingAloneNeedsEveryRequiredKey() throws {
        let error = try error("\n[identity]\nuid = 1000\n[netwrok]\nsources = \"none\"\n")
        #expect(
            error.messages == """
                x.toml:4: unknown key "netwrok" at the top level
                x.toml:1: missing table [filesystem]
                x.toml:1: missing table [network]
                x.toml:2: missing key "user" in [identity]
                x.toml:2: missing key "group" in [identity]
                x.toml:2: missing key "gid" in [identity]
                x.toml:2: missing key "home" in [identity]
                x.toml:2: missing key "hostname" in [identity]
                """)
        #expect(error.hint == "did you mean \"network\"?")
        #expect(
            try self.error("name = \"a\"").hint
                == "a file with `extends = \"default\"` need not say everything")
        #expect(
            try self.error("[filesystem]\nread-only-add = []").message
                .contains("x.toml:2: read-only-add adds to an inherited list"))
    }

    @Test func syntaxErrorsHaveLines() throws {
        #expect(try error("name = \"a\"\nname =\n").message.hasPrefix("x.toml:2: "))
        #expect(try error("a = 1\nb = \"\0\"").message == "x.toml:2: NUL character")
        #expect(try error("a = 1\nb = \"x\\u0000y\"").message == "x.toml:2: NUL character")
        #expect(try error("a = 1\nb = \"\\U00000000\"").message == "x.toml:2: NUL character")
        let bytes = Array("a = 1\r\nb = \"".utf8) + [0xFF, UInt8(ascii: "\"")]
        let notUTF8 = #expect(throws: UserError.self) {
            _ = try ProfileLoader { _ in [] }.load(text: bytes, file: "x.toml")
        }
        #expect(notUTF8?.message == "x.toml:2: not UTF-8")
    }

    /// The TOML library aborts the program on these.
    @Test(arguments: ["[", "[[", "[\n", "[[[", "[ # a", "[=", "[.a]", "[[ [", "[\t(x)]", "[é]"])
    func headersWithoutNames(header: String) throws {
        let message = try error("# one\nname = '''\n[\n'''\n" + header).message
        #expect(message.hasPrefix("x.toml:5: "), "\(message)")
        #expect(try error("\u{FEFF}" + header).message.hasPrefix("x.toml:1: "))
    }

    /// In a text or a list such a line is none of a header.
    @Test func bracketsInValues() throws {
        let error = try error("name = '''\n[\n'''\nlist = [\n[\n1]]\n")
        #expect(error.messages.contains("x.toml:4: unknown key \"list\""))
    }

    @Test func messagesHoldNoControlCharacters() throws {
        let error = try error("extends = \"default\"\n\"a\\u001b[31mb\" = 1")
        #expect(!error.message.contains("\u{1B}"))
        #expect(!error.message.contains("\n"))
    }

    @Test(arguments: [
        ("a", "a", 0), ("", "abc", 3), ("read-only", "red-only", 1), ("ab", "ba", 1),
        ("read_only", "read-only", 0), ("kitten", "sitting", 3), ("PASS", "pass", 0),
    ])
    func distances(a: String, b: String, distance: Int) {
        #expect(editDistance(a, b) == distance)
        #expect(editDistance(b, a) == distance)
    }

    @Test func quantities() {
        #expect(Quantity.bytes("8g") == 8 << 30)
        #expect(Quantity.bytes("512M") == 512 << 20)
        #expect(Quantity.bytes("4096") == 4096)
        #expect(Quantity.seconds("90m") == 5400)
        #expect(Quantity.seconds("2H") == 7200)
        for bad in ["", "g", "-1", "+1", "1.5g", "8gb", "0", "9999999999999t", "1 g", "٣"] {
            #expect(Quantity.bytes(bad) == nil, "\(bad)")
        }
    }
}

extension UserError {
    /// All that is wrong, a line each.
    fileprivate var messages: String { ([message] + more).joined(separator: "\n") }
}
