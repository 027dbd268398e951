/// A TOML 1.0 document: its values, and the line on which each of them stands.
struct TOMLDocument {
    /// The keys of the top level.
    let entries: [TOMLNode.Entry]
    private let root: TOMLTable
    private let text: [UInt8]

    /// Reads a whole document. Any bytes at all give a document or an error.
    init(_ text: [UInt8]) throws(TOMLSyntaxError) {
        var reader = TOMLReader(text)
        root = try reader.readDocument()
        entries = root.entries
        self.text = text
    }

    /// The line of `place`, counted from 1. A place that is not in the text has the line of the
    /// nearest one that holds it, in the end that of the document: 1.
    func line(of place: Place) -> Int {
        var position = 0
        var value = TOMLTable.Value.table(root)
        for step in place {
            guard let member = Self.member(step, of: value) else { break }
            position = member.position
            value = member.value
        }
        return TOMLReader.line(of: position, in: text)
    }

    private static func member(
        _ step: PlaceStep, of value: TOMLTable.Value
    ) -> TOMLTable.Member? {
        switch (step, value) {
        case (.key(let key), .table(let table)): table[Array(key.utf8)[...]]
        case (.index(let index), .list(let list)):
            list.members.indices.contains(index) ? list.members[index] : nil
        default: nil
        }
    }
}
