internal import LinuxKernel
internal import Planning
internal import Recipes
internal import SandboxModel
internal import Supervision

/// The scratch space of a recipe's build, and the tree that its sandboxes see.
final class RecipeWorkspace {
    private let context: RunContext
    private let location: RecipeOnHost
    private let layout: RecipeLayout
    /// Where finished packages appear on the host.
    let packages: String
    private let places: [(hostPath: String, path: String)]
    private var recipeView: PlanRequest.Directory
    private var localSources: [PlanRequest.Directory] = []
    private(set) var degradations: [Degradation] = []

    init(
        context: RunContext, location: RecipeOnHost, layout: RecipeLayout
    ) throws(UserError) {
        self.context = context
        self.location = location
        self.layout = layout
        let scratch = context.scratch
        do throws(SystemError) {
            packages = try scratch.makeDirectory("packages")
            var places = [(packages, layout.packages)]
            for (name, path) in [
                ("build", layout.work), ("sources", layout.sources),
                ("source-packages", layout.sourcePackages), ("logs", layout.logs),
            ] {
                places.append((try scratch.makeDirectory(name), path))
            }
            self.places = places
            try Self.copyPublicKeys(scratch)
            recipeView = .readOnly(hostPath: location.directory, path: layout.recipe)
            if context.identity.needsCopy(of: location.directory) {
                try copyRecipe()
            } else {
                recipeView = .copyOnWrite(
                    lower: location.directory, upper: try scratch.makeDirectory("recipe-changes"),
                    work: try scratch.makeDirectory("recipe-work"), path: layout.recipe)
            }
        } catch {
            throw UserError(
                "cannot fill scratch space \(scratch.hostPath): \(error)",
                hint: "name a directory with room for the build: --scratch DIR",
                exitStatus: error.isFull ? .limitExceeded : .setupFailed)
        }
    }

    /// A sandbox over this scratch space.
    func plan(
        command: [String], environment: [String: String], network: Bool,
        streams: SandboxPlan.Streams, files: [RecipeStage.File]
    ) throws(UserError) -> SandboxPlan {
        var directories: [PlanRequest.Directory] = [recipeView] + localSources
        directories += places.map { .writable(hostPath: $0.hostPath, path: $0.path) }
        directories += try context.addedDirectories()
        return try context.planner.plan(
            PlanRequest(
                identity: context.identity.planned(context.profile), command: command,
                environment: environment.merging(context.environment) { _, added in added },
                workingDirectory: layout.recipe, network: network ? .host : .none,
                streams: streams, mode: context.mode, directories: directories,
                hidden: context.options.hide,
                files: files.map { ($0.sandboxPath, $0.content) }, homeOnHost: context.home,
                cacheDirectory: context.cacheDirectory, cacheKey: cacheKey,
                tracePath: layout.trace, recipePath: "\(layout.recipe)/\(location.fileName)",
                resolverConfiguration: context.resolverConfiguration))
    }

    /// The recipe's directory on the host tells recipes apart.
    private var cacheKey: String {
        let name = location.directory.split(separator: "/").last.map(String.init) ?? "recipe"
        let safe = String(
            name.unicodeScalars.map {
                $0.isASCII
                    && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                        || "+-_.".unicodeScalars.contains($0))
                    ? Character($0) : "_"
            }.prefix(64))
        let hash = location.path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "\(safe.hasPrefix(".") ? "_" : "")\(safe)-\(String(hash, radix: 16))"
    }

    // MARK: The recipe's directory

    /// - Returns: false when the recipe is a copy already.
    func fallBackToCopy(_ error: SystemError) throws(UserError) -> Bool {
        guard case .copyOnWrite = recipeView else { return false }
        do throws(SystemError) { try copyRecipe() } catch {
            throw UserError(
                "cannot copy \(location.directory): \(error)", exitStatus: .setupFailed)
        }
        degradations.append(
            Degradation(
                feature: "overlay",
                reason: "the recipe's directory was copied: an overlay cannot be mounted over "
                    + "\(context.scratch.hostPath) (\(error))",
                remedy: "keep scratch space on a disk or in memory: --scratch DIR"))
        return true
    }

    private func copyRecipe() throws(SystemError) {
        let copy = try context.scratch.makeDirectory("recipe")
        try TreeCopy.copy(location.directory, to: copy, owner: context.identity.host)
        recipeView = .writable(hostPath: copy, path: layout.recipe)
    }

    // MARK: Sources

    /// Sources that the recipe names by a path of this machine (`git+file:///…`) are shown while
    /// they are fetched, if they lie in the recipe's own directory: a recipe may not choose which
    /// other files of the caller it gets to read.
    func showLocalSources(_ sources: [RecipeSource]) {
        for source in sources {
            guard let path = source.localPath, let real = try? Files.realPath(path), real == path
            else { continue }
            if path.hasPrefix(location.directory + "/") {
                let directory = PlanRequest.Directory.readOnly(hostPath: path, path: path)
                if !localSources.contains(directory) { localSources.append(directory) }
            } else if !isShown(path) {
                degradations.append(
                    Degradation(
                        feature: "local source",
                        reason: "\(path) is outside of the recipe's directory and not shown",
                        remedy: "show it: --read-only \(path)"))
            }
        }
    }

    private func isShown(_ path: String) -> Bool {
        let shown =
            context.options.readOnly.compactMap { try? Files.realPath($0) }
            + context.options.writable.compactMap { try? Files.realPath($0) }
            + context.profile.filesystem.readOnly
        return shown.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    func hideLocalSources() { localSources = [] }

    /// Signatures are verified with the caller's public keys, which are copied: the original cannot
    /// be changed then, and GnuPG insists on locking what it reads.
    private static func copyPublicKeys(_ scratch: ScratchSpace) throws(SystemError) {
        let environment = HostSystem.environment()
        let directory = environment["GNUPGHOME"] ?? (environment["HOME"] ?? "") + "/.gnupg"
        let names = ["pubring.kbx", "pubring.gpg", "trustdb.gpg"]
        let files = names.compactMap { name in
            (try? Files.read("\(directory)/\(name)")).map { (name, $0) }
        }
        if files.isEmpty { return }
        _ = try scratch.makeDirectory("home/.gnupg", mode: 0o700)
        for (name, content) in files {
            try scratch.makeFile("home/.gnupg/\(name)", content, mode: 0o600)
        }
    }
}
