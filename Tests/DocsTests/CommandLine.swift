import ArgumentParser

@testable import pkgsandbox

/// A command of the program, with the options that its help shows.
struct DocumentedCommand: Sendable {
    /// `profile check`.
    var name: String
    var options: Set<String>

    /// All of them; those that only hold others are left out.
    static let all: [DocumentedCommand] = commands(of: PkgSandbox.self, named: [])

    private static func commands(
        of type: any ParsableCommand.Type, named names: [String]
    ) -> [DocumentedCommand] {
        let inner = type.configuration.subcommands
        if inner.isEmpty {
            let help = PkgSandbox.helpMessage(for: type, columns: 1000)
            // `  -v, --verbose           Tell more.`
            let options = Set(
                help.matches(of: /\n {2}(?:-\w, )?(--[a-z-]+)/).map { String($0.1) })
            return [DocumentedCommand(name: names.joined(separator: " "), options: options)]
        }
        return inner.flatMap { command in
            commands(
                of: command,
                named: names + [
                    command.configuration.commandName ?? "\(command)".lowercased()
                ])
        }
    }
}

/// Command lines as pages show them.
enum ShellWords {
    /// The words of one command: up to a pipe, a comment or what explains it in a second column.
    static func split(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        var blanks = 0
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                isWord = true
            case " ":
                blanks += 1
                if blanks > 1 { return words }
                if isWord { words.append(word) }
                (word, isWord) = ("", false)
                continue
            case ";": return words
            case _ where !isWord && "#|>".contains(character): return words
            default:
                word.append(character)
                isWord = true
            }
            blanks = 0
        }
        return isWord ? words + [word] : words
    }

    /// What is wrong with a command line, nil where the program takes it.
    static func complaint(_ line: String) -> String? {
        let words = Array(split(line).dropFirst())
        // The name of a command is no command line, but a word for it.
        if DocumentedCommand.all.contains(where: { $0.name == words.joined(separator: " ") }) {
            return nil
        }
        do {
            _ = try PkgSandbox.parseAsRoot(words)
            return nil
        } catch {
            // Help and completions are thrown too.
            let isAnswer = PkgSandbox.exitCode(for: error) == .success
            return isAnswer ? nil : PkgSandbox.message(for: error)
        }
    }
}
