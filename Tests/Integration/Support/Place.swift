import Foundation
import Glibc
import Testing

/// A directory of one test's own, with a home, and everything that pkgsandbox is to write.
///
/// Every test also proves that nothing is left behind: `Place.with` looks for processes, mounts and
/// scratch space when its body is done.
final class Place {
    let caller: Caller
    let root: String
    /// The caller's number; nobody else has it where the tests run as root.
    let uid: uid_t
    var environment: [String: String]
    private var runs = 0

    var home: String { root + "/home" }
    var work: String { root + "/work" }
    var scratch: String { root + "/scratch" }
    var cache: String { root + "/cache" }
    var output: String { root + "/output" }

    init(_ caller: Caller) throws {
        self.caller = caller
        uid = caller == .root ? 0 : Machine.isRoot ? Caller.unusedUser() : geteuid()
        guard let root = Machine.makeTemporaryDirectory() else {
            throw Missing(description: "cannot make a directory in \(Machine.temporary)")
        }
        self.root = root
        environment = [
            "PATH": Caller.searchPath, "HOME": root + "/home", "LANG": "C.UTF-8", "TERM": "dumb",
        ]
        for name in ["home", "work", "scratch", "cache", "output", "streams"] {
            try makeDirectory(name)
        }
    }

    /// Runs a test in a place of its own and checks what is left.
    static func with(
        _ caller: Caller, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Place) throws -> Void
    ) throws {
        let place = try Place(caller)
        defer { place.remove() }
        try body(place)
        place.expectNothingLeft(sourceLocation: sourceLocation)
    }

    /// The same, for a test that waits.
    static func with(
        _ caller: Caller, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Place) async throws -> Void
    ) async throws {
        let place = try Place(caller)
        defer { place.remove() }
        try await body(place)
        place.expectNothingLeft(sourceLocation: sourceLocation)
    }

    deinit { remove() }

    /// Not left to `deinit` alone: an expectation that failed may hold on to the place.
    private func remove() {
        // Go keeps its modules read-only; even the owner has to make them writable first.
        for directory in entries(of: root).filter({ $0.kind == S_IFDIR }) {
            chmod(directory.path, 0o700)
        }
        try? FileManager.default.removeItem(atPath: root)
    }

    // MARK: Files

    /// Makes a directory of the caller's in the place.
    @discardableResult
    func makeDirectory(_ name: String) throws -> String {
        let path = root + "/" + name
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try give(path)
        return path
    }

    /// Writes a file of the caller's.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        let path = root + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
        try give(path)
        return path
    }

    /// A directory with a PKGBUILD in it.
    @discardableResult
    func makeRecipe(_ text: String, _ name: String = "recipe") throws -> String {
        try makeDirectory(name)
        try write(text, to: name + "/PKGBUILD")
        return root + "/" + name
    }

    /// A copy of a real recipe with its sources.
    func copyRecipe(_ name: String, to directory: String? = nil) throws -> String {
        let path = root + "/" + (directory ?? name)
        let parents = (directory ?? name).split(separator: "/").dropLast()
        if !parents.isEmpty { try makeDirectory(parents.joined(separator: "/")) }
        let source = "\(Machine.fixtures)/recipes/\(name)"
        let copied = try run(
            ["cp", "-R", "--preserve=mode,timestamps", source, path], asCaller: false)
        try #require(copied.status == 0, "\(copied.errorText)")
        try give(path)
        return path
    }

    /// Makes the caller the owner of a file or a tree.
    private func give(_ path: String) throws {
        guard Machine.isRoot, uid != 0 else { return }
        for entry in entries(of: path) { lchown(entry.path, uid, uid) }
    }

    // MARK: Programs

    /// Starts a program as the caller.
    func start(
        _ command: [String], asCaller: Bool = true, in directory: String? = nil,
        input: RunningProgram.Input = .nothing, environment added: [String: String] = [:]
    ) throws -> RunningProgram {
        try start(
            bytes: command.map { Array($0.utf8) }, asCaller: asCaller, in: directory, input: input,
            environment: added)
    }

    func start(
        bytes command: [[UInt8]], asCaller: Bool = true, in directory: String? = nil,
        input: RunningProgram.Input = .nothing, environment added: [String: String] = [:]
    ) throws -> RunningProgram {
        runs += 1
        let prefix = asCaller ? caller.prefix(uid: uid).map { Array($0.utf8) } : []
        return try RunningProgram(
            prefix + command, environment: environment.merging(added) { $1 },
            directory: directory ?? work, input: input, output: "\(root)/streams/\(runs)")
    }

    func run(
        _ command: [String], asCaller: Bool = true, in directory: String? = nil,
        input: RunningProgram.Input = .nothing, environment: [String: String] = [:]
    ) throws -> Ended {
        try start(
            command, asCaller: asCaller, in: directory, input: input, environment: environment
        ).wait()
    }

    /// `pkgsandbox ARGUMENTS`.
    func pkgsandbox(
        _ arguments: [String], in directory: String? = nil,
        input: RunningProgram.Input = .nothing, environment: [String: String] = [:]
    ) throws -> Ended {
        try start(
            [program()] + arguments, in: directory, input: input, environment: environment
        ).wait()
    }

    func program() throws -> String { try #require(Machine.program) }

    /// The options that keep a run's files in this place.
    var ownDirectories: [String] { ["--scratch", scratch, "--cache", cache] }

    /// The command line of `pkgsandbox run` for a command.
    func sandboxed(_ command: [String], options: [String] = []) throws -> [String] {
        [try program(), "run"] + ownDirectories + options + ["--"] + command
    }

    /// `pkgsandbox run -- COMMAND`.
    func sandbox(
        _ command: [String], options: [String] = [], in directory: String? = nil,
        input: RunningProgram.Input = .nothing, environment: [String: String] = [:]
    ) throws -> Ended {
        try run(
            try sandboxed(command, options: options), in: directory, input: input,
            environment: environment)
    }

    /// A shell's answer from inside the sandbox.
    func shell(_ script: String, options: [String] = []) throws -> Ended {
        try sandbox(["/bin/sh", "-c", script], options: options)
    }

    // MARK: What is left

    /// Nothing of the place's runs is left: no process, no mount, no scratch space.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) {
        let isOver = eventually(seconds: 5) { processes().isEmpty }
        #expect(isOver, "left running: \(processes())", sourceLocation: sourceLocation)
        #expect(mounts().isEmpty, sourceLocation: sourceLocation)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? []
        #expect(left.isEmpty, "left in scratch space", sourceLocation: sourceLocation)
    }

    /// Processes that belong to the place: by their command line, which init has from its
    /// supervisor and without which nothing in a sandbox lives; and by their user.
    func processes() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.compactMap { pid in
            let arguments = bytes(of: "/proc/\(pid)/cmdline").split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
            var status = stat()
            let isOurs =
                Machine.isRoot && uid != 0 && stat("/proc/\(pid)", &status) == 0
                && status.st_uid == uid
            guard isOurs || arguments.contains(where: { $0.contains(root) }) else { return nil }
            let state = String(decoding: bytes(of: "/proc/\(pid)/stat"), as: UTF8.self)
            // A zombie has ended.
            guard !state.isEmpty, !state.contains(") Z ") else { return nil }
            return "\(pid) \(arguments.joined(separator: " "))"
        }
    }

    private func mounts() -> [String] {
        String(decoding: bytes(of: "/proc/self/mountinfo"), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains(root) }
    }
}
