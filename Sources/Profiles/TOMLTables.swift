/// Which tables a key or a header may make, enter and add to.
extension TOMLReader {
    /// The table of `[key]`.
    func defineTable(
        _ key: [Key], in root: TOMLTable, at start: Int
    ) throws(TOMLSyntaxError) -> TOMLTable {
        let parent = try parent(ofHeader: key, in: root)
        guard let last = key.last else { return parent }
        guard let found = parent[last.name] else {
            return try makeTable(.header, last, in: parent, at: start)
        }
        guard case .table(let table) = found.value, table.origin == .headerOfInner else {
            throw second(key, since: found, at: start)
        }
        table.origin = .header
        parent[last.name] = TOMLTable.Member(position: start, value: found.value)
        return table
    }

    /// The new table of `[[key]]`.
    func addTable(
        _ key: [Key], to root: TOMLTable, at start: Int
    ) throws(TOMLSyntaxError) -> TOMLTable {
        let parent = try parent(ofHeader: key, in: root)
        guard let last = key.last else { return parent }
        try checkDepth(parent.depth + 1)
        let table = TOMLTable(.header, depth: parent.depth + 1)
        let member = TOMLTable.Member(position: start, value: .table(table))
        if let found = parent[last.name] {
            guard case .list(let list) = found.value, list.isOfTables else {
                throw second(key, since: found, at: start)
            }
            list.members.append(member)
        } else {
            let list = TOMLList(isOfTables: true)
            list.members.append(member)
            parent[last.name] = TOMLTable.Member(position: start, value: .list(list))
        }
        return table
    }

    /// The table that `[key]` or `[[key]]` adds to: those on the way are entered or made.
    private func parent(
        ofHeader key: [Key], in root: TOMLTable
    ) throws(TOMLSyntaxError) -> TOMLTable {
        var table = root
        for (offset, part) in key.dropLast().enumerated() {
            guard let found = table[part.name] else {
                table = try makeTable(.headerOfInner, part, in: table, at: part.position)
                continue
            }
            switch found.value {
            case .table(let inner) where inner.origin != .inline: table = inner
            case .list(let list) where list.isOfTables:
                // A header below [[a]] means the last of its tables.
                guard case .table(let inner) = list.members.last?.value else { return table }
                table = inner
            default: throw closed(key[...offset], since: found, at: part.position)
            }
        }
        return table
    }

    /// The table that `key = …` in `table` adds to.
    func holder(of key: [Key], in table: TOMLTable) throws(TOMLSyntaxError) -> TOMLTable {
        var table = table
        for (offset, part) in key.dropLast().enumerated() {
            guard let found = table[part.name] else {
                table = try makeTable(.dottedKey, part, in: table, at: part.position)
                continue
            }
            // What has a header or braces of its own says everything there.
            guard case .table(let inner) = found.value,
                inner.origin == .dottedKey || inner.origin == .headerOfInner
            else { throw closed(key[...offset], since: found, at: part.position) }
            inner.origin = .dottedKey
            table = inner
        }
        return table
    }

    /// Complains if `holder` has the last part of `key` already.
    func refuseSecond(_ key: [Key], in holder: TOMLTable) throws(TOMLSyntaxError) {
        if let last = key.last, let found = holder[last.name] {
            throw second(key, since: found, at: last.position)
        }
    }

    private func makeTable(
        _ origin: TOMLTable.Origin, _ key: Key, in parent: TOMLTable, at position: Int
    ) throws(TOMLSyntaxError) -> TOMLTable {
        try checkDepth(parent.depth + 1)
        let table = TOMLTable(origin, depth: parent.depth + 1)
        parent[key.name] = TOMLTable.Member(position: position, value: .table(table))
        return table
    }

    // MARK: Errors

    private func second(
        _ key: [Key], since first: TOMLTable.Member, at position: Int
    ) -> TOMLSyntaxError {
        let line = Self.line(of: first.position, in: text)
        return error("\(Self.name(key[...])) is there already, from line \(line)", at: position)
    }

    private func closed(
        _ key: ArraySlice<Key>, since first: TOMLTable.Member, at position: Int
    ) -> TOMLSyntaxError {
        let line = Self.line(of: first.position, in: text)
        let message =
            switch first.value {
            case .scalar(let node): "is \(node.kind), from line \(line), and no table"
            case .list: "is a list, from line \(line), and no table"
            case .table: "is complete since line \(line): nothing can be added here"
            }
        return error("\(Self.name(key)) \(message)", at: position)
    }

    private static func name(_ key: ArraySlice<Key>) -> String {
        key.map { String(decoding: $0.name, as: UTF8.self) }.joined(separator: ".").quoted
    }
}
