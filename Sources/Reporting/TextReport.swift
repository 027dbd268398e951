public import SandboxModel

/// A report as lines for a person: first what broke the build and how to mend it, then the rest.
///
/// Everything that comes from the report or the recipe is escaped, whatever it holds: it can neither
/// begin a line nor change a colour.
public struct TextReport: Sendable {
    /// How much is said.
    public enum Verbosity: Sendable, CaseIterable {
        /// Nothing about a success; what broke the build, and the fix, in three lines or four.
        case quiet
        /// What matters to this run.
        case normal
        /// Everything that the report holds, harmless failed writes included.
        case verbose
    }

    /// How the text is laid out.
    public struct Options: Sendable {
        /// Whether to use ANSI escape sequences for colours.
        public var colour: Bool
        /// The columns of the terminal, 40 at least; nil breaks no line.
        public var width: Int?
        /// How much is said.
        public var verbosity: Verbosity
        /// The file that holds the report as JSON, as the user would name it, if there is one.
        public var reportFile: String?
        /// The recipe as the user would name it; by default the last component of its path.
        public var recipeName: String?

        /// Options for plain text of 80 columns, unless said otherwise.
        public init(
            colour: Bool = false, width: Int? = 80, verbosity: Verbosity = .normal,
            reportFile: String? = nil, recipeName: String? = nil
        ) {
            self.colour = colour
            self.width = width
            self.verbosity = verbosity
            self.reportFile = reportFile
            self.recipeName = recipeName
        }
    }

    private let report: RunReport
    private let options: Options

    /// Prepares a report to be rendered.
    public init(_ report: RunReport, options: Options = Options()) {
        self.report = report
        self.options = options
    }

    /// The text, each line ended by a newline; empty where there is nothing to say.
    ///
    /// - Parameter sourceLines: Gives the text of a line of the recipe, counted from 1, where the
    ///   recipe is at hand.
    public func rendered(sourceLines: @escaping (Int) -> String? = { _ in nil }) -> String {
        var page = Page(
            width: options.width, longestWord: options.verbosity == .verbose ? 4096 : 480)
        TextSections(report: report, options: options, sourceLines: sourceLines).write(to: &page)
        return page.rendered(colour: options.colour)
    }
}
