import Foundation
import Glibc
import Testing

/// How a program ended, and what it wrote.
struct Ended: Sendable {
    /// As a shell has it: 128 + N for signal N.
    var status: Int
    /// The signal that ended the process that was started.
    var signal: Int32?
    var output: [UInt8]
    var errors: [UInt8]

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// A program that has been started, with its output in files.
final class RunningProgram {
    /// Where standard input comes from.
    enum Input {
        case nothing
        case file(String)
        /// Input, output and errors are this terminal.
        case terminal(String)
    }

    let pid: pid_t
    private let outputFile: String
    private let errorFile: String
    private var ended: Ended?

    /// Starts a program in a session of its own, with default signals.
    ///
    /// - Parameters:
    ///   - command: the program, looked for in `Caller.searchPath`, and its arguments, as bytes.
    ///   - output: the path before `.out` and `.err`.
    init(
        _ command: [[UInt8]], environment: [String: String], directory: String, input: Input,
        output: String
    ) throws {
        outputFile = output + ".out"
        errorFile = output + ".err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_APPEND
        for file in [outputFile, errorFile] {
            let descriptor = open(file, writing | O_TRUNC, 0o666)
            fchmod(descriptor, 0o666)
            close(descriptor)
        }
        switch input {
        case .terminal(let path):
            posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        case .nothing, .file:
            var path = "/dev/null"
            if case .file(let file) = input { path = file }
            posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, outputFile, writing, 0)
            posix_spawn_file_actions_addopen(&actions, 2, errorFile, writing, 0)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // What posix_spawn(3) can do as well, but not where only POSIX is imported. Neither program
        // forks here: the number stays that of the command.
        var line = ["setsid"]
        if case .terminal = input { line.append("--ctty") }
        line += ["/bin/sh", "-c", "cd -- \"$0\" && exec \"$@\"", directory]
        let arguments = (line.map { Array($0.utf8) } + command).map { Self.copy($0) } + [nil]
        let variables =
            environment.sorted { $0.key < $1.key }.map { Self.copy(Array("\($0)=\($1)".utf8)) }
            + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid = pid_t()
        let error = posix_spawn(
            &pid, Machine.find("setsid") ?? "", &actions, &attributes, arguments, variables)
        if error != 0 { throw Missing(description: "cannot start setsid: \(message(error))") }
        self.pid = pid
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { text in
            text.baseAddress.flatMap { strdup($0) }
        }
    }

    deinit {
        if ended == nil { _ = finish(seconds: 0) }
    }

    /// Waits for the end; a program that does not end in time is killed, which is a failure.
    @discardableResult
    func wait(seconds: Double = 300, sourceLocation: SourceLocation = #_sourceLocation) -> Ended {
        if let ended { return ended }
        let (ended, isOnTime) = finish(seconds: seconds)
        if !isOnTime {
            Issue.record(
                "did not end in \(Int(seconds)) s: \(ended.text.suffix(2000))\(ended.errorText.suffix(2000))",
                sourceLocation: sourceLocation)
        }
        return ended
    }

    private func finish(seconds: Double) -> (Ended, isOnTime: Bool) {
        let deadline = now() + seconds
        var raw: Int32 = 0
        var isOnTime = true
        var pause: useconds_t = 500
        while waitpid(pid, &raw, WNOHANG) == 0 {
            if now() >= deadline, isOnTime {
                isOnTime = false
                Glibc.kill(-pid, SIGKILL)
                Glibc.kill(pid, SIGKILL)
            }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        let signal = raw & 0x7f
        let ended = Ended(
            status: signal == 0 ? Int(raw >> 8 & 0xff) : 128 + Int(signal),
            signal: signal == 0 ? nil : signal, output: bytes(of: outputFile),
            errors: bytes(of: errorFile))
        self.ended = ended
        return (ended, isOnTime)
    }

    func send(_ signal: Int32) { Glibc.kill(pid, signal) }

    /// Whether it has ended; `wait` then returns at once.
    var hasEnded: Bool {
        var information = siginfo_t()
        return ended != nil
            || waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) != 0
            || information.si_signo == SIGCHLD
    }

    /// What it has written to standard output so far.
    var outputSoFar: String { String(decoding: bytes(of: outputFile), as: UTF8.self) }

    /// Waits until it has written something to standard output.
    func waitForOutput(
        _ text: String, seconds: Double = 120, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let seen = eventually(seconds: seconds) { outputSoFar.contains(text) }
        if !seen {
            Issue.record(
                "never wrote '\(text)': \(outputSoFar)\(String(decoding: bytes(of: errorFile), as: UTF8.self))",
                sourceLocation: sourceLocation)
        }
    }
}

/// Seconds of a clock that nobody sets.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Asks until the answer is yes or the time is up.
func eventually(seconds: Double, _ question: () -> Bool) -> Bool {
    let deadline = now() + seconds
    while !question() {
        if now() >= deadline { return false }
        usleep(10_000)
    }
    return true
}

func bytes(of file: String) -> [UInt8] {
    FileManager.default.contents(atPath: file).map { [UInt8]($0) } ?? []
}

func message(_ number: Int32) -> String { String(cString: strerror(number)) }
