/// Makes characters visible that would otherwise act on a terminal instead of being shown.
enum Escaping {
    /// Longer strings are cut in the middle before anything else is done with them.
    static let longest = 4_096

    /// Whether a scalar is escaped wherever it occurs: control characters (C0, DEL, C1), line and
    /// paragraph separators, format characters (bidirectional overrides, zero-width ones), every
    /// space but the ordinary one, and what no terminal agrees on (private, unassigned).
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate,
            .privateUse, .unassigned:
            return true
        default:
            // Variation selectors and the filler letters show nothing, and are no letters to a reader.
            return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    /// The visible form of an unsafe scalar: `\n`, `\x1b`, `\u{202e}`.
    static func visibleForm(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let hex = String(scalar.value, radix: 16)
            return scalar.value < 0x80
                ? "\\x" + (hex.count < 2 ? "0" : "") + hex : "\\u{" + hex + "}"
        }
    }

    /// `text` with every unsafe character escaped, and combining marks too where they would change
    /// the text before, or pile up over the lines above and below.
    static func escape(_ text: String) -> String {
        if text.utf8.count <= longest, text.utf8.allSatisfy({ 0x20 <= $0 && $0 < 0x7F }) {
            return text
        }
        var writer = Writer(marks: Writer.mostMarks)
        for scalar in shortened(text).unicodeScalars { writer.append(scalar) }
        return writer.text
    }

    /// `word` as a shell would take it, so that an empty one, spaces, quotes and escapes can be told
    /// apart. Its spaces become `Visible.glue`.
    static func quote(_ word: String) -> String {
        let word = shortened(word)
        if escape(word) != word {
            var writer = Writer(marks: Writer.mostMarks)
            for scalar in word.unicodeScalars {
                switch scalar {
                case " ": writer.text.unicodeScalars.append(Visible.glue)
                case "\\": writer.text += "\\\\"
                case "'": writer.text += "\\'"
                default: writer.append(scalar)
                }
            }
            return "$'" + writer.text + "'"
        }
        if !word.isEmpty, word.unicodeScalars.allSatisfy(isPlain) { return word }
        var result = "'"
        for scalar in word.unicodeScalars {
            switch scalar {
            case " ": result.unicodeScalars.append(Visible.glue)
            case "'": result += "'\\''"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }

    /// Whether a shell takes the scalar as it stands. `*` is not among those, but is left bare: it
    /// stands for the differing part of collapsed retries.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return true }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": return true
        case "/", ".", "-", "_", "+", "=", ":", ",", "@", "%", "^", "*": return true
        default: return false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: return true
        default: return false
        }
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        let scalars = text.unicodeScalars
        // Past four bytes a scalar there is nothing left to count.
        guard text.utf8.count > 4 * longest || scalars.count > longest else { return text }
        return String(scalars.prefix(longest / 2)) + "…" + String(scalars.suffix(longest / 2))
    }

    /// Puts scalars together that are escaped one by one.
    private struct Writer {
        /// More combining marks than this on one character are no writing system's.
        static let mostMarks = 4

        var text = ""
        /// The combining marks since the last character that stands on its own.
        var marks: Int

        init(marks: Int) { self.marks = marks }

        mutating func append(_ scalar: Unicode.Scalar) {
            if !Escaping.isUnsafe(scalar), Escaping.isMark(scalar) {
                marks += 1
                if marks <= Self.mostMarks {
                    text.unicodeScalars.append(scalar)
                } else {
                    text += Escaping.visibleForm(scalar)
                }
                return
            }
            marks = 0
            if Escaping.isUnsafe(scalar) {
                text += Escaping.visibleForm(scalar)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
