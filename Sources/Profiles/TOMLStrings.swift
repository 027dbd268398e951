/// The four kinds of strings.
extension TOMLReader {
    /// Whether three quotation marks of one kind come next.
    var startsLongString: Bool {
        guard position + 2 < text.count else { return false }
        return text[position] == text[position + 1] && text[position] == text[position + 2]
    }

    /// The content of the string that begins at the position.
    mutating func readString() throws(TOMLSyntaxError) -> String {
        let start = position
        let quote = next
        let isLong = startsLongString
        position += isLong ? 3 : 1
        // A line end right behind the opening marks does not count.
        if isLong { takeLineEnd() }
        var content: [UInt8] = []
        // What is copied as it is goes in runs: most strings are one.
        var run = position
        while let character = next {
            if character == quote && (!isLong || startsLongString) {
                if isLong { takeQuotesBeforeEnd() }
                content += text[run..<position]
                position += isLong ? 3 : 1
                return String(decoding: content, as: UTF8.self)
            } else if character == "\\" && quote == "\"" {
                content += text[run..<position]
                try readEscape(isLong: isLong, into: &content)
                run = position
            } else if !isLong && isAtLineEnd {
                break
            } else if character == "\r" {
                // One line end in a value, whichever the file has.
                content += text[run..<position]
                take()
                run = position
            } else {
                take()
            }
        }
        throw error(
            isLong
                ? "the string that starts here has no end"
                : "the string has no end on its line: a quotation mark is missing", at: start)
    }

    /// One or two marks may stand right before the closing three, and belong to the content.
    private mutating func takeQuotesBeforeEnd() {
        for _ in 0..<2 where position + 3 < text.count && text[position + 3] == text[position] {
            take()
        }
    }

    private mutating func takeLineEnd() {
        _ = take("\r")
        _ = take("\n")
    }

    /// What begins with a backslash.
    private mutating func readEscape(
        isLong: Bool, into content: inout [UInt8]
    ) throws(TOMLSyntaxError) {
        let start = position
        take()
        let character = next
        if isLong, skipEscapedLineEnd() { return }
        take()
        switch character {
        case "b": content.append(0x08)
        case "t": content.append(0x09)
        case "n": content.append(0x0A)
        case "f": content.append(0x0C)
        case "r": content.append(0x0D)
        case "\"", "\\": content += text[(position - 1)..<position]
        case "u": content += try readScalar(digits: 4, at: start).utf8
        case "U": content += try readScalar(digits: 8, at: start).utf8
        default:
            position = start + 1
            throw error(
                "no escape begins with a backslash and \(nextQuoted): "
                    + "a backslash is written \\\\, or the string in '…'", at: start)
        }
    }

    /// A backslash at the end of a line swallows the line end and all blanks up to what follows.
    private mutating func skipEscapedLineEnd() -> Bool {
        let start = position
        while next == " " || next == "\t" { take() }
        guard next == "\n" || next == "\r" else {
            position = start
            return false
        }
        while next == " " || next == "\t" || next == "\n" || next == "\r" { take() }
        return true
    }

    private mutating func readScalar(
        digits count: Int, at start: Int
    ) throws(TOMLSyntaxError) -> String {
        let digits = text[position...].prefix(count)
        guard digits.count == count, let number = TOMLWord.number(digits, radix: 16) else {
            throw error("an escape needs \(count) hexadecimal digits", at: start)
        }
        guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else {
            throw error("the escape stands for no Unicode character", at: start)
        }
        guard scalar != "\0" else { throw error("NUL character", at: start) }
        position += count
        return String(scalar)
    }
}
