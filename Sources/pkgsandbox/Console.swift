internal import LinuxKernel
internal import Reporting
internal import SandboxModel

/// Where the tool's own words go: standard error, never mixed into the build's output.
struct Console {
    enum Colour: String, CaseIterable { case auto, always, never }

    static let standard = Console(colour: .auto)

    var usesColour: Bool
    /// Columns to wrap at; nil where nothing is a terminal.
    var width: Int?

    init(colour: Colour) {
        let isTerminal = Terminal.isTerminal(2)
        switch colour {
        case .always: usesColour = true
        case .never: usesColour = false
        case .auto:
            let environment = isTerminal ? HostSystem.environment() : [:]
            // https://no-color.org: set and not empty.
            usesColour =
                isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
                && environment["TERM"] != "dumb"
        }
        width = isTerminal ? Terminal.columns(of: 2) : nil
    }

    func say(_ error: UserError) { write(ErrorText(error).rendered(colour: usesColour)) }

    /// A message of the argument parser, which begins with `Error: ` and ends with the usage.
    func sayUsage(_ text: String) {
        let body = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
        // A subcommand's own parser does not know what stands before its name.
        let named = body.replacing("  See '", with: "  See 'pkgsandbox ")
            .replacing("'pkgsandbox pkgsandbox ", with: "'pkgsandbox ")
        write("pkgsandbox: error: \(named)")
    }

    /// Text for standard error.
    func write(_ text: String) {
        if text.isEmpty { return }
        try? Descriptor.write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: 2)
    }

    /// The answer to a question: text for standard output.
    ///
    /// A reader that has gone away wants no more of it.
    func show(_ text: String) {
        try? Descriptor.write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: 1)
    }
}

/// Ends the program.
func exitProcess(_ status: ExitStatus) -> Never {
    exitNow(Int32(truncatingIfNeeded: status.rawValue))
}
