import Testing

@testable import Profiles

@Suite struct TOMLLineTests {
    private func line(_ text: String, _ place: Place) throws -> Int {
        try TOMLDocument(Array(text.utf8)).line(of: place)
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
    func findsLine(place: Place, expected: Int) throws {
        #expect(try line(Self.document, place) == expected)
        let withCRLF = Self.document.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n")
        #expect(try line(withCRLF, place) == expected)
        #expect(try line("\u{FEFF}" + Self.document, place) == expected)
    }

    @Test func missingPlaceHasTheLineOfItsTable() throws {
        #expect(try line(Self.document, ["table", "missing"]) == 3)
        #expect(try line(Self.document, ["tables", 1, "missing"]) == 35)
        #expect(try line(Self.document, ["missing", "key"]) == 1)
        #expect(try line("", ["a"]) == 1)
    }

    /// A table has the line of its own header, wherever others named it before.
    @Test func tableHasTheLineOfItsHeader() throws {
        #expect(try line("[a.b]\n[a]\n", ["a"]) == 2)
        #expect(try line("[a.b]\n[a]\n", ["a", "b"]) == 1)
        #expect(try line("\n[a.b]\n", ["a"]) == 2)
    }
}
