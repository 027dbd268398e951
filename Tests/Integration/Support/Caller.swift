import Foundation
import Glibc
import Testing

/// Who calls pkgsandbox.
enum Caller: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// Root itself, as in a container of continuous integration.
    case root
    /// A user without any privilege; where the tests run as root, one whose number nobody has.
    case user = "ordinary user"

    var testDescription: String { rawValue }

    /// Those that the tests can be here.
    static let available: [Caller] = {
        guard Machine.isRoot else { return [.user] }
        return Machine.find("setpriv") == nil ? [.root] : [.root, .user]
    }()

    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// What stands before a command to run it as a user.
    func prefix(uid: uid_t) -> [String] {
        guard Machine.isRoot, self == .user else { return [] }
        return [
            "setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "--inh-caps=-all",
            "--",
        ]
    }

    /// A user id that nobody has and no other test uses.
    static func unusedUser() -> uid_t {
        users.withLock { next in
            repeat { next += 1 } while getpwuid(next) != nil || getgrgid(next) != nil
            return next
        }
    }

    private static let users = Locked<uid_t>(61000 + uid_t(getpid() % 1000) * 4)
}

/// A value that several threads change.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
