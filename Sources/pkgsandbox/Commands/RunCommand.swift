internal import ArgumentParser
internal import LinuxKernel
internal import SandboxModel

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        _superCommandName: "pkgsandbox",
        abstract: "Run any command in the sandbox, with the current directory writable.",
        discussion: """
            The command's own exit status is passed through; 125 is a failure of the sandbox, 126 a \
            command that cannot be executed, 127 one that does not exist.
            """)

    @OptionGroup var options: SandboxOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("no command to run: pkgsandbox run -- COMMAND") }
    }

    func run() throws {
        let session = CommandSession(options: options, command: command, kind: "command")
        throw try session.run()
    }
}

struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        _superCommandName: "pkgsandbox",
        abstract: "Start a shell in the sandbox of a recipe, or of the current directory.")

    @OptionGroup var options: SandboxOptions

    @Argument(help: ArgumentHelp("A recipe, or a directory that holds one.", valueName: "recipe"))
    var recipe: String?

    func run() throws {
        if let recipe {
            throw try RecipeSession(options: RecipeOptions(sandbox: options), recipe: recipe)
                .shell()
        }
        let session = CommandSession(
            options: options, command: ["/bin/bash", "-i"], kind: "command")
        throw try session.run()
    }
}
