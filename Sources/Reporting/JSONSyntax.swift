/// Finds the place where a text stops being JSON (RFC 8259), which FoundationEssentials does not tell.
struct JSONSyntax {
    /// Where and why a text is no JSON.
    struct Fault: Error, Equatable {
        /// Counted from 1.
        var line: Int
        /// Counted from 1, in characters.
        var column: Int
        var message: String
    }

    /// What may come next.
    private enum Expected {
        case value, valueOrEnd, key, keyOrEnd, commaOrEnd
    }

    /// The arrays and objects that a decoder goes into.
    private static let deepest = 500

    private let bytes: [UInt8]
    private var index = 0
    /// The brackets that are open, by the one that closes them.
    private var open: [UInt8] = []

    /// The first fault of a text; nil if there is none.
    static func firstFault(in bytes: [UInt8]) -> Fault? {
        var syntax = JSONSyntax(bytes: bytes)
        do throws(Fault) {
            try syntax.check()
            return nil
        } catch {
            return error
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func check() throws(Fault) {
        var expected = Expected.value
        while true {
            skipSpace()
            guard index < bytes.count else { throw fault("the text ends too soon") }
            expected = try next(expected)
            if open.isEmpty, expected == .commaOrEnd { break }
        }
        skipSpace()
        if index < bytes.count { throw fault("the text goes on after its end") }
    }

    /// Reads one token, and returns what may come after it.
    private mutating func next(_ expected: Expected) throws(Fault) -> Expected {
        let byte = bytes[index]
        if let closing = open.last, byte == closing, expected != .value, expected != .key {
            open.removeLast()
            index += 1
            return .commaOrEnd
        }
        switch expected {
        case .commaOrEnd:
            guard byte == UInt8(ascii: ",") else {
                throw fault(open.last == UInt8(ascii: "}") ? "expected , or }" : "expected , or ]")
            }
            index += 1
            return open.last == UInt8(ascii: "}") ? .key : .value
        case .key, .keyOrEnd:
            guard byte == UInt8(ascii: "\"") else { throw fault("expected the name of a field") }
            try string()
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
                throw fault("expected :")
            }
            index += 1
            return .value
        case .value, .valueOrEnd:
            return try value(byte)
        }
    }

    private mutating func value(_ byte: UInt8) throws(Fault) -> Expected {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if open.count >= Self.deepest { throw fault("too deeply nested") }
            let isObject = byte == UInt8(ascii: "{")
            open.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            index += 1
            return isObject ? .keyOrEnd : .valueOrEnd
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: throw fault("expected a value")
        }
        return .commaOrEnd
    }

    private mutating func string() throws(Fault) {
        let start = index
        index += 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                if let bad = invalidUTF8(start..<index) {
                    index = bad
                    throw fault("not UTF-8")
                }
                index += 1
                return
            case 0..<0x20: throw fault("a control character in a string")
            case UInt8(ascii: "\\"): try escape()
            default: index += 1
            }
        }
        throw fault("the text ends in a string")
    }

    private mutating func escape() throws(Fault) {
        guard index + 1 < bytes.count else { throw fault("the text ends in a string") }
        if bytes[index + 1] == UInt8(ascii: "u") {
            let digits = bytes[min(index + 2, bytes.count)..<min(index + 6, bytes.count)]
            let isHex = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
            guard digits.count == 4, isHex else { throw fault("expected four digits after \\u") }
            index += 6
        } else if "\"\\/bfnrt".utf8.contains(bytes[index + 1]) {
            index += 2
        } else {
            throw fault("no such escape")
        }
    }

    private func invalidUTF8(_ range: Range<Int>) -> Int? {
        guard String(validating: bytes[range], as: UTF8.self) == nil else { return nil }
        return range.first { bytes[$0] >= 0x80 }
    }

    private mutating func number() throws(Fault) {
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let hasZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
        let count = digits()
        guard count > 0 else { throw fault("expected a digit") }
        if hasZero, count > 1 { throw fault("a number with a leading zero") }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { throw fault("expected a digit") }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, "+-".utf8.contains(bytes[index]) { index += 1 }
            guard digits() > 0 else { throw fault("expected a digit") }
        }
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
            index += 1
        }
        return index - start
    }

    private mutating func word(_ word: String) throws(Fault) {
        guard bytes[index...].starts(with: word.utf8) else { throw fault("expected a value") }
        index += word.utf8.count
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    /// A fault where the reading stands.
    private func fault(_ message: String) -> Fault {
        let before = bytes[..<index]
        let newline = before.lastIndex(of: 0x0A)
        let column = before[(newline.map { $0 + 1 } ?? 0)...].reduce(1) {
            // Continuation bytes of UTF-8 are no characters.
            $1 & 0xC0 == 0x80 ? $0 : $0 + 1
        }
        return Fault(
            line: before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }, column: column, message: message)
    }
}
