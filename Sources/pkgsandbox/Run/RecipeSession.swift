internal import LinuxKernel
internal import Planning
internal import Recipes
internal import SandboxModel
internal import Supervision

/// A recipe's sandboxes.
struct RecipeSession {
    var options: RecipeOptions
    var recipe: String?

    func build() throws(UserError) -> ExitStatus { .success }
    func shell() throws(UserError) -> ExitStatus { .success }
    func plan() throws(UserError) -> SandboxPlan {
        throw UserError("", exitStatus: .usage)
    }
}
