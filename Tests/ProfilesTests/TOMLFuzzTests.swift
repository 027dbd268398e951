import Testing

@testable import Profiles

/// Any bytes at all give a document, or an error with a line of the text.
@Suite struct TOMLFuzzTests {
    /// The same numbers on every run (SplitMix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let defaultProfile = BuiltInProfiles.text("default") ?? []
    private static let rules = BuiltInProfiles.rules("default")
    private static let handmade = TOMLDocuments.valid.map { Array($0.text.utf8) }
    /// What the grammar is made of, so that mutations get past the first character.
    private static let pieces =
        [
            "=", "[", "]", "[[", "]]", "{", "}", "\"", "'", "\"\"\"", "'''", "#", ".", ",", "\\",
            "\\u", "\\U0010", "\n", "\r\n", "\r", "\t", " ", "0x", "1_", "-", "+", "e",
            "1979-05-27",
            "07:32:00", "true", "a", "a = ", "\u{FEFF}", "é", "\0", "\u{7F}",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC3], [0xEF, 0xBB], [0xED, 0xA0, 0x80], [0xF4, 0x90],
        ]

    /// Reads `text`, and answers whether it is TOML.
    @discardableResult
    private func check(_ text: [UInt8]) -> Bool {
        let lineCount = 1 + text.count { $0 == UInt8(ascii: "\n") }
        do throws(TOMLSyntaxError) {
            let document = try TOMLDocument(text)
            for entry in document.entries {
                let line = document.line(of: [.key(entry.key)])
                #expect((1...lineCount).contains(line), "\(text)")
            }
            return true
        } catch {
            #expect((1...lineCount).contains(error.line), "\(text)")
            let isPlain = error.message.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            #expect(isPlain && !error.message.isEmpty, "\(text)")
            return false
        }
    }

    @Test func randomBytes() {
        var generator = Generator(state: 1)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...40, using: &generator)
            check((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    @Test func randomPieces() {
        var generator = Generator(state: 2)
        for _ in 0..<5000 {
            let count = Int.random(in: 0...14, using: &generator)
            check((0..<count).flatMap { _ in Self.pieces.randomElement(using: &generator) ?? [] })
        }
    }

    @Test func mutationsOfDocuments() {
        var generator = Generator(state: 3)
        for text in Self.handmade {
            for _ in 0..<12 { check(Self.mutation(of: text, &generator)) }
        }
    }

    @Test func mutationsOfProfiles() {
        var generator = Generator(state: 4)
        for _ in 0..<150 { check(Self.mutation(of: Self.defaultProfile, &generator)) }
        for _ in 0..<30 { check(Self.mutation(of: Self.rules, &generator)) }
    }

    private static func mutation(of text: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let start = Int.random(in: 0...text.count, using: &generator)
            let end = min(text.count, start + Int.random(in: 0...3, using: &generator))
            let isInsertion = Bool.random(using: &generator)
            let piece = pieces.randomElement(using: &generator) ?? []
            text.replaceSubrange(start..<(isInsertion ? start : end), with: piece)
        }
        return text
    }

    @Test func truncationsOfDocuments() {
        for text in Self.handmade {
            for length in text.indices {
                check(Array(text[..<length]))
                check(Array(text[length...]))
            }
        }
    }

    /// Cut at every byte; far behind the cut, whole tables are left out to save time.
    @Test func truncationsOfProfiles() {
        for text in [Self.defaultProfile, Self.rules] {
            let tables = text.indices.filter { text[$0...].starts(with: "\n[".utf8) }
            for length in text.indices {
                let start = tables.last { $0 + 400 < length } ?? 0
                check(Array(text[start..<length]))
            }
        }
    }

    @Test func nestingHasALimit() {
        for unit in ["[", "a = [", "a = {b = ", "{", "[[", "a.", "[a.", "[\"", "\"\"\""] {
            check(Array(String(repeating: unit, count: 20_000).utf8))
        }
        for (open, close) in [("[", "]"), ("{a = ", "}"), ("{a.b = [", "]}")] {
            let opening = String(repeating: open, count: 5000)
            let closing = String(repeating: close, count: 5000)
            #expect(!check(Array("a = \(opening){}\(closing)".utf8)))
        }
        let dotted = "a" + String(repeating: ".a", count: 5000)
        for text in ["\(dotted) = 1", "[\(dotted)]", "[[\(dotted)]]", "a = {\(dotted) = 1}"] {
            #expect(!check(Array(text.utf8)))
        }
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(check(Array("a = \(deep)".utf8)))
    }

    /// Looking for a second key of the same name must not take longer for each one.
    @Test func manyKeys() {
        let keys = (0..<20_000).map { "key\($0) = \($0)\n" }.joined()
        #expect(check(Array("[a]\n\(keys)".utf8)))
        let tables = (0..<10_000).map { "[[a]]\nb = \($0)\n" }.joined()
        #expect(check(Array(tables.utf8)))
    }
}
