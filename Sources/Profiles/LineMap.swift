/// The line on which each key, table header and list element of a TOML document stands.
///
/// The TOML library gives lines for syntax errors only. This scanner reads a text that the library
/// has accepted, so it may be lenient: it has to tell keys from values, not right from wrong, but
/// for what the library cannot be given at all. It runs only when there is something to complain
/// about.
struct LineMap {
    private var lines: [Place: Int] = [:]

    /// Scans `text`.
    init(_ text: [UInt8]) {
        var scanner = LineScanner(text)
        scanner.scanDocument()
        lines = scanner.lines
    }

    /// The line of the first `[` or `[[` that no name follows: on these the library does not
    /// complain, it aborts the program.
    static func firstHeaderWithoutName(in text: [UInt8]) -> Int? {
        // Scanning takes time that every start would pay for, and hardly a text has such a line.
        let lines = text[startOfContent(text)...].split(separator: UInt8(ascii: "\n"))
        let isSuspicious = lines.contains { line in
            let rest = line.drop(while: LineScanner.isBlankByte)
            guard rest.first == UInt8(ascii: "[") else { return false }
            let isList = rest.dropFirst().first == UInt8(ascii: "[")
            let name = rest.dropFirst(isList ? 2 : 1).drop(while: LineScanner.isBlankByte)
            return !LineScanner.mayBeginName(name.first)
        }
        guard isSuspicious else { return nil }
        var scanner = LineScanner(text)
        scanner.scanDocument()
        return scanner.headerWithoutName
    }

    /// What is after the byte order mark, where there is one.
    fileprivate static func startOfContent(_ text: [UInt8]) -> Int {
        text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The line of `place`, counted from 1. A place that is not in the text has the line of the
    /// nearest one that holds it, in the end that of the document: 1.
    func line(of place: Place) -> Int {
        var place = place[...]
        while !place.isEmpty {
            if let line = lines[Array(place)] { return line }
            place.removeLast()
        }
        return 1
    }
}

/// The scanner behind `LineMap`.
private struct LineScanner {
    private let text: [UInt8]
    private var position = 0
    private var line = 1
    private(set) var lines: [Place: Int] = [:]
    /// The line of the first header without a name.
    private(set) var headerWithoutName: Int?
    /// How many elements each list of tables (`[[…]]`) has so far.
    private var tableCounts: [Place: Int] = [:]

    init(_ text: [UInt8]) {
        self.text = text
        position = LineMap.startOfContent(text)
    }

    mutating func scanDocument() {
        var table: Place = []
        while skipBlank(acrossLines: true) {
            if peek() == UInt8(ascii: "[") {
                table = scanHeader()
            } else {
                scanPair(in: table)
            }
            // Never twice at the same place, whatever the text is like.
            skipLine()
        }
    }

    // MARK: Pieces of a document

    /// `[a.b]` or `[[a.b]]`: the place that the pairs below it belong to.
    private mutating func scanHeader() -> Place {
        let start = line
        take()
        let isList = peek() == UInt8(ascii: "[")
        if isList { take() }
        _ = skipBlank(acrossLines: false)
        if !Self.mayBeginName(peek()), headerWithoutName == nil { headerWithoutName = start }
        let keys = scanKey()
        var place: Place = []
        for (offset, key) in keys.enumerated() {
            place.append(.key(key))
            let isLast = offset == keys.count - 1
            record(place, start)
            if isList && isLast {
                let count = tableCounts[place, default: 0]
                tableCounts[place] = count + 1
                place.append(.index(count))
                record(place, start)
            } else if let count = tableCounts[place] {
                place.append(.index(count - 1))
            }
        }
        return place
    }

    /// `a.b = value`.
    private mutating func scanPair(in table: Place) {
        var place = table
        let start = line
        for key in scanKey() {
            place.append(.key(key))
            record(place, start)
        }
        _ = skipBlank(acrossLines: false)
        guard peek() == UInt8(ascii: "=") else { return }
        take()
        scanValue(at: place)
    }

    private mutating func scanValue(at place: Place) {
        _ = skipBlank(acrossLines: false)
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = scanString()
        case UInt8(ascii: "["): scanList(at: place)
        case UInt8(ascii: "{"): scanInlineTable(at: place)
        default: skipBareValue()
        }
    }

    private mutating func scanList(at place: Place) {
        take()
        var index = 0
        while skipBlank(acrossLines: true) {
            switch peek() {
            case UInt8(ascii: "]"):
                take()
                return
            case UInt8(ascii: ","): take()
            default:
                let before = position
                record(place + [.index(index)], line)
                scanValue(at: place + [.index(index)])
                index += 1
                if position == before { take() }
            }
        }
    }

    private mutating func scanInlineTable(at place: Place) {
        take()
        while skipBlank(acrossLines: true) {
            switch peek() {
            case UInt8(ascii: "}"):
                take()
                return
            case UInt8(ascii: ","): take()
            default:
                let before = position
                scanPair(in: place)
                if position == before { take() }
            }
        }
    }

    /// A key, dotted or not, bare or quoted.
    private mutating func scanKey() -> [String] {
        var keys: [String] = []
        while true {
            _ = skipBlank(acrossLines: false)
            if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") {
                keys.append(scanString())
            } else {
                let start = position
                while let byte = peek(), Self.isBareKeyByte(byte) { take() }
                guard position > start else { return keys }
                keys.append(String(decoding: text[start..<position], as: UTF8.self))
            }
            _ = skipBlank(acrossLines: false)
            guard peek() == UInt8(ascii: ".") else { return keys }
            take()
        }
    }

    /// A string of any of the four kinds; its content, with only the simple escapes resolved.
    private mutating func scanString() -> String {
        guard let quote = peek() else { return "" }
        let isLong = text[position...].starts(with: [quote, quote, quote])
        for _ in 0..<(isLong ? 3 : 1) { take() }
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote {
                if !isLong { break }
                // Up to two quotes may stand right before the closing three.
                if text[position...].starts(with: [quote, quote, quote]) {
                    if position + 3 >= text.count || text[position + 3] != quote { break }
                }
            } else if byte == UInt8(ascii: "\n") && !isLong {
                return String(decoding: content, as: UTF8.self)
            } else if byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") {
                take()
            }
            if let byte = peek() { content.append(byte) }
            take()
        }
        for _ in 0..<(isLong ? 3 : 1) { take() }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func skipBareValue() {
        let ends = Array(",]}#\n".utf8)
        while let byte = peek(), !ends.contains(byte) { take() }
    }

    // MARK: Characters

    private func peek() -> UInt8? {
        position < text.count ? text[position] : nil
    }

    private mutating func take() {
        guard position < text.count else { return }
        if text[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skipLine() {
        while let byte = peek(), byte != UInt8(ascii: "\n") { take() }
    }

    /// Skips spaces, and with `acrossLines` also comments and line ends; false at the end.
    private mutating func skipBlank(acrossLines: Bool) -> Bool {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): take()
            case UInt8(ascii: "\n") where acrossLines: take()
            case UInt8(ascii: "#") where acrossLines: skipLine()
            default: return true
            }
        }
        return false
    }

    private mutating func record(_ place: Place, _ line: Int) {
        if lines[place] == nil { lines[place] = line }
    }

    static func isBlankByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    /// Whether a table's name may begin with a byte; of `]` the library complains by itself.
    static func mayBeginName(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return isBareKeyByte(byte) || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
            || byte == UInt8(ascii: "]")
    }

    private static func isBareKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
