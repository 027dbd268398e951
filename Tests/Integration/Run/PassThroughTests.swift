import Foundation
import Testing

/// `pkgsandbox run` between a command and its caller: status, streams, arguments, directory.
@Suite(.needs(.sandbox, .ordinaryUser))
struct PassThroughTests {
    /// A way to end, and the status that the caller sees.
    struct End: CustomTestStringConvertible, Sendable {
        var script: String
        var status: Int
        var testDescription: String { script }

        static let all = [
            End(script: "exit 0", status: 0), End(script: "exit 1", status: 1),
            End(script: "exit 42", status: 42), End(script: "exit 125", status: 125),
            End(script: "exit 126", status: 126), End(script: "exit 127", status: 127),
            End(script: "exit 255", status: 255), End(script: "kill -TERM $$", status: 143),
            End(script: "kill -KILL $$", status: 137), End(script: "kill -ABRT $$", status: 134),
            End(script: "kill -SEGV $$", status: 139), End(script: "kill -HUP $$", status: 129),
        ]
    }

    @Test(arguments: End.all, Caller.available)
    func statusOfTheCommand(end: End, caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell(end.script)
            #expect(ended.status == end.status, "\(ended.errorText)")
            #expect(ended.signal == nil, "the command's signal is not the program's own")
        }
    }

    @Test(arguments: Caller.available)
    func commandsThatCannotRun(caller: Caller) throws {
        try Place.with(caller) { place in
            let absent = try place.sandbox(["/nonexistent/program"])
            #expect(absent.status == 127)
            #expect(absent.errorText.contains("/nonexistent/program"))
            #expect(absent.errorText.contains("No such file or directory (ENOENT)"))
            #expect(try place.sandbox(["pkgsandbox-no-such-program"]).status == 127)

            try place.write("not a program", to: "work/file")
            let denied = try place.sandbox(["./file"])
            #expect(denied.status == 126)
            #expect(denied.errorText.contains("./file: Permission denied (EACCES)"))
            #expect(try place.sandbox(["/usr"]).status == 126)
        }
    }

    /// Ten megabytes of any bytes, in and out, on each stream.
    @Test(arguments: Caller.available)
    func streamsAreUntouched(caller: Caller) throws {
        try Place.with(caller) { place in
            let file = place.work + "/bytes"
            let made = try place.run(
                ["head", "-c", "10485760", "/dev/urandom"], asCaller: false)
            try Data(made.output).write(to: URL(fileURLWithPath: file))
            chmod(file, 0o644)

            let ended = try place.sandbox(
                ["sh", "-c", "tee /dev/stderr"], options: ["-q"], input: .file(file))
            #expect(ended.status == 0)
            #expect(ended.output == made.output)
            #expect(ended.errors == made.output, "not a byte of the program's own")
        }
    }

    /// Through pipes, with a reader that goes away early.
    @Test(arguments: Caller.available)
    func pipes(caller: Caller) throws {
        try Place.with(caller) { place in
            let line = try place.sandboxed(["cat"])
                .map { "'\($0)'" }.joined(separator: " ")
            let through = try place.run(
                ["bash", "-c", "set -o pipefail; seq 1 100000 | \(line) | sha256sum"])
            let plain = try place.run(["bash", "-c", "seq 1 100000 | sha256sum"])
            #expect(through.status == 0)
            #expect(through.text == plain.text)

            let endless = try place.sandboxed(["yes"]).map { "'\($0)'" }.joined(separator: " ")
            let early = try place.run(
                ["bash", "-c", "\(endless) | head -n 3; echo ${PIPESTATUS[0]}"])
            #expect(early.lines == ["y", "y", "y", "141"], "\(early.errorText)")
        }
    }

    @Test func inputStaysWithTheCommand() throws {
        try Place.with(.user) { place in
            let file = try place.write("first\nsecond\n", to: "home/input")
            let ended = try place.sandbox(
                ["sh", "-c", "read -r line; echo \"$line\""], input: .file(file))
            #expect(ended.text == "first\n")
        }
    }

    /// Arguments arrive as they were given, byte for byte.
    @Test func argumentsAreUntouched() throws {
        try Place.with(.user) { place in
            let odd = [
                "", " ", "-n", "--", "--help", "--profile=none", "a b", "tab\tline\nend",
                "'\"$(id)`",
                "\\", "*", "{}", "ünï", "\u{1b}[31m", "%s%n",
                String(repeating: "x", count: 100_000),
            ]
            let ended = try place.sandbox(["printf", "%s\\0"] + odd)
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(ended.text == odd.map { $0 + "\0" }.joined())
        }
    }

    @Test func argumentsThatAreNotUTF8() throws {
        try Place.with(.user) { place in
            let odd: [UInt8] = [0x66, 0xff, 0xc3, 0x28, 0x80]
            let command = try place.sandboxed(["printf", "%s"]).map { Array($0.utf8) } + [odd]
            let ended = try place.start(bytes: command).wait()
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(ended.output == odd)
        }
    }

    /// The current directory is at the same path, and what is written there stays.
    @Test func currentDirectoryIsWritable() throws {
        try Place.with(.user) { place in
            let directory = try place.makeDirectory("work/Ünï cödé dir")
            let ended = try place.sandbox(
                ["sh", "-c", "pwd; echo text > new; mkdir sub; touch sub/file"], in: directory)
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(ended.text == directory + "\n")
            #expect(bytes(of: directory + "/new") == Array("text\n".utf8))
            let made = entries(of: directory)
            #expect(made.map(\.path).contains(directory + "/sub/file"))
            #expect(made.allSatisfy { $0.uid == place.uid })
        }
    }

    /// Root's own directory is writable too, and what is made in it is root's, though the command
    /// is not.
    @Test(.needs(.root)) func rootsDirectoryIsWritable() throws {
        try Place.with(.root) { place in
            let ended = try place.shell("echo text > new; cat /proc/self/uid_map")
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(entries(of: place.work + "/new").map(\.uid) == [0])
            #expect(ended.lines.allSatisfy { $0.split(separator: " ").dropFirst().first != "0" })
        }
    }

    /// Started by root in a user's directory, the command is that user.
    @Test(.needs(.root)) func rootRunsAsTheOwnerOfTheDirectory() throws {
        try Place.with(.root) { place in
            let owner = Caller.unusedUser()
            chown(place.work, owner, owner)
            let ended = try place.shell("echo text > new")
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(entries(of: place.work + "/new").map(\.uid) == [owner])
        }
    }

    /// Variables of the caller are its own; `--env` gives or passes some.
    @Test(arguments: Caller.available)
    func environmentIsClean(caller: Caller) throws {
        try Place.with(caller) { place in
            let secrets = [
                "SECRET_TOKEN": "hunter2", "SSH_AUTH_SOCK": "/tmp/agent", "LD_PRELOAD": "",
                "PASSED": "as it is", "BASH_ENV": "/etc/hostname", "MAKEFLAGS": "-j99",
                "http_proxy": "http://user:password@proxy/",
            ]
            let ended = try place.sandbox(
                ["env", "-0"],
                options: ["--env", "PASSED", "--env", "GIVEN=a=b c", "--env", "ABSENT"],
                environment: secrets)
            #expect(ended.status == 0, "\(ended.errorText)")
            let variables = Dictionary(
                ended.text.split(separator: "\0").map { entry in
                    let parts = entry.split(separator: "=", maxSplits: 1)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                }, uniquingKeysWith: { $1 })
            #expect(variables["PASSED"] == "as it is")
            #expect(variables["GIVEN"] == "a=b c")
            #expect(variables["HOME"] == "/home/builder")
            #expect(variables["USER"] == "builder")
            for name in secrets.keys where name != "PASSED" {
                #expect(variables[name] == nil, "\(name)")
            }
            #expect(variables["ABSENT"] == nil)
            #expect(!ended.text.contains(place.home))
        }
    }

    @Test(arguments: Caller.available)
    func timeLimit(caller: Caller) throws {
        try Place.with(caller) { place in
            let start = now()
            let ended = try place.sandbox(
                ["sh", "-c", "echo begun; sleep 1000"],
                options: ["--timeout", "1", "--report", "json=\(place.reportFile)"])
            #expect(ended.status == 6, "\(ended.errorText)")
            #expect(ended.text == "begun\n")
            #expect(now() - start < 30)
            #expect(try place.report().outcome.result == "timedOut")
        }
    }
}
