import Foundation
import Glibc
import Testing

/// Whatever ends the program ends the sandbox with it.
@Suite(.needs(.sandbox, .ordinaryUser), .serialized)
struct SignalTests {
    static let signals = [SIGINT, SIGTERM, SIGHUP]

    @Test(arguments: signals, Caller.available)
    func endsARun(signal: Int32, caller: Caller) throws {
        try Place.with(caller) { place in
            let running = try place.start(
                place.sandboxed(
                    ["sh", "-c", "sleep 1000 & setsid sleep 1000 & echo ready; wait"],
                    options: ["--report", "json=\(place.reportFile)"]))
            running.waitForOutput("ready")
            let start = now()
            running.send(signal)
            let ended = running.wait(seconds: 30)
            #expect(ended.status == 128 + Int(signal), "\(ended.errorText)")
            #expect(now() - start < 4, "a command that obeys is not waited for")
            let report = try place.report()
            #expect(report.outcome.result == "interrupted")
            #expect(report.outcome.exitStatus == 128 + Int(signal))
        }
    }

    @Test(.needs(.makepkg), arguments: signals, Caller.available)
    func endsABuild(signal: Int32, caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(build: "sleep 1000 & echo ready\n  sleep 1000"))
            let before = entries(of: directory, withContent: true)
            let running = try place.start(place.building(directory))
            running.waitForOutput("ready")
            running.send(signal)
            let ended = running.wait(seconds: 30)
            #expect(ended.status == 128 + Int(signal), "\(ended.errorText)")
            #expect(entries(of: directory, withContent: true) == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.output).isEmpty)
            let report = try place.report()
            #expect(report.outcome.result == "interrupted")
            #expect(report.outcome.phase == "build")
        }
    }

    /// A command may clean up; one that will not end is ended.
    @Test func signalsAreForTheCommandFirst() throws {
        try Place.with(.user) { place in
            let polite = try place.start(
                place.sandboxed(
                    [
                        "sh", "-c",
                        "trap 'echo cleaning; exit 0' TERM; echo ready; while :; do sleep 0.1; done",
                    ]))
            polite.waitForOutput("ready")
            polite.send(SIGTERM)
            let ended = polite.wait(seconds: 30)
            #expect(ended.text.hasSuffix("cleaning\n"))
            #expect(ended.status == 143)

            let stubborn = try place.start(
                place.sandboxed(
                    ["sh", "-c", "trap '' INT TERM HUP; echo ready; while :; do sleep 0.1; done"]))
            stubborn.waitForOutput("ready")
            stubborn.send(SIGINT)
            #expect(stubborn.wait(seconds: 30).status == 130)
        }
    }

    /// A second signal is a request to end at once.
    @Test func secondSignalEndsAtOnce() throws {
        try Place.with(.user) { place in
            let running = try place.start(
                place.sandboxed([
                    "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done",
                ]))
            running.waitForOutput("ready")
            let start = now()
            running.send(SIGTERM)
            usleep(300_000)
            running.send(SIGTERM)
            #expect(running.wait(seconds: 30).status == 143)
            #expect(now() - start < 4)
        }
    }

    /// A script that called the program ends too, as it does with any program that SIGINT ended.
    @Test func callerSeesTheSignal() throws {
        try Place.with(.user) { place in
            let running = try place.start(
                place.sandboxed(["sh", "-c", "echo ready; exec sleep 1000"]))
            running.waitForOutput("ready")
            running.send(SIGINT)
            #expect(running.wait(seconds: 30).signal == SIGINT)
        }
    }

    /// Programs that outlive the command end with it, and their output is not waited for.
    @Test(arguments: Caller.available)
    func leftoversOfTheCommandEnd(caller: Caller) throws {
        try Place.with(caller) { place in
            let start = now()
            let ended = try place.shell("(setsid sleep 1000 &) ; sleep 1000 & echo done")
            #expect(ended.text == "done\n")
            #expect(ended.status == 0)
            #expect(now() - start < 20)
        }
    }

    @Test(.needs(.makepkg), arguments: Caller.available)
    func buildThatTakesTooLong(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(SmallRecipe.text(build: "sleep 1000"))
            let built = try place.build(directory, options: ["--timeout", "3"])
            #expect(built.status == 6, "\(built.errorText)")
            #expect(built.errorText.contains("time is up"))
            let report = try place.report()
            #expect(report.outcome.result == "timedOut")
            #expect(report.outcome.exitStatus == 6)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.output).isEmpty)
        }
    }
}

/// Scratch space of runs that were killed. Not one after the other, as most of the time is waiting.
@Suite(.needs(.sandbox, .ordinaryUser))
struct LeftoverTests {
    /// SIGKILL leaves nothing running, and the next run removes what it left on disk.
    @Test(.needs(.makepkg), arguments: Caller.available)
    func killedSupervisor(caller: Caller) async throws {
        try await Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(
                    build: "trap '' TERM HUP INT; setsid sleep 1000 & echo ready\n  sleep 1000"))
            let running = try place.start(place.building(directory))
            running.waitForOutput("ready")
            #expect(place.processes().count > 1)
            running.send(SIGKILL)
            #expect(running.wait(seconds: 10).signal == SIGKILL)
            let isOver = eventually(seconds: 5) { place.processes().isEmpty }
            #expect(isOver, "left running: \(place.processes())")

            #expect(try FileManager.default.contentsOfDirectory(atPath: place.scratch).count == 1)
            // A directory this young might be one that another run is just locking.
            try await Task.sleep(for: .seconds(62))
            #expect(try place.sandbox(["true"]).status == 0)
        }
    }

    /// Another run's scratch space is left alone while that run lives.
    @Test func livingRunsKeepTheirScratchSpace() async throws {
        try await Place.with(.user) { place in
            let running = try place.start(
                place.sandboxed(["sh", "-c", "echo ready; exec sleep 1000"]))
            running.waitForOutput("ready")
            try await Task.sleep(for: .seconds(62))
            #expect(try place.sandbox(["true"]).status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.scratch).count == 1)
            running.send(SIGTERM)
            running.wait()
        }
    }
}
