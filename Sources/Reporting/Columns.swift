/// How wide text is on a terminal, and how to make it fit.
enum Columns {
    /// The columns that printable text takes: two for East Asian wide characters and emoji, none for
    /// combining marks.
    static func count(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// The columns of one scalar.
    static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18D8F, 0x1AFF0...0x1B2FF,
            0x1F200...0x1F2FF, 0x20000...0x3FFFD:
            return 2
        default:
            return scalar.properties.isEmojiPresentation ? 2 : 1
        }
    }

    /// `text`, with `…` in place of its middle if it is wider than `limit`. The end gets the larger
    /// share, as the end of a path tells most.
    static func cutMiddle(_ text: String, to limit: Int) -> String {
        guard count(text) > limit else { return text }
        let head = prefix(text.unicodeScalars, columns: (limit - 1) / 3)
        var tail: [Unicode.Scalar] = []
        var left = limit - 1 - count(head)
        for scalar in text.unicodeScalars.reversed() {
            left -= width(scalar)
            if left < 0 { break }
            tail.append(scalar)
        }
        // A combining mark that lost its base would land on the ellipsis.
        while let last = tail.last, width(last) == 0 { tail.removeLast() }
        var result = head + "…"
        result.unicodeScalars.append(contentsOf: tail.reversed())
        return result
    }

    /// `text` in lines of at most `limit` columns, broken behind a slash where there is one in the
    /// second half of the line.
    static func chunks(_ text: String, of limit: Int) -> [String] {
        var chunks: [String] = []
        var rest = Substring(text).unicodeScalars
        while count(String(rest)) > limit {
            let line = prefix(rest, columns: limit).unicodeScalars
            var length = line.count
            if let slash = line.lastIndex(of: "/") {
                let behind = line.distance(from: line.startIndex, to: slash) + 1
                if behind > length / 2 { length = behind }
            }
            // At least one scalar a line, or the loop would not end.
            length = max(length, 1)
            chunks.append(String(String.UnicodeScalarView(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        if !rest.isEmpty { chunks.append(String(String.UnicodeScalarView(rest))) }
        return chunks
    }

    private static func prefix(
        _ scalars: some Collection<Unicode.Scalar>, columns: Int
    ) -> String {
        var result = String.UnicodeScalarView()
        var left = columns
        for scalar in scalars {
            left -= width(scalar)
            if left < 0 { break }
            result.append(scalar)
        }
        return String(result)
    }
}
