internal import LinuxKernel
internal import Planning
internal import Recipes
internal import SandboxModel
internal import Supervision

/// `build`, `plan` and `shell` of a recipe: finds it, and carries out its stages.
struct RecipeSession {
    var options: RecipeOptions
    /// As the user named it.
    var recipe: String?

    func build() throws(UserError) -> ExitStatus {
        let console = Console(colour: Console.Colour(options.sandbox.color))
        let location = try RecipeOnHost(recipe)
        let output = try outputDirectory(location)
        let context = try RunContext(options: options.sandbox, directory: location.directory)
        var failed = true
        defer { context.finish(failed: failed, console: console) }
        let build = try RecipeBuild(
            options: options, location: location, context: context, output: output,
            console: console)
        let end = try build.run()
        failed = end.status != .success
        if case .signal(let number) = end.interruption {
            context.finish(failed: true, console: console)
            endBySignal(number)
        }
        return end.status
    }

    func shell() throws(UserError) -> ExitStatus {
        let console = Console(colour: Console.Colour(options.sandbox.color))
        let location = try RecipeOnHost(recipe)
        let context = try RunContext(options: options.sandbox, directory: location.directory)
        defer { context.finish(failed: false, console: console) }
        let build = try RecipeBuild(
            options: options, location: location, context: context, output: location.directory,
            console: console)
        return try build.shell()
    }

    func plan() throws(UserError) -> SandboxPlan {
        let console = Console(colour: Console.Colour(options.sandbox.color))
        let location = try RecipeOnHost(recipe)
        let context = try RunContext(
            options: options.sandbox, directory: location.directory, makesCache: false)
        defer { context.finish(failed: false, console: console) }
        return try RecipeBuild(
            options: options, location: location, context: context, output: location.directory,
            console: console
        ).buildPlan()
    }

    /// The directory for finished packages, which has to be there and writable before anything is
    /// built.
    private func outputDirectory(_ location: RecipeOnHost) throws(UserError) -> String {
        let requested = options.output ?? location.directory
        let path: String
        do throws(SystemError) {
            path = try Files.realPath(requested)
            guard try FileStatus.of(path).kind == .directory else {
                throw SystemError(call: "open", errno: ErrorNumber.notDirectory)
            }
            guard Files.mayAccess(path, PathQuestion.write | PathQuestion.search) else {
                throw SystemError(call: "open", errno: ErrorNumber.accessDenied)
            }
        } catch {
            throw UserError(
                "cannot write to the output directory \(requested): \(error.reason)",
                hint: "name a directory that exists and is yours: --output DIR", exitStatus: .usage)
        }
        return path
    }
}

/// A recipe as it lies on the host.
struct RecipeOnHost {
    /// The recipe's directory: absolute, without symbolic links.
    var directory: String
    var fileName: String
    /// As the user would name it.
    var shownName: String
    /// The recipe's lines.
    var text: RecipeText

    init(_ argument: String?) throws(UserError) {
        let found = try RecipeLocation.find(argument) { path in
            guard let status = try? FileStatus.of(path) else { return .missing }
            switch status.kind {
            case .regular: return .file
            case .directory: return .directory
            default: return .other
            }
        }
        let shown = found.directory == "." ? found.fileName : "\(found.directory)/\(found.fileName)"
        do throws(SystemError) {
            directory = try Files.realPath(found.directory)
            _ = try Descriptor.open("\(directory)/\(found.fileName)", FileFlags.readOnly)
        } catch {
            throw UserError(
                "cannot read recipe \(shown): \(error.reason)",
                hint: "make it readable: chmod u+r \(found.fileName)", exitStatus: .usage)
        }
        fileName = found.fileName
        shownName = shown
        text = RecipeText(path: "\(directory)/\(found.fileName)")
    }

    var path: String { "\(directory)/\(fileName)" }

    /// The names in the recipe's directory.
    var names: Set<String> {
        guard let open = try? Descriptor.open(directory, FileFlags.readOnly | FileFlags.directory),
            let names = try? Files.names(in: open.number)
        else { return [] }
        return Set(names.map(Files.text))
    }
}
