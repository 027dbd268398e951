/// A table while a document is read: it grows, and knows who may still add to it.
final class TOMLTable {
    /// What made the table.
    enum Origin {
        /// `[a]`, an element of `[[a]]`, or the document itself.
        case header
        /// The `a` of `[a.b]`: a header of its own may follow.
        case headerOfInner
        /// The `a` of `a.b = 1`: no header may follow.
        case dottedKey
        /// `{ … }`: complete when it is closed.
        case inline
    }

    /// A value and the byte where it, or the key it belongs to, begins.
    struct Member {
        var position: Int
        var value: Value
    }

    enum Value {
        case scalar(TOMLNode)
        case list(TOMLList)
        case table(TOMLTable)
    }

    /// Names are compared as bytes: to TOML, two ways to write `é` are two keys.
    typealias Name = ArraySlice<UInt8>

    var origin: Origin
    /// How many tables and lists hold this one.
    let depth: Int
    private(set) var names: [Name] = []
    private var members: [Member] = []
    /// Where each name is in `names`. Most tables are small, and found faster without it.
    private var indexes: [Name: Int] = [:]

    init(_ origin: Origin, depth: Int) {
        self.origin = origin
        self.depth = depth
    }

    subscript(name: Name) -> Member? {
        get { index(of: name).map { members[$0] } }
        set {
            guard let newValue else { return }
            if let index = index(of: name) {
                members[index] = newValue
            } else {
                names.append(name)
                members.append(newValue)
                if names.count > Self.searchLimit { addIndexes() }
            }
        }
    }

    private static let searchLimit = 12

    private func index(of name: Name) -> Int? {
        names.count > Self.searchLimit ? indexes[name] : names.firstIndex(of: name)
    }

    private func addIndexes() {
        for index in indexes.count..<names.count { indexes[names[index]] = index }
    }

    /// The finished entries, in the order of their names.
    var entries: [TOMLNode.Entry] {
        names.indices.sorted { names[$0].lexicographicallyPrecedes(names[$1]) }.map {
            TOMLNode.Entry(
                key: String(decoding: names[$0], as: UTF8.self), value: members[$0].value.node)
        }
    }
}

/// A list while a document is read.
final class TOMLList {
    /// Whether `[[…]]` made it, so that another one adds to it; `[…]` is complete when it is closed.
    let isOfTables: Bool
    var members: [TOMLTable.Member] = []

    init(isOfTables: Bool) {
        self.isOfTables = isOfTables
    }
}

extension TOMLTable.Value {
    /// The finished value.
    var node: TOMLNode {
        switch self {
        case .scalar(let node): node
        case .list(let list): .array(list.members.map(\.value.node))
        case .table(let table): .table(table.entries)
        }
    }
}
