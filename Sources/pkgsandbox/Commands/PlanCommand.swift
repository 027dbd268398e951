internal import ArgumentParser
internal import SandboxModel

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print what would be set up, step by step; changes nothing.")

    @OptionGroup var options: SandboxOptions

    @Argument(help: ArgumentHelp("A recipe, or a directory that holds one.", valueName: "recipe"))
    var recipe: String?

    func run() throws {
        let plan = try RecipeSession(
            options: RecipeOptions(sandbox: options), recipe: recipe
        ).plan()
        var lines = plan.steps.enumerated().map { index, step in
            "\(index + 1)\t\(step.description)"
        }
        lines.append("run\t\(plan.command.joined(separator: " "))")
        Console.standard.show(lines.joined(separator: "\n"))
    }
}
