public import SandboxModel

/// What a recipe says about itself, in the form that `makepkg --printsrcinfo` prints.
/// Corresponds to the .SRCINFO file.
public struct RecipeMetadata: Sendable, Equatable {
    /// `pkgbase`, which is the name of the package where there is one only.
    public var base: String
    /// The packages it makes, in order.
    public var packageNames: [String]
    /// `epoch`, where the recipe has one.
    public var epoch: String?
    /// `pkgver` as the recipe has it; pkgver() may change it in the build.
    public var packageVersion: String
    /// `pkgrel`.
    public var release: String
    /// `pkgdesc`.
    public var description: String?
    /// `arch`, `any` for packages that fit all.
    public var architectures: [String]
    /// `source`, for every architecture.
    public var sources: [RecipeSource]
    /// `source_ARCH`, by architecture.
    public var architectureSources: [String: [RecipeSource]]
    /// Fingerprints of the keys whose signatures count.
    public var validPGPKeys: [String]
    /// `depends` of the part common to all packages.
    public var dependencies: [String]
    /// `makedepends`.
    public var buildDependencies: [String]
    /// `checkdepends`.
    public var checkDependencies: [String]
    /// Every value of the part common to all packages, by key, in order.
    public var attributes: [String: [String]]

    /// The version as packages carry it: `epoch:pkgver-pkgrel`.
    public var version: String {
        (epoch.map { $0 == "0" ? "" : $0 + ":" } ?? "") + packageVersion + "-" + release
    }

    /// The version that the name of a package's file gives, `NAME-VERSION-RELEASE-ARCH.pkg.tar…`;
    /// nil for the name of something else.
    public static func version(ofPackage path: String) -> String? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let end = name.firstRange(of: ".pkg.tar") else { return nil }
        // Only the package's own name may have more dashes.
        let parts = name[..<end.lowerBound].split(separator: "-")
        guard parts.count >= 4 else { return nil }
        return "\(parts[parts.count - 3])-\(parts[parts.count - 2])"
    }

    /// Reads the output of `makepkg --printsrcinfo`.
    ///
    /// The recipe may have printed words of its own before it; what is no `key = value` is passed
    /// over.
    /// - Throws: a `UserError` if the name or the version is missing.
    public init(parsing text: String) throws(UserError) {
        var base: String?
        var packages: [String] = []
        var attributes: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            guard let (key, value) = Self.keyAndValue(line) else { continue }
            if key == "pkgbase" {
                // Only the last one counts: anything before it was not makepkg's.
                base = value
                packages = []
                attributes = [:]
            } else if key == "pkgname" {
                packages.append(value)
            } else if base != nil && packages.isEmpty {
                attributes[key, default: []].append(value)
            }
        }
        guard let base, let packageVersion = attributes["pkgver"]?.first,
            let release = attributes["pkgrel"]?.first, !packages.isEmpty
        else {
            throw UserError(
                "makepkg --printsrcinfo printed no package name and version",
                exitStatus: .recipeFailed)
        }
        self.base = base
        self.packageVersion = packageVersion
        self.release = release
        packageNames = packages
        epoch = attributes["epoch"]?.first
        description = attributes["pkgdesc"]?.first
        architectures = attributes["arch"] ?? []
        sources = (attributes["source"] ?? []).map(RecipeSource.init)
        architectureSources = [:]
        for (key, values) in attributes where key.hasPrefix("source_") {
            let architecture = String(key.dropFirst("source_".count))
            architectureSources[architecture] = values.map(RecipeSource.init)
        }
        validPGPKeys = attributes["validpgpkeys"] ?? []
        dependencies = attributes["depends"] ?? []
        buildDependencies = attributes["makedepends"] ?? []
        checkDependencies = attributes["checkdepends"] ?? []
        self.attributes = attributes
    }

    private static func keyAndValue(_ line: Substring) -> (String, String)? {
        let words = line.drop { $0 == "\t" || $0 == " " }
        let key = words.prefix { $0 != " " }
        let rest = words.dropFirst(key.count)
        guard !key.isEmpty, rest.hasPrefix(" = "),
            key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else { return nil }
        return (String(key), String(rest.dropFirst(3)))
    }

    /// The sources that a build for an architecture uses.
    /// - Parameter architecture: as makepkg's `CARCH` has it, `x86_64` for example.
    public func sources(for architecture: String) -> [RecipeSource] {
        sources + (architectureSources[architecture] ?? [])
    }

    /// The sources that only a network can provide: those with a URL whose local name is not there
    /// yet. A clone that is there needs none, but makepkg updates it where it has one, unless the
    /// stage holds versions.
    /// - Parameters:
    ///   - architecture: as makepkg's `CARCH` has it.
    ///   - present: the names in the recipe's directory and in the layout's `sources`.
    public func sourcesToFetch(
        architecture: String, present: Set<String>
    ) -> [RecipeSource] {
        sources(for: architecture).filter { $0.isRemote && !present.contains($0.localName) }
    }

    /// Whether the stage `sources` needs a network at all; see `sourcesToFetch`. Where it gets none,
    /// set `MakepkgDriver.holdsVersions`, or makepkg warns that it cannot update clones.
    public func needsNetwork(architecture: String, present: Set<String>) -> Bool {
        !sourcesToFetch(architecture: architecture, present: present).isEmpty
    }
}
