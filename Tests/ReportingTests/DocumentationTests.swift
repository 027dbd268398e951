import Foundation
import Testing

@Suite("docs/report.md")
struct DocumentationTests {
    @Test("shows what the program prints")
    func samples() throws {
        let page = Validator.schema.deletingLastPathComponent().appendingPathComponent("report.md")
        let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        for name in ["success-notes", "forgotten-destdir", "unexplained"] {
            let sample = Case.named(name).map { TextReportTests.text($0.report) } ?? ""
            #expect(text.contains("```text\n\(sample)```"), "\(name)")
        }
    }
}

extension Case {
    /// The sample of that name.
    static func named(_ name: String) -> Case? {
        TextReportTests.cases.first { $0.name == name }
    }
}
