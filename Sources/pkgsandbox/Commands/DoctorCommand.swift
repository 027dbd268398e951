internal import ArgumentParser
internal import LinuxKernel
internal import Reporting
internal import SandboxModel

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try what this machine allows, and say how to mend what is missing.",
        discussion: """
            Everything is tried as a build would do it, and nothing is left behind. The exit status \
            is 0 when builds can run, and 5 when something that they need is missing.
            """)

    @Option(help: ArgumentHelp("The profile: a built-in name or a file.", valueName: "name|file"))
    var profile = "default"

    @Option(
        help: ArgumentHelp(
            "Write the result: text or json, to standard output or a file. May be given again.",
            valueName: "format[=file]"))
    var report: [ReportTarget] = []

    @Option(
        help: ArgumentHelp("Where redirected caches are kept between builds.", valueName: "dir"))
    var cache: String?

    @Option(help: ArgumentHelp("Where the build's files are kept while it runs.", valueName: "dir"))
    var scratch = "/var/tmp"

    @Option(
        help: ArgumentHelp(
            "The host's user that the build runs as; only root can choose.", valueName: "name|uid"))
    var user: String?

    @Option(help: "Colour in the text.")
    var color = ColourArgument.auto

    func run() throws {
        let facts = try HostExamination(
            profile: profile, user: user, scratch: scratch, cache: cache
        ).run()
        let targets = report.isEmpty ? [ReportTarget(format: .text)] : report
        for target in targets { try deliver(facts, to: target) }
        throw facts.canBuild ? ExitStatus.success : ExitStatus.setupFailed
    }

    private func deliver(_ facts: HostFacts, to target: ReportTarget) throws(UserError) {
        let isTerminal = target.file == nil && Terminal.isTerminal(1)
        let console = Console(colour: Console.Colour(color))
        let content =
            switch target.format {
            case .json: try DoctorText(facts).json()
            case .text:
                DoctorText(facts).rendered(
                    colour: color == .always || (color == .auto && isTerminal && console.usesColour),
                    width: isTerminal ? Terminal.columns(of: 1) : nil)
            }
        if let file = target.file {
            try ReportFile.write(content, to: file, owner: nil)
        } else {
            console.show(content)
        }
    }
}
