internal import ArgumentParser
internal import LinuxKernel
internal import Reporting
internal import SandboxModel

/// The version that `--version` and reports give.
let programVersion = "0.1.0"

/// The command line: `pkgsandbox` and its subcommands.
struct PkgSandbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pkgsandbox",
        abstract:
            "Build distribution recipes in a sandbox, and say which failed write broke the build.",
        version: programVersion,
        subcommands: [
            BuildCommand.self, RunCommand.self, ShellCommand.self, PlanCommand.self,
            ReportCommand.self, DoctorCommand.self, ProfileCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        // A reader that goes away (`| head`) is an error of the write, not the end of the run.
        ignoreSignal(Signal.pipe)
        do {
            try fillStandardDescriptors()
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch let error as UserError {
            Console.standard.say(error)
            exitProcess(error.exitStatus)
        } catch let status as ExitStatus {
            exitProcess(status)
        } catch {
            endForParser(error)
        }
    }

    /// Parses with the subcommand's own parser where the first word names it: building the tree of
    /// all commands would take as long as everything else that `run` does before it starts.
    private static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "run": try run(RunCommand.self, rest)
        case "build": try run(BuildCommand.self, rest)
        case "shell": try run(ShellCommand.self, rest)
        default:
            var command = try PkgSandbox.parseAsRoot(arguments)
            try command.run()
        }
    }

    private static func run<Command: ParsableCommand>(
        _ type: Command.Type, _ arguments: [String]
    ) throws {
        do {
            var command = try type.parse(arguments)
            try command.run()
        } catch {
            if error is UserError || error is ExitStatus { throw error }
            endForParser(error, type)
        }
    }

    /// Help goes to standard output with status 0; a wrong command line is status 2.
    private static func endForParser(
        _ error: any Error, _ type: any ParsableCommand.Type = PkgSandbox.self
    ) -> Never {
        let text = type.fullMessage(for: error)
        if type.exitCode(for: error) == .success {
            Console.standard.show(text)
            exitProcess(.success)
        }
        Console.standard.sayUsage(text)
        exitProcess(.usage)
    }
}

extension ExitStatus: Error {}
