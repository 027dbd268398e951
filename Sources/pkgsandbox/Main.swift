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
        abstract: "Build distribution recipes in a sandbox, and say which failed write broke the build.",
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
            var command = try PkgSandbox.parseAsRoot()
            try command.run()
        } catch let error as UserError {
            Console.standard.say(error)
            exitProcess(error.exitStatus)
        } catch let status as ExitStatus {
            exitProcess(status)
        } catch {
            endForParser(error)
        }
    }

    /// Help goes to standard output with status 0; a wrong command line is status 2.
    private static func endForParser(_ error: any Error) -> Never {
        let text = PkgSandbox.fullMessage(for: error)
        if PkgSandbox.exitCode(for: error) == .success {
            Console.standard.show(text)
            exitProcess(.success)
        }
        Console.standard.sayUsage(text)
        exitProcess(.usage)
    }
}

extension ExitStatus: Error {}
