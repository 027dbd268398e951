internal import SandboxModel

/// What is wrong with one file, gathered while it is read.
struct Complaints {
    /// One thing that is wrong.
    struct Complaint {
        var place: Place
        var message: String
        /// What to write instead.
        var hint: String?
        /// Something is not there. What is there and wrong comes first: it may be a misspelling of
        /// what is missing.
        var isOmission: Bool
    }

    /// The file as messages name it.
    let file: String
    private(set) var all: [Complaint] = []

    init(file: String) {
        self.file = file
    }

    var isEmpty: Bool { all.isEmpty }

    /// Notes that the value at `place` is wrong.
    mutating func add(_ message: String, at place: Place, hint: String? = nil) {
        all.append(Complaint(place: place, message: message, hint: hint, isOmission: false))
    }

    /// Notes that something is missing at `place`; the same omission counts once.
    mutating func addOmission(_ message: String, at place: Place, hint: String?) {
        guard !all.contains(where: { $0.place == place && $0.message == message }) else { return }
        all.append(Complaint(place: place, message: message, hint: hint, isOmission: true))
    }

    /// All complaints as one error: the first in the file leads, the others follow on lines of
    /// their own, and what is missing stands at the end.
    func error(in document: TOMLDocument) -> UserError {
        let sorted =
            all.enumerated()
            .map { (line: document.line(of: $1.place), order: $0, complaint: $1) }
            .sorted {
                ($0.complaint.isOmission ? 1 : 0, $0.line, $0.order)
                    < ($1.complaint.isOmission ? 1 : 0, $1.line, $1.order)
            }
        let messages = sorted.enumerated().map { offset, entry in
            // The first one's hint has a field of its own; omissions all have the same.
            let hint = offset == 0 || entry.complaint.isOmission ? nil : entry.complaint.hint
            return "\(file):\(entry.line): \(entry.complaint.message)"
                + (hint.map { " (\($0))" } ?? "")
        }
        return UserError(
            messages.first ?? file, more: Array(messages.dropFirst()),
            hint: sorted.first?.complaint.hint, exitStatus: .usage)
    }
}

extension String {
    /// The text between quotation marks, with control characters escaped, for a message.
    var quoted: String {
        "\"" + unicodeScalars.map { $0 == "'" ? "'" : $0.escaped(asASCII: false) }.joined() + "\""
    }
}

/// The one of `candidates` that `word` was most likely meant to be; nil if none is near.
func nearest(to word: String, in candidates: [String]) -> String? {
    let limit = max(1, word.utf8.count / 3)
    return
        candidates
        .map { (candidate: $0, distance: editDistance(word, $0)) }
        .filter { $0.distance <= limit }
        .min { $0.distance < $1.distance }?
        .candidate
}

/// How many insertions, removals, replacements and swaps of neighbours make `a` into `b`, with
/// case, `_` and `-` taken as equal.
func editDistance(_ a: String, _ b: String) -> Int {
    let a = a.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    let b = b.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
