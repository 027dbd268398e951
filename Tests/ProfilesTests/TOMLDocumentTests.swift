import Testing

@testable import Profiles

@Suite struct TOMLDocumentTests {
    @Test func documentsMeanWhatTheyShould() throws {
        for document in TOMLDocuments.valid {
            let entries = try TOMLDocument(Array(document.text.utf8)).entries
            #expect(Self.meaning(.table(entries)) == document.meaning, "\(document.text)")
        }
    }

    @Test func whatIsNoTOMLIsRefusedWithItsLine() {
        for document in TOMLDocuments.invalid {
            let error = #expect(throws: TOMLSyntaxError.self, "\(document.text)") {
                _ = try TOMLDocument(Array(document.text.utf8))
            }
            #expect(error?.line == document.line, "\(document.text)")
            #expect(error?.message == document.message, "\(document.text)")
        }
    }

    @Test(arguments: [
        ([0x61, 0x0A, 0xFF] as [UInt8], 2), ([0x23, 0xC3, 0x0A], 1), ([0x0A, 0x0A, 0xEF], 3),
        ([0x23, 0xED, 0xA0, 0x80], 1), ([0x23, 0xC0, 0x80], 1),
        ([0x23, 0xF5, 0x80, 0x80, 0x80], 1),
    ])
    func textMustBeUTF8(text: [UInt8], line: Int) {
        let error = #expect(throws: TOMLSyntaxError.self) { _ = try TOMLDocument(text) }
        #expect(error == TOMLSyntaxError(line: line, message: "not UTF-8"))
    }

    @Test func noStringHoldsNUL() {
        for text in ["\n\"\0\"", "\na = \"\\u0000\"", "\na = \"\"\"\\U00000000\"\"\""] {
            let error = #expect(throws: TOMLSyntaxError.self) {
                _ = try TOMLDocument(Array(text.utf8))
            }
            #expect(error == TOMLSyntaxError(line: 2, message: "NUL character"))
        }
    }

    /// A value as `TOMLDocuments` writes it.
    private static func meaning(_ node: TOMLNode) -> String {
        switch node {
        case .string(let text): return quoted(text)
        case .integer(let number): return String(number)
        case .boolean(let flag): return String(flag)
        case .array(let items): return "[\(items.map(meaning).joined(separator: ", "))]"
        case .table(let entries):
            let pairs = entries.map { "\(quoted($0.key)): \(meaning($0.value))" }
            return "{\(pairs.joined(separator: ", "))}"
        case .other(let name): return "<\(name)>"
        }
    }

    private static func quoted(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case " "..."~": String(scalar)
            default: "<\(String(scalar.value, radix: 16, uppercase: true))>"
            }
        }
        return "\"\(characters.joined())\""
    }
}
