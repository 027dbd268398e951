internal import SandboxModel

/// Failed writes of one kind: by the same program, at the same line, for the same reason, so that
/// one remedy mends them all.
struct FailureGroup: Sendable {
    private struct Key: Hashable {
        var phase: String?
        var recipeLine: Int?
        var program: String
        var rule: String?
        var reason: WriteFailure.Reason

        init(_ failure: WriteFailure) {
            phase = failure.phase
            recipeLine = failure.recipeLine
            program = Wording.baseName(failure.process.executable)
            rule = failure.rule
            reason = failure.reason
        }
    }

    /// The failed write that came first.
    let first: WriteFailure
    /// The others, in the order in which they came.
    private(set) var others: [WriteFailure] = []

    /// The number of failed writes.
    var count: Int { others.count + 1 }

    /// Puts failed writes into groups, in the order in which the first of each came.
    static func groups(of failures: some Sequence<WriteFailure>) -> [FailureGroup] {
        var groups: [FailureGroup] = []
        var indices: [Key: Int] = [:]
        for failure in failures {
            let key = Key(failure)
            if let index = indices[key] {
                groups[index].others.append(failure)
            } else {
                indices[key] = groups.count
                groups.append(FailureGroup(first: failure))
            }
        }
        return groups
    }

    private init(first: WriteFailure) { self.first = first }
}
