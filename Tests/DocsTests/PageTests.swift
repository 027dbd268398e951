import Foundation
import Testing

@Suite("Pages")
struct PageTests {
    @Test("show command lines that parse", arguments: try Page.markdown())
    func commandLines(page: Page) {
        for line in page.spans + page.codeLines where line.hasPrefix("pkgsandbox ") {
            #expect(ShellWords.complaint(line) == nil, "\(line)")
        }
    }

    @Test("of hints and messages show command lines that parse")
    func hints() throws {
        let pages =
            try Page.all(in: "Sources", ending: ".swift")
            + Page.all(in: "profiles", ending: ".toml")
        let lines = pages.flatMap { page in
            page.text.matches(of: /`(pkgsandbox [^`\n\\]+)`/).map { String($0.1) }
        }
        #expect(lines.count > 10)
        for line in lines { #expect(ShellWords.complaint(line) == nil, "\(line)") }
    }

    @Test("have links that lead somewhere", arguments: try Page.markdown())
    func links(page: Page) throws {
        for match in page.text.matches(of: /\]\(([^)\s]+)\)/) {
            let target = String(match.1)
            if target.hasPrefix("https://") { continue }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let directory = page.file.deletingLastPathComponent()
            let file =
                parts[0].isEmpty
                ? page.file : directory.appendingPathComponent(String(parts[0]))
            guard FileManager.default.fileExists(atPath: file.path) else {
                Issue.record("\(target): there is no such file")
                continue
            }
            guard parts.count > 1 else { continue }
            let path = file.standardizedFileURL.path.dropFirst(Page.root.path.count + 1)
            #expect(try Page(String(path)).anchors.contains(String(parts[1])), "\(target)")
        }
    }

    nonisolated(unsafe) private static let ownPath =
        /(Sources|Tests|docs|profiles|\.ci)\/[\w.\/-]*/

    @Test("name files that are there", arguments: try Page.markdown())
    func files(page: Page) throws {
        for span in page.spans {
            guard let match = span.prefixMatch(of: Self.ownPath) else { continue }
            let path = String(match.0)
            // `recipes/NAME/PKGBUILD.in` stands for many.
            if path.contains(/\/[A-Z]+(\/|$)/) { continue }
            #expect(
                FileManager.default.fileExists(atPath: Page.root.appendingPathComponent(path).path),
                "\(span)")
        }
    }

    @Test("name types that are there", arguments: try Page.all(in: "docs", ending: ".md"))
    func types(page: Page) throws {
        for span in page.spans {
            // `TracedCall`, `TracedCall.table`; not `EROFS`, not `PKGBUILD`.
            guard let match = span.wholeMatch(of: /([A-Z][a-z]\w*)(\.\w+)?s?/) else { continue }
            let name = String(match.1)
            let isThere = Self.sources.contains(name)
            #expect(isThere, "\(name)")
        }
    }

    /// Every word of the code that begins with a capital letter, and the names of modules.
    private static let sources: Set<String> = {
        let files = (try? Page.all(in: "Sources", ending: ".swift")) ?? []
        let words = files.flatMap { $0.text.matches(of: /\b[A-Z]\w*/).map { String($0.0) } }
        return Set(words).union(["Makefile", "Dockerfile"])
    }()
}

@Suite("docs/architecture.md")
struct ArchitecturePageTests {
    @Test("has a row for every module, with what it may import")
    func modules() throws {
        let rows = try Page("docs/architecture.md").text
            .matches(of: /\n\| `(\w+)` \|[^|]*\|([^|\n]*)\|/)
            .map { (String($0.1), Set($0.2.matches(of: /`(\w+)`/).map { String($0.1) })) }
        let table = Dictionary(rows) { first, _ in first }
        let modules = try FileManager.default.contentsOfDirectory(
            atPath: Page.root.appendingPathComponent("Sources").path)
        #expect(Set(table.keys) == Set(modules))

        for module in modules {
            let files = try Page.all(in: "Sources/\(module)", ending: ".swift")
            let imports = files.flatMap { file in
                file.text.matches(of: /\n?(?:public |internal |private )?import (\w+)/)
                    .map { String($0.1) }
            }
            let own = Set(imports).intersection(modules)
            #expect(own == table[module], "\(module)")
        }
    }
}
