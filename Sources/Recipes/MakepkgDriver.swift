public import SandboxModel

/// Plans the build of a PKGBUILD with the host's makepkg (6.0 or later), and says what its end
/// means. Corresponds to makepkg(8).
///
/// It never touches the file system and starts nothing.
public struct MakepkgDriver: Sendable {
    /// The recipe's file, by its name in its directory.
    public var recipeFileName: String
    /// Where things are in the sandbox.
    public var layout: RecipeLayout
    /// Parallel jobs for make.
    public var jobs: Int
    /// Who is named as the packager where the host's configuration names no one.
    public var packager: String?
    /// Whether pacman knows what is installed. Where it does not, dependencies are not checked.
    public var hasPacmanDatabase: Bool
    /// Whether makepkg may colour what it writes to a terminal.
    public var interactiveColor: Bool
    /// Keeps version control sources as they are: the user asked for it, or there is no network.
    public var holdsVersions: Bool
    let options: MakepkgOptions

    /// The file name that makepkg looks for.
    public static let defaultRecipeFileName = "PKGBUILD"
    /// What `PhaseTrace` has to be made with.
    public static let failureHandlers = MakepkgHooks.failureHandlers

    /// - Parameter userOptions: what the user gave after `--`.
    /// - Throws: a `UserError` for an option that cannot be had in a sandbox.
    public init(
        recipeFileName: String = defaultRecipeFileName, userOptions: [String] = [], jobs: Int,
        packager: String? = nil, hasPacmanDatabase: Bool, interactiveColor: Bool = false,
        layout: RecipeLayout = RecipeLayout()
    ) throws(UserError) {
        self.recipeFileName = recipeFileName
        self.layout = layout
        self.jobs = max(1, jobs)
        self.packager = packager
        self.hasPacmanDatabase = hasPacmanDatabase
        self.interactiveColor = interactiveColor
        options = try MakepkgOptions(parsing: userOptions)
        holdsVersions = options.all.contains("--holdver")
    }

    /// The stages in the order they run. Those after the metadata share the directories of the
    /// layout.
    public var stages: [RecipeStage] { [metadata, sources, build] }

    /// Prints the recipe's metadata, for `RecipeMetadata`.
    public var metadata: RecipeStage {
        stage(.metadata, ["--printsrcinfo"], network: false, captureOutput: true)
    }

    /// Fetches what is missing and verifies checksums and signatures.
    public var sources: RecipeStage {
        var arguments = ["--verifysource"] + options.forSources
        if holdsVersions && !arguments.contains("--holdver") { arguments.append("--holdver") }
        return stage(.sources, arguments, network: true)
    }

    /// Builds and packages.
    ///
    /// Without a network makepkg fetches nothing that is there already: files it finds in SRCDEST
    /// or beside the recipe, and `--holdver` keeps it from updating version control clones, from
    /// which it then makes working copies. pkgver() runs all the same. Checksums and signatures are
    /// verified once more: it takes a fraction of a second, what is built is then what was verified
    /// even if something ran in between, and telling makepkg to skip it would make it warn.
    public var build: RecipeStage {
        // Signing needs the user's secret key, which no build gets to see.
        var arguments = ["--holdver", "--nosign"]
        if !hasPacmanDatabase { arguments.append("--nodeps") }
        arguments += options.forBuild.filter { !arguments.contains($0) }
        return stage(.build, arguments, network: false)
    }

    /// What this build has to do without.
    public var degradations: [Degradation] {
        if hasPacmanDatabase || options.all.contains("--nodeps") { return [] }
        return [
            Degradation(
                feature: "dependency check",
                reason: "pacman has no database on this host, so the recipe's dependencies were "
                    + "not checked",
                remedy: "install what `depends` and `makedepends` name with the host's own "
                    + "package manager")
        ]
    }

    private func stage(
        _ name: RecipeStage.Name, _ arguments: [String], network: Bool, captureOutput: Bool = false
    ) -> RecipeStage {
        var command = ["makepkg", "--config", layout.configuration, "-p", recipeFileName]
        if !interactiveColor && !arguments.contains("--nocolor") { command.append("--nocolor") }
        command += arguments
        // makepkg takes these for its own environment, over its configuration.
        command += options.assignments
        return RecipeStage(
            name: name, command: command,
            // Under fakeroot, chown tries the real call; where one uid is mapped that is EINVAL,
            // which fakeroot does not hide as it does EPERM.
            environment: ["FAKEROOTDONTTRYCHOWN": "1"], network: network,
            captureOutput: captureOutput,
            files: [RecipeStage.File(sandboxPath: layout.configuration, content: configuration)])
    }

    private var configuration: String {
        MakepkgConfiguration(
            layout: layout, jobs: jobs, packager: packager, hasPacmanDatabase: hasPacmanDatabase
        ).text
    }
}
