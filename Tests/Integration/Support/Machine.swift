import Foundation
import Glibc
import Testing

/// The machine that the tests run on, and where the things under test are.
enum Machine {
    static let environment = ProcessInfo.processInfo.environment
    static let packageRoot = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../..").standardizedFileURL.path
    static let fixtures = environment["PKGSANDBOX_FIXTURES"] ?? packageRoot + "/.fixtures"

    /// In continuous integration nothing may be skipped: what is missing is a failure.
    static let mustRun = environment["PKGSANDBOX_MUST_RUN"] == "1"
    static let isRoot = geteuid() == 0

    /// Where test directories are made: a disk that an overlay can have its upper layer on.
    static let temporary = "/var/tmp"

    /// The program under test; nil if it has not been built.
    static let program: String? = {
        let candidates =
            environment["PKGSANDBOX"].map { [$0] }
            ?? ["release", "debug"].map { "\(packageRoot)/.build/\($0)/pkgsandbox" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else { return nil }
        return isReachableByAll(found) ? found : copyForAll(found)
    }()

    /// Whether any user may pass through the directories above a file.
    private static func isReachableByAll(_ path: String) -> Bool {
        var url = URL(fileURLWithPath: path)
        while url.path != "/" {
            var status = stat()
            guard stat(url.path, &status) == 0, status.st_mode & S_IXOTH != 0 else { return false }
            url.deleteLastPathComponent()
        }
        return true
    }

    /// A copy that an ordinary user can execute, until the tests end.
    private static func copyForAll(_ path: String) -> String? {
        guard let directory = makeTemporaryDirectory() else { return nil }
        let copy = directory + "/pkgsandbox"
        // A program of its own copies: a descriptor of ours could leak into another test's program
        // as it starts, and the copy be busy.
        let command = ["install", "-m", "755", path, copy].map { Array($0.utf8) }
        let running = try? RunningProgram(
            command, environment: [:], directory: "/", input: .nothing,
            output: directory + "/install")
        guard running?.wait().status == 0 else { return nil }
        atexit {
            guard let program = Machine.program else { return }
            try? FileManager.default.removeItem(
                atPath: String(program.dropLast("/pkgsandbox".count)))
        }
        return copy
    }

    /// A new directory that everyone may enter.
    static func makeTemporaryDirectory() -> String? {
        var template = Array("\(temporary)/integration-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o755)
        return path
    }

    /// Where a program is, in the directories that every caller of the tests has.
    static func find(_ name: String) -> String? {
        Caller.searchPath.split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }
}

/// Something that a test cannot do without.
enum Need: Sendable {
    /// The program under test, and the namespaces that it needs.
    case sandbox
    /// A program of the machine.
    case tool(String)
    /// makepkg and what it calls.
    case makepkg
    /// Recipes with their sources.
    case recipes([String])
    case locale(String)
    /// Files of more than one owner.
    case root
    case ordinaryUser
    case jsonschema

    /// What is not there, and how to get it; nil if it is there.
    var missing: String? {
        switch self {
        case .sandbox:
            if Machine.program == nil {
                return Machine.environment["PKGSANDBOX"].map { "no program at PKGSANDBOX=\($0)" }
                    ?? "pkgsandbox is not built: swift build --product pkgsandbox"
            }
            return Self.namespaceProblem
        case .tool(let name):
            return Machine.find(name) == nil
                ? "\(name) is not installed: Tests/Setup/install test" : nil
        case .makepkg:
            return ["makepkg", "pacman", "bsdtar", "fakeroot"].lazy
                .compactMap { Need.tool($0).missing }.first
        case .recipes(let names):
            let missing = names.filter {
                access("\(Machine.fixtures)/recipes/\($0)/PKGBUILD", R_OK) != 0
            }
            if missing.isEmpty { return nil }
            return "Tests/Setup/fetch-sources has not fetched \(missing.joined(separator: ", "))"
        case .locale(let name):
            return newlocale(1 << LC_CTYPE, name, nil) == nil
                ? "the locale \(name) is not installed: Tests/Setup/install test" : nil
        case .root: return Machine.isRoot ? nil : "only root can do this"
        case .ordinaryUser:
            return Caller.available.contains(.user) ? nil : "setpriv is not installed (util-linux)"
        case .jsonschema: return Schema.problem
        }
    }

    /// The reason for which a new user namespace cannot be had, tried without pkgsandbox.
    private static let namespaceProblem: String? = {
        for caller in Caller.available {
            let command = ["unshare", "-U", "-r", "-m", "-p", "-f", "--mount-proc", "true"]
            guard let place = try? Place(caller), let ended = try? place.run(command) else {
                return "cannot start a program as \(caller)"
            }
            if ended.status != 0 { return "no user namespaces as \(caller): \(ended.errorText)" }
        }
        return nil
    }()
}

/// A test cannot run here, and must.
struct Missing: Error, CustomStringConvertible {
    var description: String
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where something is missing, and names it; with PKGSANDBOX_MUST_RUN=1 fails it.
    static func needs(_ needs: Need...) -> Self {
        let missing = needs.lazy.compactMap(\.missing).first
        return .enabled("\(missing ?? "all is here")") {
            if let missing, Machine.mustRun { throw Missing(description: missing) }
            return missing == nil
        }
    }
}
