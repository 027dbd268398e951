/// What a recipe's shell tells about itself while it runs: which phase it is in, and which line of
/// the recipe each of its processes executes.
///
/// The bytes come from a FIFO that the recipe's shell, and anything else in the build, can write
/// to. So this decodes incrementally, takes any bytes, and holds a bounded amount of memory; what
/// is not a record is skipped.
///
/// Records are framed by control characters that do not occur in recipes (GS, US, RS):
///
///     GS B US pid US phase US recipe-path RS              a phase begins in shell `pid`
///     GS E US pid US phase US status RS                   it ended
///     GS pid US line US function RS text                  a command on a line of the recipe
///     GS pid US line US function US lines US functions US files RS text
///                                                         a command elsewhere, with its call stack
///
/// Where frame 0 of the stack is the command's own place, `lines` are those of the callers, as
/// bash's `BASH_LINENO`, `FUNCNAME` and `BASH_SOURCE` have it, joined by spaces, with `_` for each
/// space in `files`. `lines` and `functions` may be cut short. `text`, up to the next GS, is
/// the command; it is looked at only to recognise a shell that has failed.
public struct PhaseTrace: Sendable {
    /// What a record says.
    public enum Event: Sendable, Equatable {
        case phaseBegan(name: String)
        case phaseEnded(name: String, status: Int32)
        /// A shell starts a command on a line of the recipe. `function` is empty outside of any.
        case line(pid: Int32, line: Int32, function: String)
    }

    /// A phase as the recipe's shell announced it.
    public struct Phase: Sendable, Equatable {
        /// `build`, `package_foo`, ….
        public var name: String
        /// The shell that runs the phase.
        public var pid: Int32
    }

    /// What is known of one shell of the recipe.
    public struct ShellState: Sendable, Equatable {
        /// The innermost line that is in the recipe's own file; 0 if none was seen.
        public var line: Int32
        /// The recipe's function that holds the line; empty outside of any.
        public var function: String
        /// `commandCount` as it was after the shell's latest command: a shell with a number above
        /// that of an earlier moment has gone on since.
        public var sequence: UInt64
        /// The shell runs its error handling: it takes none of the recipe's commands any more.
        public var hasFailed: Bool
    }

    /// The longest record taken; a longer one is skipped.
    public static let recordLimit = 4096
    /// The most shells kept; beyond it those that were silent for longest are forgotten.
    public static let shellLimit = 4096

    /// The phase that began last and has not ended. When the tool has exited, it is the one that
    /// failed.
    public private(set) var phase: Phase?
    /// How many commands were traced so far.
    public private(set) var commandCount: UInt64 = 0
    /// The recipe's shells in the current phase, by their process number.
    public private(set) var shells: [Int32: ShellState] = [:]

    private let failureHandlers: [[UInt8]]
    private let longestHandler: Int
    private var recipePath: [UInt8] = []
    private var position = Position.between
    private var record: [UInt8] = []
    private var text: [UInt8] = []
    private var traced: Traced?
    /// The function seen last, so that a loop does not make a string per command.
    private var functionBytes: [UInt8] = []
    private var function = ""

    private enum Position { case between, inRecord, inText }

    /// A command whose record is complete and whose text is still coming.
    private struct Traced {
        var pid: Int32
        var line: Int32
        var function: String
    }

    /// - Parameter failureHandlers: the commands a shell runs when it has failed, by their first
    ///   word: `error_function` for makepkg.
    public init(failureHandlers: [String] = []) {
        self.failureHandlers = failureHandlers.map { Array($0.utf8) }
        longestHandler = self.failureHandlers.map(\.count).max() ?? 0
        record.reserveCapacity(Self.recordLimit)
    }

    /// The state of a process, if it is a shell of the recipe.
    public func shell(_ pid: Int32) -> ShellState? { shells[pid] }

    /// Forgets a process that has ended, before its number is used again.
    public mutating func forget(_ pid: Int32) { shells[pid] = nil }

    /// Takes the next bytes, cut anywhere, and hands out what they complete.
    public mutating func consume(_ bytes: [UInt8], onEvent: (Event) -> Void = { _ in }) {
        bytes.withUnsafeBytes { consume($0, onEvent: onEvent) }
    }

    /// Takes the next bytes, cut anywhere, and hands out what they complete.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer, onEvent: (Event) -> Void = { _ in }
    ) {
        var index = 0
        while index < bytes.count {
            switch position {
            case .between:
                // The first character of PS4 is repeated in subshells, hence any number of GS.
                guard let start = bytes.firstIndex(of: Mark.start, from: index) else { return }
                index = start + 1
                beginRecord()
            case .inRecord:
                index = takeRecord(bytes, from: index, onEvent)
            case .inText:
                index = takeText(bytes, from: index, onEvent)
            }
        }
    }

    private mutating func beginRecord() {
        record.removeAll(keepingCapacity: true)
        position = .inRecord
    }

    private mutating func takeRecord(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ onEvent: (Event) -> Void
    ) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != Mark.start, bytes[end] != Mark.end { end += 1 }
        let isWhole = end < bytes.count && bytes[end] == Mark.end
        guard record.count + (end - start) <= Self.recordLimit else {
            position = .between
            return end
        }
        if isWhole && record.isEmpty {
            // Nearly always: no copy.
            decode(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), onEvent)
            return end + 1
        }
        record.append(contentsOf: bytes[start..<end])
        guard end < bytes.count else { return end }
        if isWhole {
            let whole = record
            whole.withUnsafeBytes { decode($0, onEvent) }
        } else {
            beginRecord()
        }
        return end + 1
    }

    private mutating func takeText(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ onEvent: (Event) -> Void
    ) -> Int {
        var index = start
        while index < bytes.count, text.count <= longestHandler, bytes[index] > 0x20 {
            text.append(bytes[index])
            index += 1
        }
        if index < bytes.count {
            finishCommand(onEvent)
            position = .between
        }
        return index
    }

    private mutating func decode(_ record: UnsafeRawBufferPointer, _ onEvent: (Event) -> Void) {
        position = .between
        guard let first = record.first else { return }
        if first == UInt8(ascii: "B") {
            decodeBegin(record, onEvent)
        } else if first == UInt8(ascii: "E") {
            decodeEnd(record, onEvent)
        } else {
            decodeCommand(record)
        }
    }

    private mutating func decodeBegin(
        _ record: UnsafeRawBufferPointer, _ onEvent: (Event) -> Void
    ) {
        var fields = Fields(record)
        guard fields.next()?.count == 1, let pid = fields.nextNumber(),
            let name = fields.nextName(), let path = fields.next()
        else { return }
        recipePath = path.map { $0 == Mark.space ? UInt8(ascii: "_") : $0 }
        // The numbers of an earlier phase's processes may be in use again.
        shells.removeAll(keepingCapacity: true)
        phase = Phase(name: name, pid: pid)
        onEvent(.phaseBegan(name: name))
    }

    private mutating func decodeEnd(
        _ record: UnsafeRawBufferPointer, _ onEvent: (Event) -> Void
    ) {
        var fields = Fields(record)
        guard fields.next()?.count == 1, fields.nextNumber() != nil, let name = fields.nextName(),
            let status = fields.nextNumber(), phase?.name == name
        else { return }
        phase = nil
        onEvent(.phaseEnded(name: name, status: status))
    }

    private mutating func decodeCommand(_ record: UnsafeRawBufferPointer) {
        var fields = Fields(record)
        guard let pid = fields.nextNumber(), pid > 0, let line = fields.nextNumber(),
            let name = fields.next()
        else { return }
        if let lines = fields.next() {
            guard let functions = fields.next(), let files = fields.next() else { return }
            let frame = recipeFrame(line: line, lines: lines, functions: functions, files: files)
            traced = Traced(pid: pid, line: frame?.line ?? 0, function: frame?.function ?? "")
        } else {
            traced = Traced(pid: pid, line: line, function: functionName(name))
        }
        text.removeAll(keepingCapacity: true)
        position = .inText
    }

    /// The innermost frame of a call stack that is in the recipe's file.
    private mutating func recipeFrame(
        line: Int32, lines: UnsafeRawBufferPointer, functions: UnsafeRawBufferPointer,
        files: UnsafeRawBufferPointer
    ) -> (line: Int32, function: String)? {
        guard !recipePath.isEmpty,
            let found = files.split(separator: Mark.space).firstIndex(where: {
                $0.elementsEqual(recipePath)
            })
        else { return nil }
        let names = functions.split(separator: Mark.space)
        guard found < names.count else { return nil }
        let name = functionName(UnsafeRawBufferPointer(rebasing: names[found]))
        if found == 0 { return (line, name) }
        let callers = lines.split(separator: Mark.space)
        guard found <= callers.count,
            let caller = decimal(UnsafeRawBufferPointer(rebasing: callers[found - 1]))
        else { return nil }
        return (caller, name)
    }

    private mutating func functionName(_ bytes: UnsafeRawBufferPointer) -> String {
        if bytes.elementsEqual(functionBytes) { return function }
        functionBytes = Array(bytes)
        let name = String(decoding: bytes, as: UTF8.self)
        // Bash's names for the frames of a file that is being read.
        function = name == "source" || name == "main" ? "" : name
        return function
    }

    private mutating func finishCommand(_ onEvent: (Event) -> Void) {
        guard let command = traced else { return }
        traced = nil
        let old = shells[command.pid]
        // From here on it is the handler that is traced, and the shell was not going on.
        if old?.hasFailed == true { return }
        var state = old ?? ShellState(line: 0, function: "", sequence: 0, hasFailed: false)
        if failureHandlers.contains(where: { $0 == text }) {
            state.hasFailed = true
            shells[command.pid] = state
            return
        }
        commandCount += 1
        state.sequence = commandCount
        if command.line > 0 {
            state.line = command.line
            state.function = command.function
        }
        if old == nil && shells.count >= Self.shellLimit { forgetSilentShells() }
        shells[command.pid] = state
        if command.line > 0 {
            onEvent(.line(pid: command.pid, line: command.line, function: command.function))
        }
    }

    /// Half of them at once, so that the search is paid rarely.
    private mutating func forgetSilentShells() {
        let sequences = shells.values.map(\.sequence).sorted()
        let oldestKept = sequences[sequences.count / 2]
        let phaseShell = phase?.pid
        shells = shells.filter { $0.value.sequence >= oldestKept || $0.key == phaseShell }
    }
}

private enum Mark {
    static let start: UInt8 = 0x1D
    static let end: UInt8 = 0x1E
    static let field: UInt8 = 0x1F
    static let space: UInt8 = 0x20
}

/// The fields of a record, one after the other.
private struct Fields {
    private var rest: UnsafeRawBufferPointer
    private var isDone = false

    init(_ record: UnsafeRawBufferPointer) { rest = record }

    mutating func next() -> UnsafeRawBufferPointer? {
        if isDone { return nil }
        var end = 0
        while end < rest.count, rest[end] != Mark.field { end += 1 }
        let field = UnsafeRawBufferPointer(rebasing: rest[..<end])
        isDone = end == rest.count
        if !isDone { rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...]) }
        return field
    }

    mutating func nextNumber() -> Int32? { next().flatMap(decimal) }

    /// A phase's name: short, and without anything that could garble a terminal.
    mutating func nextName() -> String? {
        guard let field = next(), (1...200).contains(field.count),
            field.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        return String(decoding: field, as: UTF8.self)
    }
}

private func decimal(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    guard (1...10).contains(bytes.count) else { return nil }
    var value: Int64 = 0
    for byte in bytes {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
    }
    return Int32(exactly: value)
}

extension UnsafeRawBufferPointer {
    fileprivate func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
