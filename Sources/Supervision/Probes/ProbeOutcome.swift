internal import LinuxKernel
internal import SandboxModel

/// What came of one attempt, before anybody asked why.
enum ProbeOutcome: Sendable, Equatable {
    case worked(detail: String?)
    /// It works, with less than it could have.
    case weak(ProbeFailure)
    case failed(ProbeFailure)
    case untried(String)

    static let worked = ProbeOutcome.worked(detail: nil)
}

/// Why an attempt failed.
struct ProbeFailure: Error, Sendable, Equatable {
    /// `mount /proc: Operation not permitted (EPERM)`.
    var reason: String
    /// 0 where no system call failed.
    var errno: Int32

    init(_ reason: String, errno: Int32 = 0) {
        self.reason = reason
        self.errno = errno
    }

    init(_ error: SystemError) {
        self.init(error.description, errno: error.errno)
    }
}

extension ProbeOutcome {
    /// What an attempt comes to.
    init(_ attempt: () throws(ProbeFailure) -> String?) {
        do throws(ProbeFailure) { self = .worked(detail: try attempt()) } catch {
            self = .failed(error)
        }
    }
}

/// Carries out what may fail with a `SystemError`, for those who want a reason.
func trying<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
) throws(ProbeFailure) -> Result {
    do throws(SystemError) { return try body() } catch { throw ProbeFailure(error) }
}

/// A name and its outcome, as a probing process tells its parent.
struct ProbeMessage: Sendable, Equatable {
    var name: HostProbe.Name
    var outcome: ProbeOutcome

    /// Fields that are separated by zero bytes.
    var encoded: [UInt8] {
        let fields: [String] =
            switch outcome {
            case .worked(let detail): ["worked", detail ?? ""]
            case .weak(let failure): ["weak", "\(failure.errno)", failure.reason]
            case .failed(let failure): ["failed", "\(failure.errno)", failure.reason]
            case .untried(let reason): ["untried", reason]
            }
        return Array(([name.rawValue] + fields).joined(separator: "\0").utf8)
    }

    init(_ name: HostProbe.Name, _ outcome: ProbeOutcome) {
        self.name = name
        self.outcome = outcome
    }

    /// Nil for bytes that are no message.
    init?(_ bytes: [UInt8]) {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count >= 3, let name = HostProbe.Name(rawValue: fields[0]) else { return nil }
        self.name = name
        switch (fields[1], fields.count) {
        case ("worked", 3): outcome = .worked(detail: fields[2].isEmpty ? nil : fields[2])
        case ("untried", 3): outcome = .untried(fields[2])
        case ("weak", 4): outcome = .weak(ProbeFailure(fields[3], errno: Int32(fields[2]) ?? 0))
        case ("failed", 4): outcome = .failed(ProbeFailure(fields[3], errno: Int32(fields[2]) ?? 0))
        default: return nil
        }
    }
}
