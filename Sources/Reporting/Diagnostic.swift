internal import SandboxModel

/// One kind of failed write, explained: a headline, the line of the recipe, the fix, then the facts.
struct Diagnostic {
    /// How much is told.
    enum Depth: Comparable {
        /// The headline, the line and the fix.
        case short
        case normal
        case full
    }

    let group: FailureGroup
    let recipe: RecipeSummary
    /// The recipe as it is named in front of a line number.
    let recipeName: String
    let depth: Depth
    /// A harmless one is a note.
    let isError: Bool
    let sourceLine: String?

    private var failure: WriteFailure { group.first }

    /// The line of the recipe, if it is one that a recipe can have.
    private var line: Int? {
        failure.recipeLine.flatMap { (1...9_999_999).contains($0) ? $0 : nil }
    }

    /// Adds the diagnostic to a page.
    func write(to page: inout Page) {
        headline(&page)
        let margin = line.map { String($0).count + 1 } ?? 3
        var gutter = Gutter(margin: max(margin, 3))
        location(&page, gutter)
        let entries = entries(page)
        for (index, entry) in entries.enumerated() {
            gutter.isLast = index == entries.count - 1
            page.paragraph(
                first: [gutter.branch, Span("\(entry.label)  ", entry.style)],
                rest: [gutter.below, Span("      ")], entry.content)
        }
    }

    private func headline(_ page: inout Page) {
        let label: Span = isError ? Span("error:", .error) : Span("harmless:", .note)
        let subject: Visible
        if let phase = failure.phase {
            subject = Wording.phase(phase, kind: recipe.kind)
        } else {
            subject = program(failure.process).cut(to: 40)
        }
        let verb = Wording.verb(failure.operation)
        page.paragraph(
            first: [label, Span(" ")], rest: [Span("  ")],
            [
                Span("\(subject) tried to \(verb)", .strong),
                Span("\(shownPath(page)), \(Wording.obstacle(failure.reason))", .strong),
            ])
    }

    /// The path as it is shown in the headline: in one line.
    private func shownPath(_ page: Page) -> Visible {
        Visible(word: failure.path).cut(to: min(page.width, 400) - 4)
    }

    /// Names the recipe's line, and shows it where it is known.
    private func location(_ page: inout Page, _ gutter: Gutter) {
        guard recipe.kind != "command", line != nil || failure.phase != nil else {
            return
        }
        var place: Visible = "\(word: recipeName)"
        if let line { place = place + ":\(line)" }
        if let function = Visible(unlessBlank: failure.recipeFunction) {
            place = place + " in \(function.cut(to: 60))()"
        } else if line == nil, let phase = failure.phase {
            place = place + " in \(Wording.phase(phase, kind: recipe.kind))"
        }
        page.line([gutter.corner, Span(place)])
        guard let number = line, let text = sourceLine.map(Self.trimmed),
            !text.isEmpty
        else { return }
        page.line([gutter.number(number), Span("  "), Span(Visible(text), .strong)])
        page.line([gutter.bar])
    }

    private struct Entry {
        var label: Visible
        var style: Style = .note
        var content: [Span]
    }

    private func entries(_ page: Page) -> [Entry] {
        var entries: [Entry] = []
        if let hint = Visible(unlessBlank: failure.hint) {
            entries.append(Entry(label: "fix ", style: .good, content: [Span(hint)]))
        } else if isError {
            let remedy = Wording.remedy(failure, kind: recipe.kind)
            entries.append(Entry(label: "fix ", style: .good, content: [Span(remedy)]))
        }
        guard depth > .short else { return entries }
        entries.append(Entry(label: "why ", content: why))
        let path = Visible(word: failure.path)
        if path != shownPath(page) { entries.append(Entry(label: "path", content: [Span(path)])) }
        entries.append(Entry(label: "call", content: [Span(call)]))
        if let more { entries.append(Entry(label: "more", content: more)) }
        entries.append(Entry(label: "by  ", content: [Span(chain)]))
        let directory = failure.process.workingDirectory ?? ""
        if !directory.isEmpty, depth == .full || !requested.hasPrefix("/") {
            entries.append(Entry(label: "in  ", content: [Span("\(word: directory)")]))
        }
        if let command = command(failure.process, page) {
            entries.append(Entry(label: "ran ", content: [Span(command, .faint)]))
        }
        if depth == .full { entries += fullEntries(page) }
        return entries
    }

    private var why: [Span] {
        let explanation = Wording.explanation(failure.reason)
        guard let evidence = Visible(unlessBlank: failure.evidence) else {
            return [Span(explanation)]
        }
        return [Span("\(explanation) (\(evidence))")]
    }

    /// The path as the process gave it; calls on descriptors give none.
    private var requested: String {
        failure.requestedPath.isEmpty ? failure.path : failure.requestedPath
    }

    private var call: Visible {
        let name = Visible(failure.call).cut(to: 40)
        let attempts: Visible =
            failure.count > 1 ? ", \(Wording.grouped(failure.count)) attempts" : ""
        return "\(name)(2) on \(word: requested): \(Wording.error(failure.errno))\(attempts)"
    }

    /// The other paths of the group.
    private var more: [Span]? {
        guard !group.others.isEmpty else { return nil }
        let shown = group.others.prefix(depth == .full ? 40 : 3)
        var paths: [Visible] = []
        for other in shown {
            let path: Visible = "\(word: other.path)"
            if !paths.contains(path), other.path != failure.path { paths.append(path) }
        }
        let total: Visible = Wording.count(group.others.count, "like it", "like it")
        if paths.isEmpty { return [Span(total)] }
        let end: Visible = group.others.count > shown.count ? ", …" : ""
        return [Span("\(total): \(paths.joined(by: ", "))\(end)")]
    }

    /// The process and those that started it: `install (pid 231) ← make ← bash`.
    private var chain: Visible {
        let shown = failure.ancestry.prefix(6)
        var parts = [program(failure.process).cut(to: 60) + " (pid \(failure.process.pid))"]
        parts += shown.map { program($0).cut(to: 60) }
        if failure.ancestry.count > shown.count { parts.append("…") }
        return parts.joined(by: " ← ")
    }

    /// The program that a process runs, without its directory.
    private func program(_ process: ProcessSummary) -> Visible {
        let name = Wording.baseName(process.executable)
        return name.isEmpty ? "an unknown program" : "\(word: name)"
    }

    /// The arguments of a process, if they say more than its name.
    private func command(_ process: ProcessSummary, _ page: Page) -> Visible? {
        guard process.arguments.count > 1 else { return nil }
        var words: [Visible] = []
        let limit = depth == .full ? 4096 : max(2 * min(page.width, 120) - 40, 60)
        var used = 0
        for argument in process.arguments {
            let word = Visible(word: argument).cut(to: depth == .full ? 1024 : 120)
            used += word.columns + 1
            if used > limit {
                words.append("…")
                break
            }
            words.append(word)
        }
        return words.joined(by: " ")
    }

    private func fullEntries(_ page: Page) -> [Entry] {
        var entries: [Entry] = []
        for ancestor in failure.ancestry.prefix(12) {
            let name: Visible = "\(program(ancestor)) (pid \(ancestor.pid))"
            let command = command(ancestor, page)
            let text: Visible = command.map { "\(name): \($0)" } ?? name
            entries.append(Entry(label: "from", content: [Span(text, .faint)]))
        }
        if let rule = Visible(unlessBlank: failure.rule) {
            entries.append(Entry(label: "rule", content: [Span(rule)]))
        }
        if let judged = Visible(unlessBlank: failure.verdictReason) {
            let verdict: Visible = failure.verdict == .fatal ? "fatal" : "harmless"
            entries.append(Entry(label: "then", content: [Span("\(verdict): \(judged)")]))
        }
        return entries
    }

    /// A line of the recipe without its indentation; other tabs as spaces.
    private static func trimmed(_ line: String) -> String {
        var scalars = Substring(line).unicodeScalars
        while let first = scalars.first, first == " " || first == "\t" { scalars.removeFirst() }
        while let last = scalars.last, [" ", "\t", "\r", "\n"].contains(last) {
            scalars.removeLast()
        }
        var result = String.UnicodeScalarView()
        for scalar in scalars { result.append(scalar == "\t" ? " " : scalar) }
        return String(result)
    }
}

/// The line that is drawn down the left of a diagnostic.
private struct Gutter {
    /// The columns to the left of it.
    var margin: Int
    var isLast = false

    private var blank: Visible { Visible(String(repeating: " ", count: margin)) }

    var corner: Span { Span("\(blank)╭─ ", .faint) }
    var bar: Span { Span("\(blank)│ ", .faint) }
    var branch: Span { Span(isLast ? "\(blank)╰─ " : "\(blank)├─ ", .faint) }
    var below: Span { Span(isLast ? "\(blank)   " : "\(blank)│  ", .faint) }

    func number(_ number: Int) -> Span {
        let digits = String(number)
        let pad = String(repeating: " ", count: max(margin - digits.count - 1, 0))
        return Span("\(pad)\(digits) │ ", .faint)
    }
}
