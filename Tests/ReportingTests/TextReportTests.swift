import Reporting
import SandboxModel
import Testing

/// A report that is rendered in every form.
struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var report: RunReport
    var testDescription: String { name }
}

@Suite("Text report")
struct TextReportTests {
    static let wide = TextReport.Options(width: 140)
    static let verbose = TextReport.Options(verbosity: .verbose, reportFile: "lua.json")

    static func text(
        _ report: RunReport,
        _ options: TextReport.Options = TextReport.Options(reportFile: "r.json")
    ) -> String {
        TextReport(report, options: options).rendered(sourceLines: Sample.source)
    }

    static var cases: [Case] {
        var twoPackages = Sample.success
        twoPackages.artifacts += (1...3).map { number in
            var artifact = Sample.artifact
            artifact.path = "/out/lua-docs-\(number)-5.4.4-1-any.pkg.tar.zst"
            artifact.bytes = number * 1_000_000
            return artifact
        }
        var busy = Sample.success
        busy.redirects = Sample.redirects
        busy.degradations = Sample.degradations
        busy.writeFailures = [1, 2, 3].map(Sample.harmless)
        busy.omittedWriteFailures = 5_312
        var strict = busy
        strict.outcome.exitStatus = 4
        var command = Sample.forgottenDestdir
        command.recipe = RecipeSummary(kind: "command", path: "/home/anna/lua")
        command.outcome.phase = nil
        command.writeFailures = command.writeFailures.map { failure in
            var failure = failure
            failure.phase = nil
            failure.recipeLine = nil
            failure.recipeFunction = nil
            failure.hint = nil
            return failure
        }
        let reports: [(String, RunReport)] = [
            ("success", Sample.success),
            ("success-packages", twoPackages),
            ("success-notes", busy),
            ("strict", strict),
            ("forgotten-destdir", Sample.forgottenDestdir),
            (
                "thinlto",
                Sample.failure(exitStatus: 3, phase: "build", writeFailures: [Sample.thinlto])
            ),
            ("many-causes", Sample.manyCauses),
            ("command", command),
            (
                "unexplained",
                Sample.failure(
                    exitStatus: 1, phase: "build", writeFailures: [1, 2].map(Sample.harmless))
            ),
            (
                "timed-out",
                Sample.failure(.timedOut, exitStatus: 6, toolStatus: 137, phase: "check")
            ),
            (
                "interrupted",
                Sample.failure(.interrupted, exitStatus: 130, toolStatus: 130, phase: "build")
            ),
            (
                "setup-failed",
                Sample.failure(
                    .setupFailed, exitStatus: 5, toolStatus: nil, phase: nil,
                    message: "cannot create user namespace: Operation not permitted (EPERM)")
            ),
            (
                "limit",
                Sample.failure(
                    .limitExceeded, exitStatus: 7, phase: "build",
                    message: "/var/tmp/pkgsandbox is full: No space left on device (ENOSPC)")
            ),
        ]
        return reports.map { Case(name: $0.0, report: $0.1) }
    }

    @Test("in 80 columns", arguments: cases)
    func normal(_ sample: Case) throws {
        try expectSnapshot(Self.text(sample.report), "\(sample.name).txt")
    }

    @Test("on a wide terminal", arguments: cases)
    func wide(_ sample: Case) throws {
        try expectSnapshot(Self.text(sample.report, Self.wide), "\(sample.name).wide.txt")
    }

    @Test("quiet", arguments: cases)
    func quiet(_ sample: Case) throws {
        let text = Self.text(sample.report, TextReport.Options(verbosity: .quiet))
        try expectSnapshot(text, "\(sample.name).quiet.txt")
    }

    @Test("verbose", arguments: cases)
    func verbose(_ sample: Case) throws {
        try expectSnapshot(Self.text(sample.report, Self.verbose), "\(sample.name).verbose.txt")
    }

    @Test("in colour", arguments: cases)
    func colour(_ sample: Case) throws {
        let text = Self.text(sample.report, TextReport.Options(colour: true, reportFile: "r.json"))
        try expectSnapshot(
            text.replacingEscape(with: "␛"), "\(sample.name).colour.txt")
    }
}

extension String {
    /// Makes escape sequences readable in a snapshot.
    func replacingEscape(with sign: Character) -> String {
        String(map { $0 == "\u{1B}" ? sign : $0 })
    }
}

@Suite("Wording")
struct WordingTests {
    @Test(
        "says what was tried",
        arguments: [
            ("write-file", "write to"), ("create-directory", "create the directory"),
            ("create-symbolic-link", "create the symbolic link"),
            ("create-link", "create the link"),
            ("create-node", "create the special file"), ("create-socket", "create the socket"),
            ("remove", "remove"), ("rename", "rename"), ("truncate-file", "truncate"),
            ("change-mode", "change the mode of"), ("change-owner", "change the owner of"),
            ("change-times", "change the time stamps of"),
            ("change-attribute", "change an attribute of"), ("added-later", "write to"),
        ])
    func operation(_ word: String, _ verb: String) {
        var failure = Sample.install("/usr/x")
        failure.operation = word
        let report = Sample.failure(exitStatus: 3, writeFailures: [failure])
        #expect(
            TextReportTests.text(report, TextReportTests.wide).hasPrefix(
                "error: package() tried to \(verb) /usr/x, in a read-only system directory\n"))
    }

    @Test("gives sizes and times in units for people")
    func units() {
        func line(_ seconds: Double, _ bytes: Int) -> String {
            var report = Sample.success
            report.usage.wallSeconds = seconds
            report.artifacts[0].path = "/p"
            report.artifacts[0].bytes = bytes
            return TextReportTests.text(report)
        }
        #expect(line(0, 0) == "built lua 5.4.4-1 in 0.0 s: p (0 B)\n")
        #expect(line(59.94, 1023) == "built lua 5.4.4-1 in 59.9 s: p (1023 B)\n")
        #expect(line(59.96, 1024) == "built lua 5.4.4-1 in 1 min: p (1.0 KiB)\n")
        #expect(line(125, 1_048_575) == "built lua 5.4.4-1 in 2 min 5 s: p (1.0 MiB)\n")
        #expect(line(3599.7, 5 << 30) == "built lua 5.4.4-1 in 1 h 0 min: p (5.0 GiB)\n")
        #expect(line(86_400, Int.max) == "built lua 5.4.4-1 in 24 h 0 min: p (8.0 EiB)\n")
    }

    @Test("says nothing about a command that no failed write broke")
    func command() {
        var report = Sample.success
        report.recipe = RecipeSummary(kind: "command", path: "/home/anna")
        report.artifacts = []
        #expect(TextReportTests.text(report) == "")
        report.outcome = Outcome(result: .failed, exitStatus: 1, toolStatus: 1)
        #expect(TextReportTests.text(report) == "")
        // A command's own status 4 is not that of --strict.
        report.outcome = Outcome(result: .failed, exitStatus: 4, toolStatus: 4)
        #expect(TextReportTests.text(report) == "")
    }
}
