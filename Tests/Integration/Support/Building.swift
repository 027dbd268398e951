import Testing

extension Place {
    /// The command line of `pkgsandbox build` for a recipe, with a report.
    func building(_ recipe: String, options: [String] = [], tool: [String] = []) throws -> [String]
    {
        [try program(), "build", recipe] + ownDirectories
            + ["--output", output, "--report", "text", "--report", "json=\(reportFile)"] + options
            + (tool.isEmpty ? [] : ["--"] + tool)
    }

    /// `pkgsandbox build RECIPE -- TOOL-OPTIONS`.
    func build(
        _ recipe: String, options: [String] = [], tool: [String] = [],
        environment: [String: String] = [:]
    ) throws -> Ended {
        try run(building(recipe, options: options, tool: tool), environment: environment)
    }

    /// Puts the public keys that lie beside a recipe into the caller's keyring.
    func importKeys(of recipe: String, environment: [String: String] = [:]) throws {
        let imported = try run(
            [
                "sh", "-c",
                "exec gpg --batch --quiet --no-autostart --import \"$0\"/keys/pgp/*.asc", recipe,
            ],
            environment: environment)
        try #require(imported.status == 0, "\(imported.errorText)")
    }
}

/// Recipes that need no sources and build at once.
enum SmallRecipe {
    /// A recipe of one file, with commands in its functions.
    static func text(
        prepare: String = ":", build: String = ":", package: String = ":",
        name: String = "small", head: String = ""
    ) -> String {
        """
        pkgname=\(name)
        pkgver=1
        pkgrel=1
        pkgdesc='A small recipe'
        arch=('any')
        license=('custom')
        \(head)
        prepare() {
          \(prepare)
        }

        build() {
          \(build)
        }

        package() {
          install -d "$pkgdir/usr/share/\(name)"
          echo small > "$pkgdir/usr/share/\(name)/file"
          \(package)
        }

        """
    }

    /// The number of the line that holds a text.
    static func line(of text: String, in recipe: String) -> Int? {
        recipe.split(separator: "\n", omittingEmptySubsequences: false)
            .firstIndex { $0.contains(text) }.map { $0 + 1 }
    }
}
