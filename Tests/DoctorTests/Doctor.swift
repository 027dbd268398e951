import Foundation
import SandboxModel
import Testing

/// One run of the real `pkgsandbox doctor`.
struct Doctor {
    /// What `PKGSANDBOX` names, else what was built for these tests.
    static let executable: String = {
        if let named = ProcessInfo.processInfo.environment["PKGSANDBOX"] { return named }
        return URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(".build/debug/pkgsandbox").resolvingSymlinksInPath().path
    }()

    /// Whether a sandbox can be made here. Where everything has to run, a test that cannot fails.
    static let canMakeSandboxes: Bool =
        ProcessInfo.processInfo.environment["PKGSANDBOX_MUST_RUN"] == "1"
        || (try? run([executable, "run", "--", "true"]).status) == 0

    static var isRoot: Bool { geteuid() == 0 }

    /// A program that an ordinary user runs: the caller, or one that root becomes.
    static func asUser(_ command: [String]) -> [String] {
        isRoot
            ? ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"] + command : command
    }

    let status: Int32
    let output: String
    let complaints: String

    static func run(_ command: [String]) throws -> Doctor {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let output = Pipe()
        let complaints = Pipe()
        process.standardOutput = output
        process.standardError = complaints
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let errors = complaints.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Doctor(
            status: process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            complaints: String(decoding: errors, as: UTF8.self))
    }

    /// The facts of a run with `--report json`.
    func facts() throws -> HostFacts {
        try JSONDecoder().decode(HostFacts.self, from: Data(output.utf8))
    }

    func probe(_ name: HostProbe.Name) throws -> HostProbe {
        try #require(try facts().probes.first { $0.name == name })
    }
}

/// An empty directory that any user may write to, removed with what is in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = "/tmp/doctor-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o777])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path) }
    }
}
