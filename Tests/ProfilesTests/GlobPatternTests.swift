import SandboxModel
import Testing

@Suite struct GlobPatternTests {
    @Test(arguments: [
        // Plain components.
        ("/usr/lib", "/usr/lib", true), ("/usr/lib", "/usr/lib/x", false),
        ("/usr/lib", "/usr", false), ("/usr/lib", "usr/lib", false), ("usr/lib", "/usr/lib", false),
        ("/usr/lib", "//usr///lib/", true), ("/", "/", true), ("/", "/a", false),
        // One component.
        ("/a/*", "/a/b", true), ("/a/*", "/a", false), ("/a/*", "/a/b/c", false),
        ("/a/*.o", "/a/.o", true), ("/a/*.o", "/a/x.o.o", true), ("/a/*.o", "/a/x.oo", false),
        ("/a/x*y*z", "/a/xyz", true), ("/a/x*y*z", "/a/x-y-y-z", true),
        ("/a/x*y*z", "/a/x-z-y", false), ("/lib*/x", "/lib64/x", true), ("/lib*/x", "/li/x", false),
        ("/?", "/a", true), ("/?", "/ab", false), ("/?", "/é", true), ("/??", "/é", false),
        ("/*é?", "/aéb", true), ("/?", "/", false),
        // Sets.
        ("/[a-c]", "/b", true), ("/[a-c]", "/d", false), ("/[!a-c]", "/d", true),
        ("/[!a-c]", "/b", false), ("/[!a]", "/é", true), ("/[]]", "/]", true),
        ("/[a-]", "/-", true),
        ("/[\\]]x", "/]x", true), ("/[^a]", "/a", false), ("/[0-9][0-9]", "/42", true),
        ("/[!a]", "/", false),
        // Escapes.
        ("/\\*", "/*", true), ("/\\*", "/a", false), ("/\\[a]", "/[a]", true), ("/\\{", "/{", true),
        // Any depth.
        ("/usr/**", "/usr", true), ("/usr/**", "/usr/a/b", true), ("/usr/**", "/usrx", false),
        ("/**", "/", true), ("/**", "/a/b", true), ("/**", "a", false),
        ("**/.cache", "/.cache", true), ("**/.cache", "/a/b/.cache", true),
        ("**/.cache", ".cache", true), ("**/.cache", "/a/.cachex", false),
        ("**/.cache", "/.cache/a", false), ("/a/**/z", "/a/z", true), ("/a/**/z", "/a/b/c/z", true),
        ("/a/**/z", "/a/z/y", false), ("/a/**/b/**/c", "/a/b/x/b/c", true),
        ("/a/**/**/c", "/a/c", true), ("/a/**/b/c", "/a/b/b/c", true),
        // Names.
        ("package*", "package_foo", true), ("package*", "package", true), ("ld.*", "ld.lld", true),
        ("go", "cargo", false),
    ])
    func matches(glob: String, path: String, expected: Bool) throws {
        #expect(try GlobPattern(glob).matches(path) == expected)
        #expect(try GlobPattern(glob).matches(Array(path.utf8)) == expected)
    }

    @Test(arguments: [
        ("**/.thinlto-cache", "/usr/x/.thinlto-cache/Thin-1.tmp", "/usr/x/.thinlto-cache"),
        ("**/.thinlto-cache", "/usr/x/.thinlto-cache", "/usr/x/.thinlto-cache"),
        ("**/.thinlto-cache", "/.thinlto-cache/a/.thinlto-cache", "/.thinlto-cache"),
        ("**/.thinlto-cache", "/usr/x/.thinlto-cache2/a", nil),
        ("/usr/*/c", "/usr/a/c/c", "/usr/a/c"), ("/usr/**", "/usr/a/b", "/usr"),
        ("/usr/*", "/usr", nil), ("/**", "/a", "/"), ("**/a/*", "/x/a/a/b", "/x/a/a"),
        ("**/c", "//x//c//d", "//x//c"), ("/", "/a", "/"),
    ])
    func firstMatchedPrefix(glob: String, path: String, prefix: String?) throws {
        let length = try GlobPattern(glob).firstMatchedPrefix(Array(path.utf8))
        #expect(length.map { String(path.utf8.prefix($0)) ?? "" } == prefix)
    }

    @Test(arguments: [
        "", "/a//b", "/a/", "/a**", "/**a", "/***", "/[a", "/[]", "/[a/b]", "/[z-a]", "/[é]",
        "/a\\",
        "/a/../b", "./a", "/{a,b}", "/a\0", "/" + String(repeating: "a/", count: 63) + "a",
    ])
    func malformed(glob: String) {
        #expect(throws: GlobSyntaxError.self) { try GlobPattern(glob) }
    }

    @Test func takesBytesThatAreNotUTF8() throws {
        let path = Array("/a/".utf8) + [0xFF, 0xC3]
        #expect(try GlobPattern("/a/*").matches(path))
        #expect(try GlobPattern("/a/??").matches(path))
        #expect(try !GlobPattern("/a/?").matches(path))
    }

    @Test func longestGlobUsesEveryBit() throws {
        let glob = String(repeating: "/a", count: 63)
        #expect(try GlobPattern(glob).matches(glob))
        #expect(try GlobPattern(glob).firstMatchedPrefix(Array((glob + "/b").utf8)) == 126)
        #expect(try !GlobPattern(glob).matches(glob + "/a"))
    }

    /// With backtracking of more than the latest star these would take years.
    @Test(.timeLimit(.minutes(1))) func hostileGlobsTakeNoTime() throws {
        let stars = try GlobPattern("/" + String(repeating: "*a", count: 100) + "b")
        #expect(!stars.matches("/" + String(repeating: "a", count: 4000)))
        let depths = try GlobPattern(String(repeating: "/**/a", count: 31) + "/b")
        #expect(!depths.matches(String(repeating: "/a", count: 2000)))
    }

    /// Compares with a matcher that is too simple to be wrong, on every short glob and path.
    @Test func agreesWithReference() throws {
        let pieces = ["a", "b", "*", "?", "/", "**/", "[!a]"]
        var globs = [""]
        for _ in 0..<4 { globs += globs.flatMap { glob in pieces.map { glob + $0 } } }
        let paths = [
            "/", "/a", "/b", "/a/b", "/ab", "/a/a/b", "/aa/b", "a", "ab", "a/b", "/b/ab/a",
        ]
        var compared = 0
        for glob in Set(globs) {
            guard let pattern = try? GlobPattern(glob) else { continue }
            for path in paths {
                compared += 1
                #expect(pattern.matches(path) == reference(glob, path), "\(glob) \(path)")
            }
        }
        #expect(compared > 10_000)
    }

    private func reference(_ glob: String, _ path: String) -> Bool {
        guard glob.hasPrefix("/") == path.hasPrefix("/") || glob.hasPrefix("**") else {
            return false
        }
        return components(glob.split(separator: "/")[...], path.split(separator: "/")[...])
    }

    private func components(_ globs: ArraySlice<Substring>, _ names: ArraySlice<Substring>) -> Bool
    {
        guard let glob = globs.first else { return names.isEmpty }
        if glob == "**" {
            return components(globs.dropFirst(), names)
                || !names.isEmpty && components(globs, names.dropFirst())
        }
        guard let name = names.first, characters(glob, name) else { return false }
        return components(globs.dropFirst(), names.dropFirst())
    }

    private func characters(_ glob: Substring, _ name: Substring) -> Bool {
        guard let token = glob.first else { return name.isEmpty }
        if token == "*" {
            return characters(glob.dropFirst(), name)
                || !name.isEmpty && characters(glob, name.dropFirst())
        }
        guard let character = name.first else { return false }
        if token == "[" {
            return character != "a" && characters(glob.dropFirst(4), name.dropFirst())
        }
        return (token == "?" || token == character)
            && characters(glob.dropFirst(), name.dropFirst())
    }
}
