import Foundation
import Glibc
import Recipes
import SandboxModel
import Testing

/// Runs the real makepkg on a recipe in a scratch directory, as an unprivileged user and without
/// any sandbox, and decodes what it traces.
struct Harness {
    let root: String
    var layout: RecipeLayout
    var recipeFileName = "PKGBUILD"

    /// The reason for which makepkg cannot be run here; nil if it can.
    static let missing: String? = {
        for tool in ["makepkg", "fakeroot", "bsdtar", "setpriv"]
        where access("/usr/bin/" + tool, X_OK) != 0 {
            return "/usr/bin/\(tool) is not installed"
        }
        return nil
    }()

    /// Whether tests of the real makepkg run; where they must, its absence makes them fail.
    static let isWanted = missing == nil || getenv("PKGSANDBOX_MUST_RUN") != nil

    init(_ recipe: String, files: [String: String] = [:], directory: String = "recipe") throws {
        let unique = UUID().uuidString.prefix(8)
        root = "/tmp/pkgsandbox-recipes-\(unique)"
        layout = RecipeLayout()
        layout.recipe = root + "/" + directory
        layout.work = root + "/work"
        layout.packages = root + "/packages"
        layout.sources = root + "/sources"
        layout.sourcePackages = root + "/source-packages"
        layout.logs = root + "/logs"
        layout.configuration = root + "/makepkg.conf"
        layout.trace = root + "/trace"
        try FileManager.default.createDirectory(
            atPath: layout.recipe, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: root + "/home", withIntermediateDirectories: true)
        try write(recipe, to: layout.recipe + "/PKGBUILD")
        for (name, content) in files { try write(content, to: layout.recipe + "/" + name) }
        try #require(mkfifo(layout.trace, 0o666) == 0)
        try run(["chown", "-R", "12345:12345", root])
    }

    /// Removes what a run left, so that the next one starts as it did.
    func clean() throws {
        try run([
            "rm", "-rf", layout.work, layout.packages, layout.sources, layout.logs,
        ])
    }

    func remove() { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func run(_ command: [String]) throws {
        guard getuid() == 0 else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        try process.run()
        process.waitUntilExit()
    }

    func driver(_ options: [String] = []) throws -> MakepkgDriver {
        try MakepkgDriver(
            recipeFileName: recipeFileName, userOptions: options, jobs: 2,
            packager: "Tester <tester@example.invalid>",
            hasPacmanDatabase: false, layout: layout)
    }

    struct Result {
        var status: Int
        var output: String
        var errors: String
        var events: [PhaseTrace.Event] = []
        var trace = PhaseTrace()

        /// `build:6` for each traced line.
        var lines: [String] {
            events.compactMap {
                if case .line(_, let line, let function) = $0 { "\(function):\(line)" } else { nil }
            }
        }
        var phases: [String] {
            events.compactMap {
                switch $0 {
                case .phaseBegan(let name): "+" + name
                case .phaseEnded(let name, let status): "-\(name) \(status)"
                case .line: nil
                }
            }
        }
    }

    /// Runs a stage. Without `traced` nobody reads the FIFO: it is removed.
    func run(_ stage: RecipeStage, traced: Bool = true) throws -> Result {
        for file in stage.files { try write(file.content, to: file.sandboxPath) }
        if !traced { unlink(layout.trace) }
        return try run(stage.command, environment: stage.environment, traced: traced)
    }

    /// Runs makepkg as it is, without anything of ours but the directories.
    func runPlainly(_ arguments: [String]) throws -> Result {
        let settings = [
            "BUILDDIR": layout.work, "PKGDEST": layout.packages, "SRCDEST": layout.sources,
            "LOGDEST": layout.logs, "PACKAGER": "Tester <tester@example.invalid>",
            "FAKEROOTDONTTRYCHOWN": "1",
        ]
        return try run(
            ["makepkg", "--nosign", "--nodeps", "--nocolor"] + arguments, environment: settings,
            traced: false)
    }

    func run(_ command: [String], environment: [String: String], traced: Bool) throws -> Result {
        let process = Process()
        process.currentDirectoryURL = URL(fileURLWithPath: layout.recipe)
        let drop = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
        let line = (getuid() == 0 ? drop : []) + command
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = line
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": root + "/home", "LANG": "C", "TERM": "dumb",
        ].merging(environment) { $1 }
        let output = root + "/stdout"
        let errors = root + "/stderr"
        for path in [output, errors] {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        var result = Result(status: 0, output: "", errors: "")
        result.trace = PhaseTrace(failureHandlers: MakepkgDriver.failureHandlers)
        let reader = traced ? open(layout.trace, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1
        defer { if reader >= 0 { close(reader) } }
        try process.run()
        while process.isRunning {
            if drain(reader, &result) == 0 { usleep(1000) }
        }
        process.waitUntilExit()
        while drain(reader, &result) > 0 {}
        let isSignal = process.terminationReason == .uncaughtSignal
        result.status = Int(process.terminationStatus) + (isSignal ? 128 : 0)
        result.output = try String(contentsOfFile: output, encoding: .utf8)
        result.errors = try String(contentsOfFile: errors, encoding: .utf8)
        return result
    }

    private func drain(_ reader: Int32, _ result: inout Result) -> Int {
        guard reader >= 0 else { return 0 }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(reader, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        if let path = getenv("PKGSANDBOX_TEST_TRACE"), let file = fopen(path, "a") {
            fwrite(buffer, 1, count, file)
            fclose(file)
        }
        var events: [PhaseTrace.Event] = []
        result.trace.consume(Array(buffer[..<count])) { events.append($0) }
        result.events += events
        return count
    }
}
