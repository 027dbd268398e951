internal import SandboxModel

/// The parts of a text report, in their order.
struct TextSections {
    let report: RunReport
    let options: TextReport.Options
    let sourceLines: (Int) -> String?

    /// Diagnostics that are shown before the rest is only counted.
    private var mostDiagnostics: Int {
        switch options.verbosity {
        case .quiet: 1
        case .normal: 3
        case .verbose: 100
        }
    }

    private var isQuiet: Bool { options.verbosity == .quiet }
    private var isVerbose: Bool { options.verbosity == .verbose }
    private var isCommand: Bool { report.recipe.kind == "command" }

    /// `--strict` turned a success into a failure.
    private var isStrictFailure: Bool {
        report.outcome.exitStatus == ExitStatus.strict.rawValue
            && (report.outcome.toolStatus ?? 0) == 0
    }

    private var isSuccess: Bool { report.outcome.result == .succeeded && !isStrictFailure }

    /// The failed writes that the outcome is due to.
    private var blamed: [WriteFailure] {
        if isSuccess { return [] }
        if isStrictFailure { return report.writeFailures }
        return report.writeFailures.filter { $0.verdict == .fatal }
    }

    private var harmless: [WriteFailure] {
        if isSuccess { return report.writeFailures }
        if isStrictFailure { return [] }
        return report.writeFailures.filter { $0.verdict == .benign }
    }

    /// Adds the whole report to a page.
    func write(to page: inout Page) {
        let blamed = FailureGroup.groups(of: blamed)
        if isSuccess {
            success(&page)
        } else {
            failure(&page, explained: !blamed.isEmpty)
            diagnostics(&page, blamed)
        }
        guard !isQuiet else { return }
        if !isSuccess { page.blank() }
        if !isSuccess, !blamed.isEmpty, !isStrictFailure { ending(&page) }
        notes(&page)
        if isVerbose { details(&page) }
    }

    // MARK: How it ended

    private func success(_ page: inout Page) {
        guard !isQuiet, !isCommand || isVerbose else { return }
        let title = Wording.title(report.recipe)
        let time = Wording.duration(report.usage.wallSeconds)
        let done = Span(isCommand ? "succeeded:" : "built", .good)
        let packages = report.artifacts.map(package)
        guard !packages.isEmpty else {
            page.paragraph(first: [], rest: [Span("  ")], [done, Span("\(title) in \(time)")])
            return
        }
        let list = packages.joined(by: ", ")
        let short: Visible = "\(title) in \(time): \(list)"
        if packages.count <= 3, done.text.columns + 1 + short.columns <= page.width {
            page.line([done, Span(" "), Span(short)])
            return
        }
        let number: Visible = packages.count > 1 ? " \(packages.count) packages" : ""
        page.paragraph(
            first: [], rest: [Span("  ")], [done, Span("\(title) in \(time):\(number)")])
        for package in packages {
            page.paragraph(first: [Span("  ")], rest: [Span("    ")], [Span(package)])
        }
    }

    private func package(_ artifact: Artifact) -> Visible {
        "\(word: Wording.baseName(artifact.path)) (\(Wording.bytes(artifact.bytes)))"
    }

    /// The headline of a failure that is no failed write's, or not only.
    private func failure(_ page: inout Page, explained: Bool) {
        let outcome = report.outcome
        let subject =
            outcome.phase.map { Wording.phase($0, kind: report.recipe.kind) }
            ?? Wording.title(report.recipe)
        let after = Wording.duration(report.usage.wallSeconds)
        switch outcome.result {
        case .succeeded:
            let number = Wording.count(
                report.writeFailures.count, "failed write", "failed writes")
            error(
                &page, "\(Wording.title(report.recipe)) was built, but with \(number)",
                "--strict takes any failed write for a failure")
        case .failed where isStrictFailure:
            let number = Wording.count(
                report.writeFailures.count, "failed write", "failed writes")
            error(&page, "\(number) in a build that --strict allows none in")
        case .failed:
            guard !explained else { return }
            guard !isCommand || isVerbose else { return }
            error(
                &page, "\(subject) failed after \(after); no failed write explains it",
                ending: endOfTool, "its own messages, above, say what went wrong")
        case .timedOut:
            error(
                &page, "\(subject) was stopped after \(after): time is up",
                "--timeout sets another limit")
        case .interrupted:
            error(&page, "\(subject) was interrupted after \(after)", ending: endOfTool)
        case .setupFailed:
            error(
                &page, "the sandbox could not be set up", "see `pkgsandbox doctor`")
        case .limitExceeded:
            error(
                &page, "\(subject) was stopped after \(after): a limit was reached",
                "--memory and --tasks set limits, --scratch names a larger disk")
        }
    }

    private var endOfTool: Visible? {
        report.outcome.toolStatus.map {
            "\(Wording.tool(report.recipe.kind)) \(Wording.end(status: $0))"
        }
    }

    private func error(
        _ page: inout Page, _ headline: Visible, ending: Visible? = nil, _ advice: Visible? = nil
    ) {
        page.paragraph(
            first: [Span("error:", .error), Span(" ")], rest: [Span("  ")],
            [Span(headline, .strong)])
        let indent = Span("  ")
        if let message = Visible(unlessBlank: report.outcome.message) {
            page.paragraph(
                first: [indent, Span("cause ", .note)], rest: [Span("        ")],
                [Span(message)])
        }
        if let ending, !isQuiet {
            page.paragraph(
                first: [indent, Span("end   ", .note)], rest: [Span("        ")], [Span(ending)])
        }
        if let advice {
            page.paragraph(
                first: [indent, Span("hint  ", .good)], rest: [Span("        ")], [Span(advice)])
        }
    }

    // MARK: Failed writes

    private func diagnostics(_ page: inout Page, _ groups: [FailureGroup]) {
        for group in groups.prefix(mostDiagnostics) {
            if !isQuiet { page.blank() }
            diagnostic(&page, group, isError: true)
        }
        let rest = groups.dropFirst(mostDiagnostics)
        guard !rest.isEmpty else { return }
        if !isQuiet { page.blank() }
        let number = rest.reduce(0) { $0 + $1.count }
        page.paragraph(
            first: [Span("error:", .error), Span(" ")], rest: [Span("  ")],
            [
                Span(
                    "and \(Wording.count(number, "more failed write", "more failed writes"))",
                    .strong),
                Span(isVerbose ? "" : "(\(whereToLook(number)))"),
            ])
    }

    private func diagnostic(_ page: inout Page, _ group: FailureGroup, isError: Bool) {
        let name = options.recipeName ?? Wording.baseName(report.recipe.path)
        let depth: Diagnostic.Depth = isQuiet ? .short : isVerbose ? .full : .normal
        Diagnostic(
            group: group, recipe: report.recipe, recipeName: name, depth: depth, isError: isError,
            sourceLine: group.first.recipeLine.flatMap(sourceLines)
        ).write(to: &page)
    }

    private func whereToLook(_ number: Int) -> Visible {
        let show: Visible = number == 1 ? "shows it" : "shows them"
        guard let file = options.reportFile else { return "-v \(show)" }
        return "pkgsandbox report \(word: file) -v \(show)"
    }

    // MARK: The rest

    /// How the run ended, behind the failed writes that explain it.
    private func ending(_ page: inout Page) {
        guard report.outcome.result == .failed else { return }
        let phase = report.outcome.phase.map { Wording.phase($0, kind: report.recipe.kind) }
        let place: Visible = phase.map { " in \($0)" } ?? ""
        let end: Visible = endOfTool.map { ": \($0)" } ?? ""
        let after = Wording.duration(report.usage.wallSeconds)
        note(&page, "\(Wording.title(report.recipe)) failed\(place) after \(after)\(end)")
        if let message = Visible(unlessBlank: report.outcome.message) { note(&page, message) }
    }

    private func note(_ page: inout Page, _ text: Visible) {
        page.paragraph(first: [Span("note:", .note), Span(" ")], rest: [Span("  ")], [Span(text)])
    }

    private func notes(_ page: inout Page) {
        redirects(&page)
        harmlessWrites(&page)
        for item in report.degradations {
            var spans = [Span("without \(item.feature): \(item.reason)")]
            if let remedy = Visible(unlessBlank: item.remedy) {
                spans += [Span("— fix:", .good), Span(remedy)]
            }
            page.paragraph(
                first: [Span("warning:", .warning), Span(" ")], rest: [Span("  ")], spans)
        }
    }

    /// One line for each cache.
    private func redirects(_ page: inout Page) {
        var caches: [String] = []
        var byCache: [String: [CacheRedirect]] = [:]
        for redirect in report.redirects {
            if byCache[redirect.cache] == nil { caches.append(redirect.cache) }
            byCache[redirect.cache, default: []].append(redirect)
        }
        for cache in caches {
            guard let items = byCache[cache], let first = items.first else { continue }
            let others: Visible = items.count > 1 ? " and \(items.count - 1) more" : ""
            note(
                &page,
                "redirected \(cache) cache: \(word: first.path)\(others) → \(word: first.scratch)")
            guard isVerbose, items.count > 1 else { continue }
            for item in items {
                page.paragraph(
                    first: [Span("  ")], rest: [Span("    ")],
                    [
                        Span("\(word: item.path) → \(word: item.scratch),"),
                        Span(Wording.count(item.count, "use", "uses")),
                    ])
            }
        }
    }

    private func harmlessWrites(_ page: inout Page) {
        let omitted = max(report.omittedWriteFailures, 0)
        if !harmless.isEmpty {
            let number = Wording.count(
                harmless.count, "harmless failed write", "harmless failed writes")
            note(&page, isVerbose ? number : "\(number) (\(whereToLook(harmless.count)))")
        }
        if omitted > 0 {
            let number = Wording.count(omitted, "more failed write was", "more failed writes were")
            note(&page, "\(number) counted, but not kept one by one")
        }
        guard isVerbose, !harmless.isEmpty else { return }
        let groups = FailureGroup.groups(of: harmless)
        for group in groups.prefix(mostDiagnostics) {
            page.blank()
            diagnostic(&page, group, isError: false)
        }
        page.blank()
        let rest = groups.dropFirst(mostDiagnostics)
        if !rest.isEmpty {
            note(&page, "and \(Wording.grouped(rest.reduce(0) { $0 + $1.count })) more")
        }
    }

    /// What only `-v` shows.
    private func details(_ page: inout Page) {
        page.blank()
        for phase in report.phases {
            let failed = phase.result == .failed
            page.paragraph(
                first: [Span("phase:", .note), Span(" ")], rest: [Span("  ")],
                [
                    Span(Visible(phase.name).cut(to: 40)),
                    Span(failed ? "failed" : "succeeded", failed ? .error : .good),
                    Span("in \(Wording.duration(phase.seconds))"),
                ])
        }
        for artifact in report.artifacts {
            page.paragraph(
                first: [Span("package: ", .note)], rest: [Span("  ")],
                [
                    Span("\(word: artifact.path)"),
                    Span("(\(Wording.bytes(artifact.bytes)),"),
                    Span("sha256 \(artifact.sha256))"),
                ])
        }
        detail(&page, "usage", usage)
        detail(&page, "host", host)
        detail(&page, "exit status", "\(report.outcome.exitStatus)")
    }

    private func detail(_ page: inout Page, _ label: Visible, _ text: Visible) {
        guard !text.isEmpty else { return }
        page.paragraph(
            first: [Span("\(label): ", .note)], rest: [Span("  ")], [Span(text)])
    }

    private var usage: Visible {
        let usage = report.usage
        return [
            "\(Wording.duration(usage.wallSeconds)) elapsed",
            "\(Wording.duration(usage.userSeconds)) user",
            "\(Wording.duration(usage.systemSeconds)) system",
            "\(Wording.bytes(usage.peakMemoryBytes)) of memory at most in one process",
        ].joined(by: ", ")
    }

    private var host: Visible {
        let host = report.host
        var parts: [Visible] = []
        if let version = host.version { parts.append("pkgsandbox \(version)") }
        if let kernel = host.kernel { parts.append("Linux \(kernel)") }
        if let architecture = host.architecture { parts.append(Visible(architecture)) }
        if let distribution = host.distribution { parts.append(Visible(distribution)) }
        if let user = host.buildUser { parts.append("built as uid \(user)") }
        return parts.joined(by: ", ")
    }
}
