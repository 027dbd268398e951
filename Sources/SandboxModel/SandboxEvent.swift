/// What the sandbox's init tells the supervisor, one event per message.
public enum SandboxEvent: Sendable, Equatable {
    /// A step of the plan failed; the sandbox ends.
    case stepFailed(index: Int, call: String, errno: Int32, path: String?)
    /// The steps are done and the command runs.
    case started
    /// The command could not be executed.
    case commandFailed(errno: Int32)
    /// The sandbox's own terminal; its descriptor comes with the message.
    case terminal
    case phaseBegan(name: String)
    case phaseEnded(name: String, status: Int32)
    /// A failed write, seen for the first time. Verdict and count come with `judged`.
    case writeFailed(id: Int, WriteFailure)
    /// What became of a failed write.
    case judged(id: Int, count: Int, path: String, verdict: WriteFailure.Verdict, reason: String)
    case redirected(path: String, rule: Int, scratch: String)
    case redirectCounted(path: String, count: Int)
    case degraded(Degradation)
    /// The command has ended, by exit status or by signal; the last message.
    case finished(status: Int32, signal: Int32, omitted: Int, Usage)
}

extension SandboxEvent {
    /// The event as the bytes of one message.
    public func encoded() -> [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .stepFailed(let index, let call, let errno, let path):
            writer.put(1)
            writer.put(index)
            writer.put(call)
            writer.put(Int(errno))
            writer.put(path)
        case .started: writer.put(2)
        case .commandFailed(let errno):
            writer.put(3)
            writer.put(Int(errno))
        case .terminal: writer.put(4)
        case .phaseBegan(let name):
            writer.put(5)
            writer.put(name)
        case .phaseEnded(let name, let status):
            writer.put(6)
            writer.put(name)
            writer.put(Int(status))
        case .writeFailed(let id, let failure):
            writer.put(7)
            writer.put(id)
            writer.put(failure)
        case .judged(let id, let count, let path, let verdict, let reason):
            writer.put(8)
            writer.put(id)
            writer.put(count)
            writer.put(path)
            writer.put(verdict.rawValue)
            writer.put(reason)
        case .redirected(let path, let rule, let scratch):
            writer.put(9)
            writer.put(path)
            writer.put(rule)
            writer.put(scratch)
        case .redirectCounted(let path, let count):
            writer.put(10)
            writer.put(path)
            writer.put(count)
        case .degraded(let degradation):
            writer.put(11)
            writer.put(degradation.feature)
            writer.put(degradation.reason)
            writer.put(degradation.remedy)
        case .finished(let status, let signal, let omitted, let usage):
            writer.put(12)
            writer.put(Int(status))
            writer.put(Int(signal))
            writer.put(omitted)
            writer.put(Int(usage.userSeconds * 1e6))
            writer.put(Int(usage.systemSeconds * 1e6))
            writer.put(usage.peakMemoryBytes)
        }
        return writer.bytes
    }

    /// The event of a message; nil when the bytes are not exactly one.
    public init?(_ message: [UInt8]) {
        var reader = MessageReader(message)
        guard let tag = reader.int(), let event = Self.decode(tag, &reader), reader.isAtEnd else {
            return nil
        }
        self = event
    }

    private static func decode(_ tag: Int, _ reader: inout MessageReader) -> SandboxEvent? {
        switch tag {
        case 1:
            guard let index = reader.int(), let call = reader.string(),
                let errno = reader.int32(), let path = reader.optionalString()
            else { return nil }
            return .stepFailed(index: index, call: call, errno: errno, path: path)
        case 2: return .started
        case 3: return reader.int32().map { .commandFailed(errno: $0) }
        case 4: return .terminal
        case 5: return reader.string().map { .phaseBegan(name: $0) }
        case 6:
            guard let name = reader.string(), let status = reader.int32() else { return nil }
            return .phaseEnded(name: name, status: status)
        case 7:
            guard let id = reader.int(), let failure = reader.writeFailure() else { return nil }
            return .writeFailed(id: id, failure)
        case 8:
            guard let id = reader.int(), let count = reader.int(), let path = reader.string(),
                let verdict = reader.string().flatMap(WriteFailure.Verdict.init(rawValue:)),
                let reason = reader.string()
            else { return nil }
            return .judged(id: id, count: count, path: path, verdict: verdict, reason: reason)
        case 9:
            guard let path = reader.string(), let rule = reader.int(),
                let scratch = reader.string()
            else { return nil }
            return .redirected(path: path, rule: rule, scratch: scratch)
        case 10:
            guard let path = reader.string(), let count = reader.int() else { return nil }
            return .redirectCounted(path: path, count: count)
        case 11:
            guard let feature = reader.string(), let reason = reader.string(),
                let remedy = reader.optionalString()
            else { return nil }
            return .degraded(Degradation(feature: feature, reason: reason, remedy: remedy))
        case 12:
            guard let status = reader.int32(), let signal = reader.int32(),
                let omitted = reader.int(), let user = reader.int(), let system = reader.int(),
                let peak = reader.int()
            else { return nil }
            let usage = Usage(
                userSeconds: Double(user) / 1e6, systemSeconds: Double(system) / 1e6,
                peakMemoryBytes: peak)
            return .finished(status: status, signal: signal, omitted: omitted, usage)
        default: return nil
        }
    }
}

/// Writes the fields of a message: numbers of eight bytes, texts with their length before them.
struct MessageWriter {
    var bytes: [UInt8] = []

    mutating func put(_ number: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(number)).littleEndian) { bytes += $0 }
    }

    mutating func put(_ text: String) {
        put(text.utf8.count)
        bytes += text.utf8
    }

    mutating func put(_ text: String?) {
        put(text == nil ? 0 : 1)
        if let text { put(text) }
    }

    mutating func put(_ number: Int?) {
        put(number == nil ? 0 : 1)
        if let number { put(number) }
    }

    mutating func put(_ process: ProcessSummary) {
        put(process.pid)
        put(process.executable)
        put(process.arguments.count)
        for argument in process.arguments { put(argument) }
        put(process.workingDirectory)
    }

    mutating func put(_ failure: WriteFailure) {
        put(failure.path)
        put(failure.requestedPath)
        put(failure.call)
        put(failure.operation)
        put(failure.errno)
        put(failure.reason.rawValue)
        put(failure.evidence)
        put(failure.phase)
        put(failure.recipeLine)
        put(failure.recipeFunction)
        put(failure.process)
        put(failure.ancestry.count)
        for ancestor in failure.ancestry { put(ancestor) }
    }
}

/// Reads what `MessageWriter` wrote; nil for anything that does not fit the message's length.
struct MessageReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func int() -> Int? {
        guard bytes.count - position >= 8 else { return nil }
        let raw = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        }
        position += 8
        return Int(Int64(bitPattern: UInt64(littleEndian: raw)))
    }

    mutating func int32() -> Int32? { int().flatMap { Int32(exactly: $0) } }

    mutating func string() -> String? {
        guard let count = int(), count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    /// The outer optional is for a message that does not fit, the inner one for an absent text.
    mutating func optionalString() -> String?? {
        switch int() {
        case 0: .some(nil)
        case 1: string().map { .some($0) }
        default: nil
        }
    }

    mutating func optionalInt() -> Int?? {
        switch int() {
        case 0: .some(nil)
        case 1: int().map { .some($0) }
        default: nil
        }
    }

    /// A count of things that take at least eight bytes each.
    private mutating func count() -> Int? {
        guard let count = int(), count >= 0, count <= (bytes.count - position) / 8 else {
            return nil
        }
        return count
    }

    mutating func process() -> ProcessSummary? {
        guard let pid = int(), let executable = string(), let count = count() else { return nil }
        var arguments: [String] = []
        for _ in 0..<count {
            guard let argument = string() else { return nil }
            arguments.append(argument)
        }
        guard let directory = optionalString() else { return nil }
        return ProcessSummary(
            pid: pid, executable: executable, arguments: arguments, workingDirectory: directory)
    }

    mutating func writeFailure() -> WriteFailure? {
        guard let path = string(), let requestedPath = string(), let call = string(),
            let operation = string(), let errno = string(),
            let reason = string().flatMap(WriteFailure.Reason.init(rawValue:)),
            let evidence = optionalString(), let phase = optionalString(),
            let line = optionalInt(), let function = optionalString(), let process = process(),
            let count = count()
        else { return nil }
        var ancestry: [ProcessSummary] = []
        for _ in 0..<count {
            guard let ancestor = self.process() else { return nil }
            ancestry.append(ancestor)
        }
        return WriteFailure(
            path: path, requestedPath: requestedPath, call: call, operation: operation,
            errno: errno, reason: reason, evidence: evidence, phase: phase, recipeLine: line,
            recipeFunction: function, process: process, ancestry: ancestry)
    }
}
