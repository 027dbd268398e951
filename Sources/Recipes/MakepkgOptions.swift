import SandboxModel

/// What the user gave after `--`, read as makepkg itself reads it (its `parseopts`): short options
/// may be joined, long ones cut short as long as they stay unambiguous.
struct MakepkgOptions: Sendable, Equatable {
    /// Options for the stage that fetches and verifies.
    private(set) var forSources: [String] = []
    /// Options for the build.
    private(set) var forBuild: [String] = []
    /// Every accepted option, by its long name.
    private(set) var all: [String] = []
    /// `NAME=value`: variables for makepkg and the recipe.
    private(set) var assignments: [String] = []

    init(parsing arguments: [String]) throws(UserError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                for word in rest { try addAssignment(word) }
                return
            }
            if argument.hasPrefix("--") {
                try addLong(argument)
            } else if argument.hasPrefix("-") && argument.count > 1 {
                for letter in argument.dropFirst() { try addShort(letter) }
            } else {
                try addAssignment(argument)
            }
        }
    }

    private mutating func addLong(_ argument: String) throws(UserError) {
        let given = argument.prefix { $0 != "=" }
        let matches = MakepkgOption.table.filter { $0.long?.hasPrefix(given) == true }
        let exact = matches.filter { $0.long.map { $0 == given } == true }
        let candidates = exact.isEmpty ? matches : exact
        guard let option = candidates.first else { throw Self.unknown(String(given)) }
        guard candidates.count == 1 else {
            let names = candidates.compactMap(\.long).joined(separator: ", ")
            throw UserError(
                "makepkg option \(given) is ambiguous", hint: "it could be \(names)",
                exitStatus: .usage)
        }
        try add(option, given: option.long ?? String(given))
        if given.count < argument.count {
            throw UserError("makepkg option \(given) takes no value", exitStatus: .usage)
        }
    }

    private mutating func addShort(_ letter: Character) throws(UserError) {
        guard let option = MakepkgOption.table.first(where: { $0.short == letter }) else {
            throw Self.unknown("-\(letter)")
        }
        try add(option, given: "-\(letter)")
    }

    private mutating func add(_ option: MakepkgOption, given: String) throws(UserError) {
        if case .refused(let reason, let remedy) = option.use {
            throw UserError(
                "makepkg option \(given) cannot be used here: \(reason)", hint: remedy,
                exitStatus: .usage)
        }
        let name = option.long ?? given
        if all.contains(name) { return }
        all.append(name)
        if option.use == .sources || option.use == .sourcesAndBuild { forSources.append(name) }
        if option.use == .build || option.use == .sourcesAndBuild { forBuild.append(name) }
    }

    private mutating func addAssignment(_ word: String) throws(UserError) {
        let name = word.prefix { $0 != "=" && $0 != "+" }
        let isName =
            name.first.map { $0 == "_" || $0.isASCII && $0.isLetter } == true
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" }
        let operation = word.dropFirst(name.count)
        guard isName, operation.hasPrefix("=") || operation.hasPrefix("+=") else {
            throw UserError(
                "unexpected argument \(word) after --",
                hint: "options of makepkg and NAME=value go there; the recipe goes before --",
                exitStatus: .usage)
        }
        if Self.reserved.contains(String(name)) {
            throw UserError(
                "\(name) cannot be set: the sandbox decides it",
                hint: name == "PKGDEST" ? "use `--output DIR`" : nil, exitStatus: .usage)
        }
        assignments.append(word)
    }

    /// Variables that the sandbox's own configuration depends on.
    static let reserved: Set<String> = [
        "BUILDDIR", "PKGDEST", "SRCDEST", "SRCPKGDEST", "LOGDEST", "BUILDFILE", "PACMAN", "PS4",
        "BASH_XTRACEFD", "BASH_ENV", "SHELLOPTS",
    ]

    private static func unknown(_ option: String) -> UserError {
        UserError(
            "unknown makepkg option \(option)", hint: "see `makepkg --help`", exitStatus: .usage)
    }
}

/// An option of makepkg and what becomes of it in a sandbox.
struct MakepkgOption {
    enum Use: Equatable {
        case sources, build, sourcesAndBuild
        case refused(reason: String, remedy: String)
    }

    var short: Character?
    var long: String?
    var use: Use

    private static func taken(_ short: Character?, _ long: String, _ use: Use) -> MakepkgOption {
        MakepkgOption(short: short, long: long, use: use)
    }

    private static func refused(
        _ short: Character?, _ long: String?, _ reason: String, _ remedy: String
    ) -> MakepkgOption {
        MakepkgOption(short: short, long: long, use: .refused(reason: reason, remedy: remedy))
    }

    /// All of `makepkg --help`, of 6.0 and of later ones, in its order.
    static let table: [MakepkgOption] = [
        taken("A", "--ignorearch", .sourcesAndBuild),
        taken("c", "--clean", .build),
        taken("C", "--cleanbuild", .build),
        taken("d", "--nodeps", .build),
        refused(
            "D", "--dir", "the recipe's directory is chosen before makepkg starts",
            "name the directory as RECIPE, before --"),
        refused(
            "e", "--noextract", "a fresh sandbox has no source tree from before",
            "leave it out; `pkgsandbox shell` is for trying things by hand"),
        taken("f", "--force", .build),
        refused("F", nil, "it is for makepkg's own use", "leave it out"),
        refused("g", "--geninteg", notABuild, "`pkgsandbox run -- makepkg --geninteg`"),
        refused("h", "--help", notABuild, "`makepkg --help`"),
        refused(
            "i", "--install", "nothing outside the sandbox is changed",
            "install the finished package with `pacman -U`"),
        taken("L", "--log", .build),
        taken("m", "--nocolor", .sourcesAndBuild),
        refused(
            "o", "--nobuild", "the sandbox is gone when makepkg ends, and the sources with it",
            "`pkgsandbox shell`, and there `makepkg --nobuild`"),
        refused(
            "p", nil, "the recipe is chosen before makepkg starts",
            "name the file as RECIPE, before --"),
        refused(
            "r", "--rmdeps", "nothing outside the sandbox is changed",
            "remove packages with `pacman -Rs`"),
        refused(
            "R", "--repackage", "a fresh sandbox has no finished build from before",
            "leave it out"),
        refused(
            "s", "--syncdeps", "nothing outside the sandbox is changed",
            "install the dependencies first, with `pacman -S --asdeps`"),
        refused("S", "--source", notABuild, "`pkgsandbox run -- makepkg --source`"),
        refused("V", "--version", notABuild, "`makepkg --version`"),
        refused(nil, "--allsource", notABuild, "`pkgsandbox run -- makepkg --allsource`"),
        taken(nil, "--check", .build),
        refused(
            nil, "--config", "the sandbox brings its own, which reads /etc/makepkg.conf first",
            "give single settings as NAME=value after --"),
        taken(nil, "--holdver", .sourcesAndBuild),
        refused(nil, "--key", noKey, signAfterwards),
        refused(
            nil, "--noarchive", "no package would come out of the sandbox",
            "leave it out; `--keep always` keeps the build tree"),
        taken(nil, "--nocheck", .build),
        taken(nil, "--noprepare", .build),
        taken(nil, "--nosign", .build),
        taken(nil, "--noverify", .sourcesAndBuild),
        refused(nil, "--packagelist", notABuild, "`pkgsandbox run -- makepkg --packagelist`"),
        refused(nil, "--printsrcinfo", notABuild, "`pkgsandbox run -- makepkg --printsrcinfo`"),
        refused(nil, "--sign", noKey, signAfterwards),
        taken(nil, "--skipchecksums", .sourcesAndBuild),
        taken(nil, "--skipinteg", .sourcesAndBuild),
        taken(nil, "--skippgpcheck", .sourcesAndBuild),
        refused(
            nil, "--verifysource", "the sources are verified in any case",
            "leave it out, or `pkgsandbox run --network host -- makepkg --verifysource`"),
        // For pacman, which makepkg starts for --install and --syncdeps only.
        taken(nil, "--asdeps", .build),
        taken(nil, "--needed", .build),
        taken(nil, "--noconfirm", .build),
        taken(nil, "--noprogressbar", .build),
    ]

    private static let notABuild = "it is not a build"
    private static let noKey = "the sandbox does not see your secret keys"
    private static let signAfterwards =
        "sign the finished package with `gpg --detach-sign --no-armor`"
}
