import Foundation
import Glibc
import Testing

/// A person at a terminal, with the sandbox's own terminal in between.
@Suite(.needs(.sandbox, .ordinaryUser), .serialized)
struct TerminalTests {
    private func withTerminal(
        _ caller: Caller, _ command: [String],
        _ body: (TestTerminal, RunningProgram, Place) throws -> Void
    ) throws {
        try Place.with(caller) { place in
            let terminal = try TestTerminal(rows: 33, columns: 77, owner: place.uid)
            // Held open, or the terminal would end with the program.
            let held = open(terminal.path, O_RDWR | O_NOCTTY)
            defer { close(held) }
            let before = terminal.settings
            let running = try place.start(
                place.sandboxed(command), input: .terminal(terminal.path),
                environment: ["TERM": "xterm"])
            try body(terminal, running, place)
            #expect(terminal.settings == before, "the terminal is as it was")
        }
    }

    @Test(arguments: Caller.available)
    func commandHasATerminal(caller: Caller) throws {
        try withTerminal(
            caller, ["sh", "-c", "tty; stty size; test -t 0 && test -t 1 && test -t 2; exit 7"]
        ) {
            terminal, running, _ in
            let ended = terminal.finish(running)
            #expect(ended.status == 7)
            #expect(terminal.text == "/dev/pts/0\n33 77\n")
        }
    }

    /// Controlling terminal, echo and the end of input are those of a terminal.
    @Test(arguments: Caller.available)
    func keysReachTheCommand(caller: Caller) throws {
        try withTerminal(caller, ["sh", "-c", "echo ready > /dev/tty; cat; echo end"]) {
            terminal, running, _ in
            terminal.wait(for: "ready")
            terminal.type("typed ünï\n")
            terminal.wait(for: "typed ünï\ntyped ünï\n")
            terminal.type("\u{04}")
            #expect(terminal.finish(running).status == 0)
            #expect(terminal.text.hasSuffix("end\n"))
        }
    }

    @Test(arguments: Caller.available)
    func windowSizeFollows(caller: Caller) throws {
        let script = "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.1; done"
        try withTerminal(caller, ["sh", "-c", script]) { terminal, running, _ in
            terminal.wait(for: "ready")
            terminal.resize(rows: 44, columns: 111)
            running.send(SIGWINCH)
            #expect(terminal.finish(running).status == 0)
            #expect(terminal.text.contains("44 111"))
        }
    }

    /// Ctrl-C goes to the command, which may handle it.
    @Test(arguments: Caller.available)
    func interruptKeyReachesTheCommand(caller: Caller) throws {
        let script = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.1; done"
        try withTerminal(caller, ["sh", "-c", script]) { terminal, running, _ in
            terminal.wait(for: "ready")
            terminal.type("\u{03}")
            #expect(terminal.finish(running).status == 5)
            #expect(terminal.text.contains("caught"))
        }
    }

    @Test(arguments: Caller.available)
    func interruptKeyEndsTheCommand(caller: Caller) throws {
        try withTerminal(caller, ["sh", "-c", "echo ready; exec sleep 1000"]) {
            terminal, running, _ in
            terminal.wait(for: "ready")
            terminal.type("\u{03}")
            #expect(terminal.finish(running).status == 130)
        }
    }

    /// A shell in the sandbox has job control: a job in the background may not read, and is
    /// stopped by the key for that.
    @Test(arguments: Caller.available)
    func jobControl(caller: Caller) throws {
        let script = """
            set -m
            cat & sleep 0.3; jobs; kill -KILL %1; wait 2>/dev/null
            echo ready
            sleep 1000
            echo "stopped $?"
            kill -KILL %+
            """
        try withTerminal(caller, ["bash", "-c", script]) { terminal, running, _ in
            terminal.wait(for: "ready")
            #expect(terminal.text.contains("Stopped"))
            usleep(200_000)
            terminal.type("\u{1a}")
            terminal.wait(for: "stopped 148")
            _ = terminal.finish(running)
        }
    }

    /// `pkgsandbox shell`, as a person uses it.
    @Test(arguments: Caller.available)
    func interactiveShell(caller: Caller) throws {
        try Place.with(caller) { place in
            let terminal = try TestTerminal(owner: place.uid)
            let running = try place.start(
                [place.program(), "shell"] + place.ownDirectories,
                input: .terminal(terminal.path), environment: ["TERM": "xterm"])
            terminal.wait(for: "$ ")
            terminal.type("echo $((6*7)) $(id -un)\n")
            terminal.wait(for: "42 builder")
            terminal.type("exit 9\n")
            #expect(terminal.finish(running).status == 9)
        }
    }

    /// Much output is neither cut nor mixed up.
    @Test func muchOutput() throws {
        try withTerminal(.user, ["seq", "1", "200000"]) { terminal, running, _ in
            #expect(terminal.finish(running).status == 0)
            let numbers = terminal.text.split(separator: "\n")
            #expect(numbers.count == 200_000)
            #expect(numbers.last == "200000")
        }
    }

    /// With output into a pipe there is no terminal in between, and no line end is changed.
    @Test func pipesAreNoTerminal() throws {
        try Place.with(.user) { place in
            let ended = try place.sandbox(["sh", "-c", "test -t 1; echo $?"])
            #expect(ended.output == Array("1\n".utf8))
        }
    }
}
