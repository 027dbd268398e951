import Testing

@testable import Profiles

@Suite struct LineMapTests {
    private func line(_ text: String, _ place: Place) -> Int {
        LineMap(Array(text.utf8)).line(of: place)
    }

    private static let document = """
        # a = 1
        top = "x = 1 # no comment"      # comment with "quotes"
        [table] # [other]
        key = 1
        list = [
            "one", # , "no element"
            "two", "three",

            ["nested",
             "deeper"],
            { name = "inline", list = [ 1,
              2 ] },
        ]
        long = \"\"\"
        [table.fake]
        fake = 1
        \\\"\"\" still
        \"\"\"
        literal = '''
        fake = 2 ''
        '''
        after = 'a\\'
        dotted.key.inner = 1
        dotted . "quoted.key" = 2
        inline = { a = 1, b.c = { d = "}" } }
        date = 1979-05-27 07:32:00
        [[tables]]
        id = 1
        [[tables.inner]]
        x = 1
        [[tables.inner]]
        x = 2
        [tables.sub]
        y = 1
        [[tables]]
        id = 2
        [[tables.inner]]
        x = 3
        """

    @Test(
        arguments: [
            (["top"], 2), (["table"], 3), (["table", "key"], 4), (["table", "list"], 5),
            (["table", "list", 0], 6), (["table", "list", 1], 7), (["table", "list", 2], 7),
            (["table", "list", 3], 9), (["table", "list", 3, 1], 10),
            (["table", "list", 4, "name"], 11),
            (["table", "list", 4, "list", 1], 12), (["table", "long"], 14),
            (["table", "literal"], 19),
            (["table", "after"], 22), (["table", "dotted", "key", "inner"], 23),
            (["table", "dotted", "quoted.key"], 24), (["table", "inline", "b", "c", "d"], 25),
            (["table", "date"], 26), (["tables", 0], 27), (["tables", 0, "id"], 28),
            (["tables", 0, "inner", 0, "x"], 30), (["tables", 0, "inner", 1, "x"], 32),
            (["tables", 0, "sub", "y"], 34), (["tables", 1], 35), (["tables", 1, "id"], 36),
            (["tables", 1, "inner", 0, "x"], 38),
        ] as [(Place, Int)])
    func findsLine(place: Place, expected: Int) {
        #expect(line(Self.document, place) == expected)
        let withCRLF = Self.document.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n")
        #expect(line(withCRLF, place) == expected)
        #expect(line("\u{FEFF}" + Self.document, place) == expected)
    }

    @Test func documentIsWhatTheLibraryReads() throws {
        // Whatever the test above takes for a key has to be one.
        let root = try TOMLNode.parse(Array(Self.document.utf8))
        #expect(root.map(\.key) == ["table", "tables", "top"])
    }

    @Test func missingPlaceHasTheLineOfItsTable() {
        #expect(line(Self.document, ["table", "missing"]) == 3)
        #expect(line(Self.document, ["tables", 1, "missing"]) == 35)
        #expect(line(Self.document, ["missing", "key"]) == 1)
        #expect(line("", ["a"]) == 1)
    }

    /// The scanner must come to an end on anything, also on what the library would refuse.
    @Test func survivesEveryTruncation() {
        let text = Array(Self.document.utf8)
        for length in 0...text.count { _ = LineMap(Array(text[..<length])) }
        for length in 0...text.count { _ = LineMap(Array(text[length...])) }
        for odd in ["[[[", "a = [[[[", "{{{{", "= = =", "a = {b", "\"\"\"\"", "a.b.=", "]]}}", "'"]
        {
            _ = LineMap(Array(odd.utf8))
        }
    }
}
