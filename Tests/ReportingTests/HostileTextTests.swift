import Reporting
import SandboxModel
import Testing

/// Nothing that a build can put into a report gets through to the terminal.
@Suite("Hostile text")
struct HostileTextTests {
    static let strings = [
        "a\nerror: forged\n",
        "a\r\u{1B}[2K\rbuilt forged",
        "\u{1B}]0;title\u{7}\u{1B}[31mred\u{1B}[0m",
        "\u{9B}31mC1\u{85}next\u{7F}\u{0}\u{8}\u{8}",
        "user\u{202E}gnp.exe\u{202C}\u{2066}x\u{2069}\u{200E}\u{61C}",
        "line\u{2028}separator\u{2029}paragraph",
        "zero\u{200B}width\u{FEFF}\u{AD}\u{2060}\u{E0041}\u{FE0F}\u{115F}\u{3164}",
        "\u{301}mark first, then a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "glue\u{A0}\u{2003}\u{3000}spaces",
        "private \u{E000}\u{F0000} unassigned \u{378} \u{FFFF}",
        "%1b[31mpercent%0aencoded%ff",
        "::error file=x::forged ]]> <b>&amp;",
        "   ├─ fix   rm -rf ~      error: forged   ",
        "", " ", "'", "\\", "$'x'", "`id` $(id)",
        "日本語のパス/ファイル", "🧨🧨🧨", "e\u{301}té",
        String(repeating: "/a long path", count: 400),
        String(repeating: "x", count: 3_000),
        String(repeating: "日", count: 3_000),
        String(repeating: "\u{301}", count: 3_000),
        String(repeating: "\n", count: 3_000),
        String(repeating: "error: ", count: 300),
        String(repeating: "A", count: 200_000) + "\n",
    ]

    static let options: [TextReport.Options] = [40, 100].flatMap { width in
        TextReport.Verbosity.allCases.map { TextReport.Options(width: width, verbosity: $0) }
    }

    /// What a line may begin with: the words of the program, or the indentation of its layout.
    static let beginnings = [
        "error: ", "harmless: ", "note: ", "warning: ", "built", "phase: ", "package: ",
        "usage: ", "host: ", "exit status: ", "  ", " 9 │ ", "12 │ ", "21 │ ",
    ]

    /// A report with `text` in every place that the build, or the recipe, decides about.
    static func report(_ text: String, _ result: Outcome.Result) -> RunReport {
        let process = ProcessSummary(
            pid: 7, executable: "/bin/" + text, arguments: [text, text, "x" + text],
            workingDirectory: "/" + text)
        func failure(_ verdict: WriteFailure.Verdict) -> WriteFailure {
            WriteFailure(
                path: "/usr/" + text, requestedPath: text, call: text, operation: text,
                errno: text, reason: .hidden, evidence: text, verdict: verdict,
                verdictReason: text, count: 3, phase: text, recipeLine: 21, recipeFunction: text,
                process: process, ancestry: [process, process], rule: text, hint: text)
        }
        var other = failure(.fatal)
        other.path = "/opt/" + text
        return RunReport(
            recipe: RecipeSummary(kind: "pkgbuild", path: "/" + text, name: text, version: text),
            outcome: Outcome(
                result: result, exitStatus: 3, toolStatus: 4, phase: text, message: text),
            phases: [PhaseResult(name: text, result: .failed, seconds: 1)],
            writeFailures: [failure(.fatal), other, failure(.benign)],
            redirects: [CacheRedirect(path: text, cache: text, scratch: text, count: 2)],
            artifacts: [Artifact(path: "/" + text, sha256: text, bytes: 1)],
            degradations: [Degradation(feature: text, reason: text, remedy: text)],
            host: HostSummary(
                kernel: text, architecture: text, distribution: text, version: text))
    }

    @Test("acts on no terminal, forges no line, fits the page", arguments: strings.indices)
    func harmless(_ index: Int) throws {
        let hostile = Self.strings[index]
        for result in [Outcome.Result.succeeded, .failed, .setupFailed] {
            let report = Self.report(hostile, result)
            let tame = Self.report("tame", result)
            for options in Self.options {
                let text = TextReport(report, options: options).rendered { _ in hostile }
                try expectSafe(text, width: options.width)
                let expected = TextReport(tame, options: options).rendered { _ in "tame" }
                #expect(Self.errors(text) == Self.errors(expected))
            }
        }
    }

    @Test("is the same text in colour", arguments: strings.indices)
    func colour(_ index: Int) {
        let report = Self.report(Self.strings[index], .failed)
        let plain = TextReport.Options(width: 80, verbosity: .verbose)
        var coloured = plain
        coloured.colour = true
        var text = TextReport(report, options: coloured).rendered()
        for sequence in ["1", "1;31", "1;32", "1;33", "1;36", "2", "0"] {
            text = text.replacing("\u{1B}[\(sequence)m", with: "")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line)
        }
        #expect(lines.joined(separator: "\n") == TextReport(report, options: plain).rendered())
    }

    @Test("stays visible")
    func visible() throws {
        let texts = Self.strings.filter { $0.utf8.count < 400 }
        let shown = texts.map { text in
            var failure = Sample.install("/usr/" + text)
            failure.process.arguments = ["install", text]
            failure.hint = text
            let report = Sample.failure(exitStatus: 3, writeFailures: [failure])
            return TextReport(report).rendered { _ in text }
        }
        try expectSnapshot(shown.joined(separator: "\n"), "hostile.txt")
    }

    @Test("numbers out of range stop nothing")
    func numbers() throws {
        for number in [Int.min, -1, 0, Int.max] {
            for seconds in [-1.0, 0, 1e308, .infinity, .nan] {
                var failure = Sample.install("/usr/x", count: number, pid: number)
                failure.recipeLine = number
                var report = Sample.failure(
                    exitStatus: number, toolStatus: number, writeFailures: [failure])
                report.omittedWriteFailures = number
                report.usage = Usage(
                    wallSeconds: seconds, userSeconds: seconds, systemSeconds: seconds,
                    peakMemoryBytes: number)
                report.phases[0].seconds = seconds
                report.redirects = [
                    CacheRedirect(path: "/x", cache: "x", scratch: "/y", count: number)
                ]
                report.artifacts = [Artifact(path: "/x", sha256: "", bytes: number)]
                for options in Self.options {
                    let text = TextReport(report, options: options).rendered { _ in "x" }
                    try expectSafe(text, width: options.width)
                }
            }
        }
    }

    @Test("a flood of failed writes is cut short")
    func flood() {
        let failures = (0..<20_000).map { number in
            var failure = Sample.install("/usr/\(number)")
            failure.recipeLine = number % 5_000 + 1
            return failure
        }
        let report = Sample.failure(exitStatus: 3, writeFailures: failures)
        let text = TextReport(report).rendered()
        #expect(text.split(separator: "\n").count < 50)
        #expect(text.contains("and 19,988 more failed writes"))
        let options = TextReport.Options(verbosity: .verbose)
        #expect(TextReport(report, options: options).rendered().utf8.count < 200_000)
    }

    @Test("in an error message", arguments: strings.indices)
    func errorText(_ index: Int) throws {
        let text = Self.strings[index]
        let error = UserError(
            "cannot read " + text, step: text, cause: text, hint: text, exitStatus: .usage)
        let shown = ErrorText(error).rendered()
        try expectSafe(shown, width: nil, beginnings: ["pkgsandbox: error: ", "  "])
        #expect(shown.split(separator: "\n").count == (text.isEmpty ? 1 : 4))
    }

    /// The number of lines that an error begins in.
    private static func errors(_ text: String) -> Int {
        text.split(separator: "\n").filter { $0.hasPrefix("error:") }.count
    }

    private func expectSafe(
        _ text: String, width: Int?, beginnings: [String] = beginnings
    ) throws {
        #expect(text.isEmpty || text.hasSuffix("\n"))
        let bad = text.unicodeScalars.first { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n"
            case .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
            case .spaceSeparator: scalar != " "
            default: scalar.properties.isDefaultIgnorableCodePoint
            }
        }
        #expect(bad == nil, "\(bad.map { String($0.value, radix: 16) } ?? "")")
        for line in text.split(separator: "\n") {
            let isKnown = beginnings.contains { line.hasPrefix($0) }
            #expect(isKnown, "\(line.debugDescription)")
            if let width {
                let columns = line.unicodeScalars.reduce(0) { $0 + Self.columns($1) }
                #expect(columns <= width, "\(line.debugDescription)")
            }
        }
    }

    /// The columns of a scalar of the strings above.
    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x300...0x36F: 0
        case 0x3040...0x9FFF, 0x1F9E8: 2
        default: 1
        }
    }
}
