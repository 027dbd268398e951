import Foundation
import Testing

/// The project's pages, as files below its root.
struct Page: Sendable, CustomTestStringConvertible {
    static let root = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../..").standardizedFileURL

    /// Relative to the root.
    var path: String
    var text: String

    var testDescription: String { path }
    var file: URL { Self.root.appendingPathComponent(path) }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The files below a directory whose names end so; of the project's own only.
    static func all(in directory: String, ending: String) throws -> [Page] {
        let place = root.appendingPathComponent(directory)
        let names = FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String }
        return try (names ?? []).filter { $0.hasSuffix(ending) }.sorted()
            .map { try Page("\(directory)/\($0)") }
    }

    /// All pages in Markdown.
    static func markdown() throws -> [Page] {
        try [Page("README.md"), Page("CHANGELOG.md")] + all(in: "docs", ending: ".md")
            + all(in: "Tests", ending: ".md")
    }

    /// What stands between backquotes, on one line or across its end.
    var spans: [String] {
        let prose = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("    ") && !$0.hasPrefix("```") }.joined(separator: "\n")
        return prose.matches(of: /`([^`]+)`/).map {
            String($0.1).replacing("\n", with: " ").replacing("\\|", with: "|")
        }
    }

    /// The lines of code blocks, without their indentation.
    var codeLines: [String] {
        var isFenced = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            if line.hasPrefix("```") { isFenced.toggle() }
            guard isFenced || line.hasPrefix("    ") else { return nil }
            return line.trimmingCharacters(in: .whitespaces)
        }
    }

    /// The anchors of the headings, as GitHub makes them.
    var anchors: Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
                heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                    .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
                    .replacing(" ", with: "-")
            })
    }
}
