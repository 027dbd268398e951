internal import ArgumentParser

/// The options of a recipe's sandbox.
struct RecipeOptions {
    var sandbox: SandboxOptions
    var output: String?
    var shellOnFailure = false
    var toolOptions: [String] = []
}

struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        _superCommandName: "pkgsandbox",
        abstract: "Build a recipe as a distribution's builder does.",
        discussion:
            "What stands after -- is given to the recipe's tool: pkgsandbox build -- --nocheck")

    @OptionGroup var options: SandboxOptions

    @Option(
        help: ArgumentHelp(
            "Where finished packages go; the recipe's directory if not given.", valueName: "dir"))
    var output: String?

    @Flag(help: "Start a shell in the sandbox when the build fails.")
    var shellOnFailure = false

    @Argument(help: ArgumentHelp("A recipe, or a directory that holds one.", valueName: "recipe"))
    var recipe: String?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("Options for the recipe's tool, after --.", valueName: "option"))
    var toolOptions: [String] = []

    func run() throws {
        let recipeOptions = RecipeOptions(
            sandbox: options, output: output, shellOnFailure: shellOnFailure,
            toolOptions: toolOptions)
        throw try RecipeSession(options: recipeOptions, recipe: recipe).build()
    }
}
