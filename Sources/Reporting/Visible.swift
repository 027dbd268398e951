/// Text that is safe to print: a literal of this module, or text from elsewhere in which every
/// character that could move the cursor, start a line, change colours or reorder text is escaped.
///
/// Interpolating a `String` escapes it, so text from the build cannot get in unescaped by accident:
///
///     let line: Visible = "by \(word: process.executable): \(report.outcome.message ?? "")"
struct Visible: Sendable, Equatable {
    /// Stands for a space that a line is not broken at; in no text from elsewhere, as it is escaped.
    static let glue: Unicode.Scalar = "\u{A0}"

    /// Printable, except that `glue` stands for some of its spaces.
    private(set) var text: String

    private init(trusted text: String) { self.text = text }

    /// Prose from elsewhere: a message, a hint, a name. Lines may be broken at its spaces.
    init(_ prose: String) {
        text = Escaping.escape(prose)
    }

    /// Prose from elsewhere, if there is any and it is more than spaces.
    init?(unlessBlank prose: String?) {
        guard let prose, prose.contains(where: { $0 != " " }) else { return nil }
        self.init(prose)
    }

    /// A path or an argument from elsewhere, as a shell takes it: bare where that is unambiguous,
    /// else `'…'`, or `$'…'` where it holds something that has to be escaped. Lines are not broken
    /// at its spaces.
    init(word: String) {
        text = Escaping.quote(word)
    }

    /// The number of columns that the text takes on a terminal.
    var columns: Int { Columns.count(text) }

    /// The text with all its spaces, ready to be printed.
    var printable: String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar == Self.glue ? " " : scalar) }
        return String(result)
    }

    /// Whether there is nothing to print.
    var isEmpty: Bool { text.isEmpty }

    /// The pieces that a line may be broken between.
    var pieces: [Visible] {
        text.split(separator: " ", omittingEmptySubsequences: true)
            .map { Visible(trusted: String($0)) }
    }

    /// The text, with `…` in place of its middle if it takes more than `limit` columns.
    func cut(to limit: Int) -> Visible {
        Visible(trusted: Columns.cutMiddle(text, to: max(limit, 3)))
    }

    /// The text in lines of at most `limit` columns, broken behind a slash where there is one in the
    /// second half of the line.
    func chunks(of limit: Int) -> [Visible] {
        Columns.chunks(text, of: max(limit, 4)).map { Visible(trusted: $0) }
    }

    static func + (left: Visible, right: Visible) -> Visible {
        Visible(trusted: left.text + right.text)
    }
}

extension Visible: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self.init(trusted: value) }

    init(stringInterpolation: Interpolation) { self.init(trusted: stringInterpolation.text) }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: Visible) { text += value.text }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ prose: String) { text += Escaping.escape(prose) }
        mutating func appendInterpolation(word: String) { text += Escaping.quote(word) }
    }
}

extension [Visible] {
    /// All of them in one text, with `separator` between each two.
    func joined(by separator: Visible) -> Visible {
        guard var result = first else { return "" }
        for item in dropFirst() { result = result + separator + item }
        return result
    }
}
