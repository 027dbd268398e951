/// A TOML value, without what the reader needed to know about it.
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
    /// Counted from 1.
    var line: Int
    var message: String
}
