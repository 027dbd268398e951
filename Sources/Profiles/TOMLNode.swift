import TOMLKit

/// A TOML value, free of the library that parsed it: no other file knows TOMLKit.
enum TOMLNode: Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([TOMLNode])
    /// In the order of the keys' names.
    case table([Entry])
    /// A kind that no profile has a use for, by its name.
    case other(String)

    struct Entry: Equatable {
        var key: String
        var value: TOMLNode
    }

    /// The kind, as messages name it.
    var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .boolean: "a boolean"
        case .array: "a list"
        case .table: "a table"
        case .other(let name): name
        }
    }
}

/// What is wrong with a text that is not TOML, and where.
struct TOMLSyntaxError: Error, Equatable {
    var line: Int
    var message: String
}

extension TOMLNode {
    /// Parses a whole document.
    static func parse(_ text: [UInt8]) throws(TOMLSyntaxError) -> [Entry] {
        if let position = nulCharacter(in: text) {
            throw TOMLSyntaxError(
                line: lineNumber(of: position, in: text), message: "NUL character")
        }
        let string = String(decoding: text, as: UTF8.self)
        if !string.utf8.elementsEqual(text) {
            let position = zip(string.utf8, text).enumerated().first { $1.0 != $1.1 }?.offset
            throw TOMLSyntaxError(
                line: lineNumber(of: position ?? 0, in: text), message: "not UTF-8")
        }
        if let line = LineMap.firstHeaderWithoutName(in: text) {
            throw TOMLSyntaxError(line: line, message: "expected the name of a table after [")
        }
        do {
            return entries(of: try TOMLTable(string: string))
        } catch let error as TOMLParseError {
            throw TOMLSyntaxError(line: error.source.begin.line, message: error.description)
        } catch {
            throw TOMLSyntaxError(line: 1, message: "\(error)")
        }
    }

    /// Where a NUL stands, as it is or as an escape. The library takes and gives C strings, and
    /// would drop what is behind it without a word.
    private static func nulCharacter(in text: [UInt8]) -> Int? {
        if let position = text.firstIndex(of: 0) { return position }
        return text.indices.first { position in
            text[position] == UInt8(ascii: "\\")
                && (text[position...].starts(with: "\\u0000".utf8)
                    || text[position...].starts(with: "\\U00000000".utf8))
        }
    }

    private static func lineNumber(of position: Int, in text: [UInt8]) -> Int {
        1 + text[..<position].count { $0 == UInt8(ascii: "\n") }
    }

    private static func entries(of table: TOMLTable) -> [Entry] {
        table.keys.compactMap { key in
            table[key].map { Entry(key: key, value: node(of: $0)) }
        }
    }

    private static func node(of value: any TOMLValueConvertible) -> TOMLNode {
        switch value.type {
        case .string: value.string.map(TOMLNode.string) ?? .other("a string")
        case .int: value.int.map(TOMLNode.integer) ?? .other("an integer")
        case .bool: value.bool.map(TOMLNode.boolean) ?? .other("a boolean")
        case .array: .array(value.array.map { $0.map(node(of:)) } ?? [])
        case .table: .table(value.table.map(entries(of:)) ?? [])
        case .double: .other("a floating-point number")
        case .date: .other("a date")
        case .time: .other("a time")
        case .dateTime: .other("a date and time")
        }
    }
}
