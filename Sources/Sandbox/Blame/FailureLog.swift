internal import LinuxKernel
internal import SandboxModel

/// The failed writes of a run: alike ones counted together, each judged at the end.
struct FailureLog {
    /// What makes two failed writes one record.
    struct Key: Hashable {
        var process: Int32
        var call: String
        var errno: Int32
        var path: [UInt8]
    }

    struct Record {
        var id: Int
        var path: [UInt8]
        var count = 1
        /// The process and its ancestors, nearest first.
        var chain: [ProcessFacts.Identity]
        var names: [String]
        var phase: PhaseTrace.Phase?
        /// The number of recipe commands traced when it happened.
        var commandCount: UInt64
        /// The newest process of the sandbox when it happened.
        var newestProcess: Int32
        /// The names that one process tried at random, if it did.
        var pattern: NamePattern?
        /// The write was let through into a layer that is thrown away.
        var wasLetThrough: Bool
    }

    /// The most records that are kept; more are only counted.
    static let mostRecords = 5000

    private(set) var records: [Record] = []
    private(set) var omitted = 0
    private var byKey: [Key: Int] = [:]
    private var byDirectory: [Key: Int] = [:]

    /// Counts a failed write that is like one that is known; false if it is not.
    ///
    /// - Parameter isRetried: the call makes a new name and fails if it exists, as those do that
    ///   try names at random.
    mutating func countAgain(_ key: Key, isRetried: Bool) -> Bool {
        if let id = byKey[key] {
            records[id].count += 1
            return true
        }
        guard isRetried, let id = byDirectory[Self.directoryKey(key)],
            let pattern = (records[id].pattern ?? NamePattern(records[id].path)).joined(
                by: key.path)
        else { return false }
        records[id].pattern = pattern
        records[id].count += 1
        return true
    }

    /// Adds a record; nil when there are too many.
    mutating func add(
        _ key: Key, isRetried: Bool, make: (Int) -> Record
    ) -> Int? {
        guard records.count < Self.mostRecords else {
            omitted += 1
            return nil
        }
        let id = records.count
        records.append(make(id))
        byKey[key] = id
        if isRetried { byDirectory[Self.directoryKey(key)] = id }
        return id
    }

    private static func directoryKey(_ key: Key) -> Key {
        var copy = key
        if let slash = key.path.lastIndex(of: UInt8(ascii: "/")) {
            copy.path = Array(key.path[..<slash])
        }
        return copy
    }
}

/// Names that differ in one place, as `mkstemp` and its like make them: `Thin-*.tmp.o`.
struct NamePattern: Equatable {
    /// The shortest part that is taken for random.
    private static let shortest = 4

    private let first: [UInt8]
    private var prefix: Int
    private var suffix: Int

    init(_ path: [UInt8]) {
        first = path
        prefix = path.count
        suffix = path.count
    }

    /// The pattern that takes in another path, nil where that would join what is only similar.
    func joined(by path: [UInt8]) -> NamePattern? {
        guard path.count == first.count else { return nil }
        var result = self
        result.prefix = min(prefix, zip(first, path).prefix { $0 == $1 }.count)
        result.suffix = min(
            suffix, zip(first.reversed(), path.reversed()).prefix { $0 == $1 }.count)
        let differing = first.count - result.prefix - result.suffix
        let nameStart = (first.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        guard differing >= Self.shortest, result.prefix >= nameStart else { return nil }
        return result
    }

    var text: [UInt8] {
        guard prefix + suffix < first.count else { return first }
        return Array(first[..<prefix]) + [UInt8(ascii: "*")]
            + Array(first[(first.count - suffix)...])
    }
}
