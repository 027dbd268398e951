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
        if hasText || !hasOther { console.write(text(report, colour: console.usesColour, width: console.width)) }
        for target in targets where target.file != nil || target.format != .text {
            let content =
                switch target.format {
                case .json: try JSONReport.encode(report)
                case .text: text(report, colour: false, width: nil)
                }
            if let file = target.file {
                try write(content, to: file)
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

    /// Writes beside the file first, so that a reader sees the old report or the whole new one.
    private func write(_ content: String, to path: String) throws(UserError) {
        do throws(SystemError) {
            // A device or a FIFO (/dev/stdout, a pipe of the shell) is written to as it is.
            if let kind = try? FileStatus.of(path).kind, kind != .regular {
                try Descriptor.open(path, FileFlags.writeOnly).writeAll(Array(content.utf8))
                return
            }
            let slash = path.lastIndex(of: "/")
            let directoryPath = slash.map { String(path[...$0]) } ?? "."
            let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
            let directory = try Descriptor.open(
                directoryPath, FileFlags.readOnly | FileFlags.directory)
            let partial = ".\(name.prefix(200)).\(UserIdentity.processNumber).partial"
            let file = try Descriptor.open(
                partial, FileFlags.writeOnly | FileFlags.createNew, mode: 0o644,
                in: directory.number)
            do throws(SystemError) {
                try file.writeAll(Array(content.utf8))
                if let owner { try Files.changeOwner(of: file.number, to: owner) }
                try Files.rename(partial, in: directory.number, to: name)
            } catch {
                try? Files.unlink(partial, in: directory.number)
                throw error
            }
        } catch {
            throw UserError(
                "cannot write report \(path): \(error.reason)",
                hint: "name a file in a directory that you may write", exitStatus: .setupFailed)
        }
    }
}
