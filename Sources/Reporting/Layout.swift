/// What a piece of a line is, which decides its colour.
enum Style: Sendable {
    case plain, strong, error, warning, note, good, faint

    /// The SGR parameters (ECMA-48) that set the style; nil for plain text.
    var sgr: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .error: "1;31"
        case .warning: "1;33"
        case .note: "1;36"
        case .good: "1;32"
        case .faint: "2"
        }
    }
}

/// A piece of a line in one style.
struct Span: Sendable {
    var text: Visible
    var style: Style

    init(_ text: Visible, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

/// Lines that are put together piece by piece, none wider than the page.
struct Page: Sendable {
    /// The width of a page that has no limit.
    static let unlimited = 1_000_000

    /// The columns that a line may take.
    let width: Int
    /// The columns that a single path or argument may take, over all its lines.
    let longestWord: Int
    /// The columns that a piece of a paragraph may take.
    private let longestText: Int
    private(set) var lines: [[Span]] = []

    init(width: Int?, longestWord: Int) {
        self.width = max(width ?? Self.unlimited, 40)
        self.longestWord = longestWord
        longestText = 4 * longestWord
    }

    /// Adds an empty line, except at the top and after another one.
    mutating func blank() {
        if let last = lines.last, !last.isEmpty { lines.append([]) }
    }

    /// Adds one line as it is; what does not fit is cut from its last piece.
    mutating func line(_ spans: [Span]) {
        var spans = spans
        let total = spans.reduce(0) { $0 + $1.text.columns }
        if total > width, let last = spans.popLast() {
            let room = last.text.columns - (total - width)
            spans.append(Span(last.text.cut(to: room), last.style))
        }
        lines.append(spans)
    }

    /// Adds spans, a space between each two, in as many lines as it takes. `first` begins the first
    /// line, `rest` the others.
    mutating func paragraph(first: [Span], rest: [Span], _ spans: [Span]) {
        var line = first
        var used = first.reduce(0) { $0 + $1.text.columns }
        var isEmpty = true
        let indent = rest.reduce(0) { $0 + $1.text.columns }
        for (word, style) in words(spans, room: max(width - max(indent, used), 16)) {
            let columns = word.columns
            if !isEmpty, used + 1 + columns > width {
                lines.append(line)
                line = rest
                used = indent
                isEmpty = true
            }
            if isEmpty {
                line.append(Span(word, style))
            } else if let last = line.last, last.style == style {
                line[line.count - 1].text = last.text + " " + word
                used += 1
            } else {
                line += [Span(" "), Span(word, style)]
                used += 1
            }
            used += columns
            isEmpty = false
        }
        lines.append(line)
    }

    /// The words of a paragraph, those that are wider than `room` in pieces.
    private func words(_ spans: [Span], room: Int) -> [(Visible, Style)] {
        var words: [(Visible, Style)] = []
        for span in spans {
            for piece in span.text.cut(to: longestText).pieces {
                let word = piece.cut(to: min(longestWord, max(3 * room, 240)))
                if word.columns <= room {
                    words.append((word, span.style))
                } else {
                    words += word.chunks(of: room).map { ($0, span.style) }
                }
            }
        }
        return words
    }

    /// The lines up to the last that is not empty, with escape sequences for colours if wanted, each ended by a newline.
    func rendered(colour: Bool) -> String {
        var result = ""
        let end = lines.lastIndex { !$0.isEmpty } ?? -1
        for line in lines.prefix(end + 1) {
            for span in line {
                let text = span.text.printable
                if colour, let sgr = span.style.sgr, !text.isEmpty {
                    result += "\u{1B}[" + sgr + "m" + text + "\u{1B}[0m"
                } else {
                    result += text
                }
            }
            // A gutter alone leaves a space behind.
            while !colour, result.hasSuffix(" ") { result.removeLast() }
            result += "\n"
        }
        return result
    }
}
