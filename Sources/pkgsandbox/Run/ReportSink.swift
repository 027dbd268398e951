internal import LinuxKernel
internal import Reporting
internal import SandboxModel

/// Renders a run's report in every form that was asked for.
struct ReportSink {
    var options: SandboxOptions
    var console: Console
    /// The recipe as the user would name it.
    var recipeName: String?
    /// The recipe's text, by lines.
    var recipeLines: [Substring] = []
    /// Whom report files are given to; nil for the caller.
    var owner: UserIdentity?

    /// Writes the report: text to standard error unless only other forms were asked for there.
    func deliver(_ report: RunReport) throws(UserError) {
        let targets = options.report
        let hasText = targets.contains { $0.format == .text && $0.file == nil }
        let hasOther = targets.contains { $0.format != .text && $0.file == nil }
        if hasText || !hasOther {
            console.write(text(report, colour: console.usesColour, width: console.width))
        }
        try deliverFiles(report)
    }

    /// Writes only what is not the text on the terminal.
    func deliverFiles(_ report: RunReport) throws(UserError) {
        for target in options.report where target.file != nil || target.format != .text {
            let content =
                switch target.format {
                case .json: try JSONReport.encode(report)
                case .text: text(report, colour: false, width: nil)
                }
            if let file = target.file {
                try ReportFile.write(content, to: file, owner: owner)
            } else {
                console.write(content)
            }
        }
    }

    private func text(_ report: RunReport, colour: Bool, width: Int?) -> String {
        let verbosity: TextReport.Verbosity =
            options.verbose ? .verbose : options.quiet ? .quiet : .normal
        let jsonFile = options.report.first { $0.format == .json && $0.file != nil }?.file
        let lines = recipeLines
        return TextReport(
            report,
            options: TextReport.Options(
                colour: colour, width: width, verbosity: verbosity, reportFile: jsonFile,
                recipeName: recipeName)
        ).rendered { line in
            lines.indices.contains(line - 1) ? String(lines[line - 1]) : nil
        }
    }
}
