import Foundation
import Glibc
import Testing

/// Who starts pkgsandbox.
enum Starter: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case root
    /// A user without any privilege; where the tests run as root, one whose number nobody has.
    case user = "ordinary user"

    var testDescription: String { rawValue }

    static let available: [Starter] = geteuid() == 0 ? [.root, .user] : [.user]
}

/// The compiled driver with the trees that it needs on the host.
final class Driver {
    /// Every how manieth cell is tried; a prime, so that the rest of the cycle has no part in it.
    private static let stride =
        ProcessInfo.processInfo.environment["PKGSANDBOX_MATRIX"] == "full" ? 1 : 29
    /// The report keeps 5,000 records, so a set of calls is run in parts of so many variants.
    private static let variantsPerPart = stride == 1 ? 4 : 100
    private static let sets = [
        "open", "openat", "openat2", "make", "remove", "mode", "owner", "times", "attribute",
        "rename", "link", "i386",
    ]
    /// Trees that cells change, as many as no set has variants more than.
    private static let copies = 64

    private static let packageRoot = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../..").standardizedFileURL.path

    private static let program: String? = {
        let named = ProcessInfo.processInfo.environment["PKGSANDBOX"].map { [$0] }
        let candidates =
            named ?? ["release", "debug"].map { "\(packageRoot)/.build/\($0)/pkgsandbox" }
        return candidates.first { access($0, X_OK) == 0 }
    }()

    /// Why the matrix cannot be run here; nil if it can.
    static let obstacle: String? = {
        guard let program else { return "pkgsandbox has not been built" }
        for tool in ["cc"] + (geteuid() == 0 ? ["setpriv"] : []) where find(tool) == nil {
            return "there is no \(tool)"
        }
        guard let directory = temporaryDirectory() else { return "/var/tmp is not writable" }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ended = try? call([program, "run", "-q", "--", "true"], in: directory)
        return ended?.status == 0 ? nil : "no sandbox can be made: \(ended?.output ?? "")"
    }()

    /// In continuous integration nothing may be skipped: what is missing is a failure.
    static let mayRun =
        obstacle == nil || ProcessInfo.processInfo.environment["PKGSANDBOX_MUST_RUN"] == "1"

    private let starter: Starter
    private let program: String
    private let root: String
    private let user: uid_t
    private let seesStrangers = geteuid() == 0

    init(starter: Starter) throws {
        self.starter = starter
        program = try #require(Self.program)
        root = try #require(Self.temporaryDirectory())
        user = geteuid() == 0 ? 61234 : geteuid()
        try compile()
        try prepare()
    }

    private func compile() throws {
        let source = Self.packageRoot + "/Tests/Fixtures/matrix/matrix.c"
        // Static, so that its memory is where the 32-bit calls can reach it.
        try Self.expect(["cc", "-O1", "-static", "-o", "\(root)/matrix", source], in: root)
        // Where everyone may execute it.
        try FileManager.default.copyItem(atPath: program, toPath: "\(root)/pkgsandbox")
    }

    /// `mine` is the user's own and shown read-only; `strange` is root's and shown read-only;
    /// `shared` is root's and shown writable, once for each variant.
    private func prepare() throws {
        for name in ["scene", "out"] {
            mkdir("\(root)/\(name)", 0o755)
            chown("\(root)/\(name)", user, seesStrangers ? user : getegid())
        }
        try Self.expect(["./matrix", "prepare", "\(root)/mine", "\(user)"], in: root)
        guard seesStrangers else { return }
        try Self.expect(["./matrix", "prepare", "\(root)/strange", "0"], in: root)
        mkdir("\(root)/shared", 0o755)
        for copy in 0..<Self.copies {
            try Self.expect(["./matrix", "prepare", "\(root)/shared/\(copy)", "0"], in: root)
        }
    }

    func remove() {
        // Immutable files are among the trees.
        _ = try? Self.call(["chattr", "-R", "-i", "-a", root], in: "/")
        _ = try? Self.call(["rm", "-rf", root], in: "/")
    }

    /// Sets of variants, each small enough for one report.
    func parts() throws -> [String] {
        try Self.sets.flatMap { set in
            let counted = try Self.call(["\(root)/matrix", "variants", set], in: root)
            let count = Int(counted.output.filter(\.isNumber)) ?? 0
            return stride(from: 0, to: count, by: Self.variantsPerPart).map {
                "\(set):\($0)-\($0 + Self.variantsPerPart - 1)"
            }
        }
    }

    /// Runs the cells of a part in a sandbox and gives each to `check` with its records.
    func run(_ part: String, check: (Cell, [Record]) -> Void) throws {
        let report = "\(root)/out/report.json"
        let results = "\(root)/scene/results"
        for file in [report, results] { unlink(file) }
        var trees = ["mine=\(root)/mine"]
        var options = ["--read-only", "\(root)/mine"]
        if seesStrangers {
            trees += ["strange=\(root)/strange", "shared*\(Self.copies)=\(root)/shared"]
            options += ["--read-only", "\(root)/strange", "--writable", "\(root)/shared"]
        }
        let command =
            prefix + ["\(root)/pkgsandbox", "run", "-q", "--report", "json=\(report)"] + options
            + ["--env", "MATRIX_STRIDE=\(Self.stride)"]
            + (starter == .root ? ["--user", "\(user)"] : [])
            + ["--", "./matrix", "run", "results", part] + trees
        chmod("\(root)/scene", 0o755)
        try? FileManager.default.copyItem(
            atPath: "\(root)/matrix", toPath: "\(root)/scene/matrix")
        try Self.expect(command, in: "\(root)/scene")

        let failures = try JSONDecoder().decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: report))
        ).writeFailures
        try #require(failures.count < 5000, "\(part) has more refusals than a report keeps")
        let byProcess = Dictionary(grouping: failures, by: \.process.pid)
        let text = try String(
            decoding: Data(contentsOf: URL(fileURLWithPath: results)), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let cell = try #require(Cell(line), "\(line)")
            check(cell, byProcess[cell.pid] ?? [])
        }
    }

    private struct Report: Decodable { var writeFailures: [Record] }

    private var prefix: [String] {
        guard starter == .user, geteuid() == 0 else { return [] }
        return [
            "setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--inh-caps=-all",
            "--", "env", "HOME=\(root)/out",
        ]
    }

    // MARK: Processes

    private static func find(_ tool: String) -> String? {
        ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map { "\($0)/\(tool)" }
            .first { access($0, X_OK) == 0 }
    }

    private static func temporaryDirectory() -> String? {
        var template = Array("/var/tmp/matrix-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o755)
        return path
    }

    private static func expect(_ command: [String], in directory: String) throws {
        let ended = try call(command, in: directory)
        try #require(ended.status == 0, "\(command.joined(separator: " ")): \(ended.output)")
    }

    private static func call(
        _ command: [String], in directory: String
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
