/// Reads the keys of one table and notes everything that is wrong with them.
///
/// A reader never stops: for a wrong or missing value it notes a complaint and answers with a
/// stand-in, and the whole profile is thrown away at the end if there is any complaint.
struct TableReader {
    /// What all readers of one file share.
    final class Context {
        var complaints: Complaints
        /// Whether the file extends a profile, so that keys may be left out and lists added to.
        let extends: Bool

        init(file: String, extends: Bool) {
            complaints = Complaints(file: file)
            self.extends = extends
        }
    }

    /// Why a value will not do, and what would.
    struct Problem: Equatable {
        var message: String
        var hint: String?

        init(_ message: String, hint: String? = nil) {
            self.message = message
            self.hint = hint
        }
    }

    /// Answers with the problem of a value; nil if it is good.
    typealias Check<Value> = (Value) -> Problem?

    let context: Context
    let place: Place
    private let entries: [TOMLNode.Entry]
    /// Whether the file does not have the table at all.
    private let isAbsent: Bool

    /// Reads `entries`, which stand at `place`. Keys that are neither in `keys` nor one of `lists`,
    /// with or without `-add`, are complained of at once; nil for `keys` takes any.
    init(
        _ entries: [TOMLNode.Entry], at place: Place, keys: [String]?, lists: [String] = [],
        isAbsent: Bool = false, context: Context
    ) {
        self.context = context
        self.place = place
        self.isAbsent = isAbsent
        self.entries = entries
        if let keys { refuseUnknown(keys: keys, lists: lists) }
    }

    /// The keys that are there.
    var names: [String] { entries.map(\.key) }

    /// Notes a complaint of this table or of a place below it.
    func complain(_ problem: Problem, at steps: PlaceStep...) {
        context.complaints.add(problem.message, at: place + steps, hint: problem.hint)
    }

    // MARK: Values

    /// The string at `key`; `otherwise` where it is missing, and a complaint if that is nil.
    func string(_ key: String, otherwise: String?, check: Check<String>) -> String {
        value(key, otherwise: otherwise, standIn: "", kind: "a string", check: check) {
            if case .string(let text) = $0 { text } else { nil }
        }
    }

    /// The integer at `key`.
    func integer(_ key: String, otherwise: Int?, check: Check<Int>) -> Int {
        value(key, otherwise: otherwise, standIn: 0, kind: "an integer", check: check) {
            if case .integer(let number) = $0 { number } else { nil }
        }
    }

    /// The boolean at `key`.
    func boolean(_ key: String, otherwise: Bool) -> Bool {
        value(key, otherwise: otherwise, standIn: false, kind: "a boolean", check: { _ in nil }) {
            if case .boolean(let flag) = $0 { flag } else { nil }
        }
    }

    /// A limit: a positive integer, a string that `parse` understands, or `"none"` for nil.
    func limit(
        _ key: String, otherwise: Int?, example: String, parse: (String) -> Int?
    ) -> Int? {
        guard let node = self[key] else { return otherwise }
        let wanted = "\(key) must be a positive integer, \(example) or \"none\""
        switch node {
        case .integer(let number) where number > 0: return number
        case .string("none"): return nil
        case .string(let text):
            if let number = parse(text) { return number }
            complain(Problem("\(wanted), not \(text.quoted)"), at: .key(key))
        case .integer(let number): complain(Problem("\(wanted), not \(number)"), at: .key(key))
        default: complain(Problem("\(wanted), not \(node.kind)"), at: .key(key))
        }
        return nil
    }

    /// The list of strings at `key`, or else `otherwise`, with those at `key-add` behind it.
    func list(_ key: String, otherwise: [String]?, check: Check<String>) -> [String] {
        let addKey = key + "-add"
        if self[key] == nil && otherwise == nil { complainOfMissing(key) }
        var result = ownList(key, check: check) ?? otherwise ?? []
        for (index, item) in (ownList(addKey, check: check) ?? []).enumerated() {
            if result.contains(item) {
                complain(
                    Problem("\(item.quoted) is in \(key) already"), at: .key(addKey), .index(index))
            } else {
                result.append(item)
            }
        }
        return result
    }

    /// The strings written at `key` itself; nil where it is missing.
    private func ownList(_ key: String, check: Check<String>) -> [String]? {
        guard let node = self[key] else { return nil }
        guard case .array(let items) = node else {
            complain(Problem("\(key) must be a list, not \(node.kind)"), at: .key(key))
            return []
        }
        var result: [String] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item else {
                complain(
                    Problem("\(key) must hold strings, not \(item.kind)"), at: .key(key),
                    .index(index))
                continue
            }
            if let problem = check(text) {
                complain(problem.about(key), at: .key(key), .index(index))
            } else if result.contains(text) {
                complain(Problem("\(text.quoted) is twice in \(key)"), at: .key(key), .index(index))
            } else {
                result.append(text)
            }
        }
        return result
    }

    // MARK: Tables

    /// The table at `key`; an empty one where it is missing, so that its required keys are
    /// complained of.
    func table(_ key: String, keys: [String]?, lists: [String] = []) -> TableReader {
        var entries: [TOMLNode.Entry] = []
        switch self[key] {
        case .table(let found): entries = found
        case .some(let node):
            complain(Problem("\(key) must be a table, not \(node.kind)"), at: .key(key))
        case nil: break
        }
        return TableReader(
            entries, at: place + [.key(key)], keys: keys, lists: lists, isAbsent: self[key] == nil,
            context: context)
    }

    /// The tables of the list at `key`.
    func tables(_ key: String, keys: [String]) -> [TableReader] {
        guard let node = self[key] else { return [] }
        guard case .array(let items) = node else {
            complain(
                Problem(
                    "\(key) must be a list of tables, not \(node.kind)",
                    hint: "write each one as \(Self.title(of: place + [.key(key), 0]))"),
                at: .key(key))
            return []
        }
        return items.enumerated().compactMap { index, item in
            guard case .table(let entries) = item else {
                complain(
                    Problem("\(key) must hold tables, not \(item.kind)"), at: .key(key),
                    .index(index))
                return nil
            }
            return TableReader(
                entries, at: place + [.key(key), .index(index)], keys: keys, context: context)
        }
    }

    // MARK: Pieces

    private subscript(key: String) -> TOMLNode? {
        entries.first { $0.key == key }?.value
    }

    private func value<Value>(
        _ key: String, otherwise: Value?, standIn: Value, kind: String, check: Check<Value>,
        convert: (TOMLNode) -> Value?
    ) -> Value {
        guard let node = self[key] else {
            if otherwise == nil { complainOfMissing(key) }
            return otherwise ?? standIn
        }
        guard let value = convert(node) else {
            complain(Problem("\(key) must be \(kind), not \(node.kind)"), at: .key(key))
            return standIn
        }
        if let problem = check(value) { complain(problem.about(key), at: .key(key)) }
        return value
    }

    private func complainOfMissing(_ key: String) {
        let message =
            isAbsent
            ? "missing table \(Self.title(of: place))"
            : "missing key \(key.quoted) \(Self.location(place))"
        let hint = "a file with `extends = \"default\"` need not say everything"
        context.complaints.addOmission(
            message, at: place, hint: context.extends ? nil : hint)
    }

    private func refuseUnknown(keys: [String], lists: [String]) {
        let known = keys + lists
        for name in names where !known.contains(name) {
            let additions = lists.map { $0 + "-add" }
            if additions.contains(name) {
                guard !context.extends else { continue }
                complain(
                    Problem(
                        "\(name) adds to an inherited list, and this file extends no profile",
                        hint: "write \(name.dropLast(4)) = […], or extends = \"default\" at the top"
                    ),
                    at: .key(name))
                continue
            }
            let near = nearest(to: name, in: known + additions)
            complain(
                Problem(
                    "unknown key \(name.quoted) \(Self.location(place))",
                    hint: near.map { "did you mean \($0.quoted)?" }
                        ?? "keys here: \(known.joined(separator: ", "))"),
                at: .key(name))
        }
    }

    /// Where a key stands, for a message.
    private static func location(_ place: Place) -> String {
        place.isEmpty ? "at the top level" : "in \(title(of: place))"
    }

    /// The table's header as one would write it.
    private static func title(of place: Place) -> String {
        let name = place.compactMap { if case .key(let key) = $0 { key } else { nil } }
            .joined(separator: ".")
        if case .index = place.last { return "[[\(name)]]" }
        return "[\(name)]"
    }
}

extension TableReader.Problem {
    /// The same problem with the key it is about in front.
    fileprivate func about(_ key: String) -> TableReader.Problem {
        TableReader.Problem("\(key): \(message)", hint: hint)
    }
}
