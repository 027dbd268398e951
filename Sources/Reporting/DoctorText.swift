public import SandboxModel

/// What a machine allows, as lines for a person: all that was tried, and how to mend what failed.
///
/// Nothing in it acts on a terminal, whatever paths, programs and the kernel's answers hold.
public struct DoctorText: Sendable {
    private let facts: HostFacts

    /// Prepares facts to be rendered.
    public init(_ facts: HostFacts) {
        self.facts = facts
    }

    /// The facts as JSON, as `docs/doctor.md` describes it.
    ///
    /// - Throws: never in fact: there are no numbers that JSON does not have.
    public func json() throws(UserError) -> String { try JSONText.encode(facts) }

    /// The text, each line ended by a newline.
    ///
    /// - Parameters:
    ///   - colour: whether to use ANSI escape sequences for colours.
    ///   - width: the columns of the terminal; nil breaks no line.
    public func rendered(colour: Bool = false, width: Int? = nil) -> String {
        var page = Page(width: width, longestWord: Page.unlimited / 4)
        page.paragraph(first: [], rest: [Span("  ")], [Span(machine, .strong)])
        for group in HostProbe.Name.Group.allCases {
            let probes = facts.probes.filter { $0.name.group == group }
            guard !probes.isEmpty else { continue }
            page.blank()
            page.line([Span(Visible(group.rawValue), .strong)])
            for probe in probes { add(probe, to: &page) }
        }
        page.blank()
        for (text, style) in conclusion {
            page.paragraph(first: [], rest: [Span("  ")], [Span(text, style)])
        }
        return page.rendered(colour: colour)
    }

    private var machine: Visible {
        let host = facts.host
        let parts = [
            host.distribution, host.kernel.map { "Linux \($0)" }, host.architecture,
            host.version.map { "pkgsandbox \($0)" }, host.buildUser.map { "builds as user \($0)" },
        ]
        return parts.compactMap { $0.map { Visible($0) } }.joined(by: ", ")
    }

    private func add(_ probe: HostProbe, to page: inout Page) {
        let mark = padded(Visible(probe.status.rawValue), to: 9)
        let name = padded(Visible(probe.name.rawValue), to: nameWidth)
        let indent = Span(padded("", to: 2 + 9 + 1 + nameWidth + 1))
        var text = Visible(probe.tried)
        if let detail = probe.detail { text = text + ": " + Visible(detail) }
        page.paragraph(
            first: [Span("  "), Span(mark, style(probe)), Span(" \(name) ")], rest: [indent],
            [Span(text, probe.status == .ok ? .faint : .plain)])
        for (label, text, style) in [
            ("reason" as Visible, probe.reason, Style.warning), ("cause", probe.cause, .note),
            ("mend", probe.remedy, .good),
        ] {
            guard let text = Visible(unlessBlank: text) else { continue }
            page.paragraph(
                first: [Span(padded("", to: 12)), Span(padded(label + ":", to: 8), style)],
                rest: [Span(padded("", to: 20))], [Span(text)])
        }
    }

    private var nameWidth: Int {
        facts.probes.reduce(0) { max($0, Columns.count($1.name.rawValue)) }
    }

    private func padded(_ text: Visible, to columns: Int) -> Visible {
        var result = text
        for _ in 0..<max(0, columns - text.columns) { result = result + " " }
        return result
    }

    private func style(_ probe: HostProbe) -> Style {
        switch probe.status {
        case .ok: .good
        case .degraded: .warning
        case .missing: .error
        case .untried: probe.need == .optional ? .note : .error
        }
    }

    private var conclusion: [(Visible, Style)] {
        var result: [(Visible, Style)] = []
        let missing = names { $0.status == .missing }
        if facts.canBuild {
            result.append(("builds can run", .good))
        } else if facts.canRun {
            result.append(("builds cannot run, `run` and `shell` can: \(missing)", .error))
        } else {
            let blocked = missing.isEmpty ? names { !$0.status.isUsable } : missing
            result.append(("no sandbox can be made: \(blocked)", .error))
        }
        let degraded = names { $0.status == .degraded }
        if !degraded.isEmpty { result.append(("done without: \(degraded)", .warning)) }
        return result
    }

    private func names(_ isMeant: (HostProbe) -> Bool) -> Visible {
        facts.probes.filter(isMeant).map { Visible($0.name.rawValue) }.joined(by: ", ")
    }
}
