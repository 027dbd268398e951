/// Reads TOML 1.0 (<https://toml.io/en/v1.0.0>): documents, headers, pairs, lists, inline tables.
///
/// One pass over the bytes, which are known to be UTF-8 without stray control characters before it
/// starts. Only positions are noted; lines are counted when somebody asks for one.
///
/// The one departure from the standard: no string may hold a NUL, however it is written, because no
/// path, name or variable can.
struct TOMLReader {
    let text: [UInt8]
    var position = 0

    /// Values may be nested, and keys dotted, this deep: the reader calls itself for each level.
    private static let maximumDepth = 64

    /// One part of a dotted key.
    struct Key {
        var name: TOMLTable.Name
        var position: Int
    }

    init(_ text: [UInt8]) {
        self.text = text
    }

    // MARK: Pieces of a document

    mutating func readDocument() throws(TOMLSyntaxError) -> TOMLTable {
        try checkBytes()
        // A byte order mark.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let root = TOMLTable(.header, depth: 0)
        var table = root
        while skipBlank(acrossLines: true) {
            if next == "[" {
                table = try readHeader(root)
            } else {
                try readPair(in: table)
            }
            try endLine()
        }
        return root
    }

    /// `[a.b]` or `[[a.b]]`: the table that the pairs below it belong to.
    private mutating func readHeader(_ root: TOMLTable) throws(TOMLSyntaxError) -> TOMLTable {
        let start = position
        take()
        let isList = take("[")
        let key = try readKey()
        guard take("]") && (!isList || take("]")) else {
            throw error("expected \(isList ? "]]" : "]") after the table's name, not \(nextQuoted)")
        }
        return isList
            ? try addTable(key, to: root, at: start) : try defineTable(key, in: root, at: start)
    }

    /// `a.b = value`.
    private mutating func readPair(in table: TOMLTable) throws(TOMLSyntaxError) {
        let key = try readKey()
        guard take("=") else {
            throw error("expected = after the key, not \(nextQuoted)")
        }
        let holder = try holder(of: key, in: table)
        // Before the value, which may be long and wrong in other ways.
        try refuseSecond(key, in: holder)
        _ = skipBlank(acrossLines: false)
        guard let last = key.last else { return }
        let value = try readValue(depth: holder.depth + 1)
        holder[last.name] = TOMLTable.Member(position: last.position, value: value)
    }

    /// A key, dotted or not, bare or quoted; at least one part. Also takes the blanks around it.
    private mutating func readKey() throws(TOMLSyntaxError) -> [Key] {
        var parts: [Key] = []
        repeat {
            _ = skipBlank(acrossLines: false)
            parts.append(try readKeyPart())
            _ = skipBlank(acrossLines: false)
        } while take(".")
        return parts
    }

    private mutating func readKeyPart() throws(TOMLSyntaxError) -> Key {
        let start = position
        if next == "\"" || next == "'" {
            guard !startsLongString else { throw error("a key must stand on one line") }
            return Key(name: Array(try readString().utf8)[...], position: start)
        }
        while let next, Self.isBareKeyCharacter(next) { take() }
        guard position > start else {
            throw error("expected a key, not \(nextQuoted)")
        }
        return Key(name: text[start..<position], position: start)
    }

    // MARK: Values

    /// The value at the position, which holds no more than `maximumDepth - depth` levels.
    private mutating func readValue(depth: Int) throws(TOMLSyntaxError) -> TOMLTable.Value {
        try checkDepth(depth)
        switch next {
        case "\"", "'": return .scalar(.string(try readString()))
        case "[": return .list(try readList(depth: depth))
        case "{": return .table(try readInlineTable(depth: depth))
        default: return .scalar(try readWord())
        }
    }

    private mutating func readList(depth: Int) throws(TOMLSyntaxError) -> TOMLList {
        let start = position
        let list = TOMLList(isOfTables: false)
        take()
        while skipBlank(acrossLines: true) {
            if take("]") { return list }
            let element = position
            list.members.append(
                TOMLTable.Member(position: element, value: try readValue(depth: depth + 1)))
            guard skipBlank(acrossLines: true) else { break }
            guard next == "]" || take(",") else {
                let line = Self.line(of: start, in: text)
                throw error(
                    "expected a comma or ] in the list that starts on line \(line), "
                        + "not \(nextQuoted)")
            }
        }
        throw error("the list that starts here has no end: ] is missing", at: start)
    }

    private mutating func readInlineTable(depth: Int) throws(TOMLSyntaxError) -> TOMLTable {
        let table = TOMLTable(.inline, depth: depth)
        take()
        _ = skipBlank(acrossLines: false)
        if take("}") { return table }
        repeat {
            try readPair(in: table)
            _ = skipBlank(acrossLines: false)
        } while take(",")
        guard take("}") else {
            throw error(
                isAtLineEnd || next == "#"
                    ? "a table in braces must end on its line"
                    : "expected a comma or } in the table, not \(nextQuoted)")
        }
        return table
    }

    /// A value without quotation marks or brackets: a number, a boolean or a date.
    private mutating func readWord() throws(TOMLSyntaxError) -> TOMLNode {
        let start = position
        skipWord()
        // A blank may stand between a date and a time.
        if next == " ", TOMLWord.isDate(text[start..<position]), position + 1 < text.count,
            TOMLWord.isDigit(text[position + 1])
        {
            take()
            skipWord()
        }
        guard position > start else {
            throw error("expected a value, not \(nextQuoted)")
        }
        do throws(TOMLWord.Refusal) {
            return try TOMLWord.node(of: text[start..<position])
        } catch {
            throw self.error(error.message, at: start)
        }
    }

    private mutating func skipWord() {
        while let next, !Self.endsWord(next) { take() }
    }

    // MARK: Characters

    /// The next byte; nil at the end. No byte of a longer UTF-8 sequence is taken for ASCII.
    var next: Unicode.Scalar? {
        position < text.count ? Unicode.Scalar(text[position]) : nil
    }

    var isAtLineEnd: Bool { next == nil || next == "\n" || next == "\r" }

    /// What comes next, for a message.
    var nextQuoted: String {
        if next == nil { return "the end of the file" }
        if isAtLineEnd { return "the end of the line" }
        let character = String(decoding: text[position...].prefix(4), as: UTF8.self)
        return String(character.unicodeScalars.prefix(1)).quoted
    }

    mutating func take() {
        position += 1
    }

    /// Takes `character` if it is next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == character else { return false }
        position += 1
        return true
    }

    /// Skips blanks, and with `acrossLines` also comments and line ends; false at the end.
    private mutating func skipBlank(acrossLines: Bool) -> Bool {
        while let next {
            switch next {
            case " ", "\t": take()
            case "\n" where acrossLines, "\r" where acrossLines: take()
            case "#" where acrossLines: skipComment()
            default: return true
            }
        }
        return false
    }

    private mutating func skipComment() {
        while !isAtLineEnd { take() }
    }

    /// Takes what may stand behind a header or a pair: blanks and a comment.
    private mutating func endLine() throws(TOMLSyntaxError) {
        _ = skipBlank(acrossLines: false)
        if next == "#" { skipComment() }
        guard isAtLineEnd else {
            throw error("expected the end of the line, not \(nextQuoted)")
        }
    }

    private static func isBareKeyCharacter(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private static func endsWord(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case " ", "\t", "\r", "\n", "#", ",", "=", "[", "]", "{", "}", "\"", "'": true
        default: false
        }
    }

    // MARK: Errors

    /// An error at `position`, or else where the reader is.
    func error(_ message: String, at position: Int? = nil) -> TOMLSyntaxError {
        TOMLSyntaxError(
            line: Self.line(of: position ?? self.position, in: text), message: message)
    }

    /// The line, counted from 1, of the byte at `position`.
    static func line(of position: Int, in text: [UInt8]) -> Int {
        1 + text[..<position].count { $0 == UInt8(ascii: "\n") }
    }

    func checkDepth(_ depth: Int) throws(TOMLSyntaxError) {
        guard depth <= Self.maximumDepth else {
            throw error("nested more than \(Self.maximumDepth) deep")
        }
    }

    /// Refuses what may stand nowhere in a document.
    private func checkBytes() throws(TOMLSyntaxError) {
        var isASCII = true
        for position in text.indices {
            let byte = text[position]
            if byte >= 0x80 { isASCII = false }
            guard byte < 0x20 || byte == 0x7F else { continue }
            switch byte {
            case UInt8(ascii: "\t"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: "\r"):
                if position + 1 < text.count, text[position + 1] == UInt8(ascii: "\n") { continue }
                throw error("a carriage return without a line feed", at: position)
            case 0: throw error("NUL character", at: position)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                throw error("control character 0x\(digits)", at: position)
            }
        }
        guard !isASCII, String(validating: text, as: UTF8.self) == nil else { return }
        // No sequence holds a line feed, so each line is UTF-8 or not by itself.
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        throw TOMLSyntaxError(line: 1 + (line ?? 0), message: "not UTF-8")
    }
}
