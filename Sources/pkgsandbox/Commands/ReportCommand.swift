internal import ArgumentParser
internal import LinuxKernel
internal import Profiles
internal import Reporting
internal import SandboxModel

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show a stored JSON report again.")

    @Option(help: "The form: text or json.")
    var format = FormatArgument.text

    @Option(help: "Colour in the text form.")
    var color = ColourArgument.auto

    @Flag(name: [.short, .long], help: "Tell more.")
    var verbose = false

    @Argument(help: ArgumentHelp("A report that --report json=FILE wrote; - is standard input."))
    var file: String

    enum FormatArgument: String, ExpressibleByArgument, CaseIterable { case text, json }

    func run() throws {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = file == "-" ? try Self.standardInput() : try Files.read(file)
        } catch {
            throw UserError("cannot read report \(file): \(error.reason)", exitStatus: .usage)
        }
        let report = try JSONReport.decode(bytes, from: file)
        let console = Console(colour: Console.Colour(color))
        switch format {
        case .json: console.show(try JSONReport.encode(report))
        case .text:
            let isTerminal = Terminal.isTerminal(1)
            let text = TextReport(
                report,
                options: TextReport.Options(
                    colour: color == .always
                        || (color == .auto && isTerminal && console.usesColour),
                    width: isTerminal ? Terminal.columns(of: 1) : nil,
                    verbosity: verbose ? .verbose : .normal)
            ).rendered(sourceLines: RecipeText(path: report.recipe.path).line)
            console.show(text)
        }
    }

    private static func standardInput() throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try Descriptor.read(from: 0)
            if part.isEmpty { return all }
            all += part
        }
    }
}

/// The lines of a recipe's file.
struct RecipeText {
    let lines: [Substring]

    /// A recipe that cannot be read has no lines.
    init(path: String) {
        let bytes = (try? Files.read(path)) ?? []
        lines = ByteText.decode(bytes).split(separator: "\n", omittingEmptySubsequences: false)
    }

    func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
    }
}

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "List, show or check profiles.",
        subcommands: [List.self, Show.self, Check.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the built-in profiles.")

        func run() throws {
            for name in ProfileLoader.builtInNames {
                let profile = try ProfileLoader.builtIn(name)
                Console.standard.show("\(name)\t\(profile.description)")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a profile as TOML, with what it inherits.")

        @Argument(help: ArgumentHelp("A built-in name or a file.", valueName: "name|file"))
        var profile = "default"

        func run() throws {
            Console.standard.show(ProfileLoader.describe(try RunContext.loadProfile(profile)))
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check profiles; exit status 2 if one is wrong.")

        @Argument(help: ArgumentHelp("Built-in names or files.", valueName: "name|file"))
        var profiles: [String]

        func run() throws {
            for name in profiles { _ = try RunContext.loadProfile(name) }
        }
    }
}
