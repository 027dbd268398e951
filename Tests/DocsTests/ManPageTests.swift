import Foundation
import Testing

@Suite("Man page")
struct ManPageTests {
    /// The options of each command: what the headings `Options of …` that name it have below them.
    static func documented() throws -> [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        var commands: [String] = []
        var isTag = false
        for line in try Page("docs/pkgsandbox.1").text.split(separator: "\n") {
            if line.hasPrefix(".S") {
                let heading = line.dropFirst(4).replacing(" and ", with: ", ")
                commands =
                    heading.hasPrefix("Options of ")
                    ? heading.dropFirst("Options of ".count).replacing(", ", with: ",")
                        .split(separator: ",").map(String.init)
                    : []
            } else if line == ".TP" || line == ".TQ" {
                isTag = true
            } else if isTag {
                isTag = false
                let plain = line.replacing("\\-", with: "-")
                for option in plain.matches(of: /--[a-z-]+/).map({ String($0.0) }) {
                    for command in commands { result[command, default: []].insert(option) }
                }
            }
        }
        return result
    }

    @Test("has the options of every command's help, and no other")
    func options() throws {
        let documented = try Self.documented()
        #expect(DocumentedCommand.all.count >= 9)
        for command in DocumentedCommand.all {
            let expected = command.options.subtracting(["--help", "--version"])
            let found = documented[command.name] ?? []
            let differing = found.symmetricDifference(expected).sorted()
            #expect(differing.isEmpty, "\(command.name)")
        }
        let names = Set(DocumentedCommand.all.map(\.name))
        #expect(Set(documented.keys).isSubset(of: names), "options of commands that are not there")
    }

    @Test("names every command")
    func commands() throws {
        let synopsis = try Page("docs/pkgsandbox.1").text
        for command in DocumentedCommand.all {
            #expect(synopsis.contains("\n.B pkgsandbox \(command.name)\n"), "\(command.name)")
        }
    }

    @Test("shows examples that parse")
    func examples() throws {
        let page = try Page("docs/pkgsandbox.1").text.replacing("\\-", with: "-")
        let examples = page.split(separator: "\n").drop { $0 != ".SH EXAMPLES" }
            .filter { $0.hasPrefix(".B pkgsandbox ") }.map { String($0.dropFirst(3)) }
        #expect(!examples.isEmpty)
        for example in examples { #expect(ShellWords.complaint(example) == nil, "\(example)") }
    }
}
