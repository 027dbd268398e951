import Foundation
import Glibc
import Testing

/// The longest first.
private let realRecipes = [
    "lz4", "cmark", "go-md2man", "hello", "hello-signed", "lua", "lua-git", "bubblewrap",
    "perl-try-tiny", "python-docopt",
]

/// Real upstream programs, built by the real makepkg with and without a sandbox.
@Suite(
    .needs(
        .sandbox, .makepkg, .recipes(realRecipes), .tool("cmake"), .tool("meson"),
        .tool("go"), .tool("gpg"), .tool("git"), .ordinaryUser))
struct RealRecipeTests {
    /// The package has the same files, and nothing else has changed.
    @Test(arguments: realRecipes, Caller.available)
    func packagesEqualThoseOfMakepkg(recipe: String, caller: Caller) throws {
        let expected = try PlainMakepkg.packages(of: recipe)
        try Place.with(caller) { place in
            let directory = try place.copyRecipe(recipe)
            if recipe == "hello-signed" { try place.importKeys(of: directory) }
            let before = entries(of: directory, withContent: true)

            let built = try place.build(directory)
            try #require(built.status == 0, "\(built.errorText.suffix(3000))")

            #expect(try PlainMakepkg.packages(in: place.output, place) == expected)
            #expect(entries(of: directory, withContent: true) == before)
            let outside = entries(of: place.output).filter { $0.uid != place.uid }
            #expect(outside.isEmpty, "packages belong to the caller")

            let report = try place.report()
            #expect(report.outcome.result == "succeeded")
            #expect(report.outcome.exitStatus == 0)
            #expect(report.recipe.kind == "pkgbuild")
            #expect(report.recipe.path == directory + "/PKGBUILD")
            #expect(report.recipe.name == recipe)
            #expect(report.fatal.isEmpty)
            #expect(report.phases.allSatisfy { $0.result == "succeeded" })
            #expect(report.phases.contains { $0.name == "build" })
            #expect(
                Set(report.artifacts.map(\.path))
                    == Set(expected.keys.map { "\(place.output)/\($0)" }))
            let phases = report.phases.map(\.name)
            switch recipe {
            case "lz4":
                #expect(phases.contains("package_liblz4") && phases.contains("package_lz4"))
            case "lua-git":
                // From the repository, by pkgver().
                #expect(report.recipe.version?.contains(".r0.g") == true)
                #expect(expected.keys.allSatisfy { $0.contains(".r0.g") }, "\(expected.keys)")
            default: break
            }
            for artifact in report.artifacts {
                let sum = try place.run(["sha256sum", artifact.path], asCaller: false)
                #expect(sum.text.hasPrefix(artifact.sha256 + " "))
                #expect(bytes(of: artifact.path).count == artifact.bytes)
            }
        }
    }
}

/// Where and how a recipe is built.
@Suite(.needs(.sandbox, .makepkg, .recipes(["lua"]), .ordinaryUser))
struct SurroundingsTests {
    /// German messages, spaces and letters outside of ASCII in every path.
    @Test(.needs(.locale("de_DE.UTF-8")), arguments: Caller.available)
    func germanLocaleAndOddDirectory(caller: Caller) throws {
        try Place.with(caller) { place in
            let odd = "Ünï cödé dir"
            let directory = try place.copyRecipe("lua", to: "\(odd)/lua")
            let output = try place.makeDirectory("\(odd)/Ausgabe für lua")
            let scratch = try place.makeDirectory("\(odd)/scratch dir")
            let german = ["LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"]
            let built = try place.pkgsandbox(
                [
                    "build", directory, "--output", output, "--scratch", scratch, "--cache",
                    place.cache, "--report", "json=\(place.reportFile)", "--env", "LANG",
                    "--env", "LC_ALL", "--env", "LANGUAGE", "--", "--nocheck",
                ], environment: german)
            try #require(built.status == 0, "\(built.errorText.suffix(3000))")
            let expected = try PlainMakepkg.packages(of: "lua")
            #expect(try PlainMakepkg.packages(in: output, place) == expected)
            #expect(entries(of: scratch).count == 1)
            #expect(built.text.contains("==> Beginne") || built.text.contains("Erstelle"))
            let report = try place.report()
            #expect(report.recipe.path == directory + "/PKGBUILD")
            #expect(report.phases.contains { $0.name == "package" })
            #expect(!report.phases.contains { $0.name == "check" }, "--nocheck is makepkg's option")
        }
    }

    /// Without `--output` the packages lie beside the recipe, and nothing else does.
    @Test(arguments: Caller.available)
    func packagesGoBesideTheRecipe(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(
                    build: "echo scribble > \"$startdir/scribble\"; rm -f \"$startdir/note\""))
            try place.write("keep", to: "recipe/note")
            let before = entries(of: directory, withContent: true).filter { $0.path != directory }
            let built = try place.pkgsandbox(
                ["build"] + place.ownDirectories, in: directory)
            try #require(built.status == 0, "\(built.errorText)")
            let after = entries(of: directory, withContent: true).filter { $0.path != directory }
            let new = after.filter { entry in !before.contains(entry) }
            #expect(before.allSatisfy(after.contains))
            #expect(new.count == 1, "\(new)")
            #expect(new.first?.path.hasPrefix("\(directory)/small-1-1-any.pkg.tar.") == true)
            #expect(new.allSatisfy { $0.uid == place.uid && $0.mode == 0o644 })
        }
    }

    /// A package takes the place of a symbolic link and is not written through it.
    @Test(arguments: Caller.available)
    func outputIsNotWrittenThroughALink(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(SmallRecipe.text())
            try #require(try place.build(directory).status == 0)
            let name = try #require(try PlainMakepkg.packages(in: place.output, place).keys.first)
            let package = "\(place.output)/\(name)"
            try FileManager.default.removeItem(atPath: package)
            let victim = try place.write("precious", to: "home/victim")
            try FileManager.default.createSymbolicLink(
                atPath: package, withDestinationPath: victim)
            try #require(try place.build(directory).status == 0)
            #expect(bytes(of: victim) == Array("precious".utf8))
            #expect(entries(of: package).first?.kind == S_IFREG)
        }
    }

    /// What a build leaves in the directory of packages besides files stays there.
    @Test(arguments: Caller.available)
    func onlyRegularFilesAreCollected(caller: Caller) throws {
        try Place.with(caller) { place in
            let directory = try place.makeRecipe(
                SmallRecipe.text(
                    package: "ln -s /etc/shadow \"$PKGDEST/link.pkg.tar\"; mkfifo \"$PKGDEST/fifo\""
                ))
            let built = try place.build(directory)
            try #require(built.status == 0, "\(built.errorText)")
            let names = try FileManager.default.contentsOfDirectory(atPath: place.output)
            #expect(names.count == 1, "\(names)")
            let features = try place.report().degradations.map(\.feature)
            #expect(features.contains("collecting link.pkg.tar"))
            #expect(features.contains("collecting fifo"))
        }
    }

    /// A signature is verified with the keys of GNUPGHOME or of the home directory, and with no
    /// other.
    @Test(
        .needs(.recipes(["hello-signed"]), .tool("gpg")), arguments: ["HOME", "GNUPGHOME", "none"])
    func signedSource(keyring: String) throws {
        try Place.with(.user) { place in
            let directory = try place.copyRecipe("hello-signed")
            var environment: [String: String] = [:]
            if keyring == "GNUPGHOME" {
                environment["GNUPGHOME"] = try place.makeDirectory("my keys")
            }
            if keyring != "none" {
                try place.importKeys(of: directory, environment: environment)
            }
            // The sources are all that this is about: a recipe that builds nothing will do.
            let recipe = String(decoding: bytes(of: directory + "/PKGBUILD"), as: UTF8.self)
            let functions = try #require(recipe.range(of: "build() {"))
            try place.write(
                recipe[..<functions.lowerBound] + "package() { :; }\n", to: "hello-signed/PKGBUILD")
            let keys = place.home + "/.gnupg"
            let before = entries(of: keys, withContent: true)

            let built = try place.build(directory, environment: environment)
            #expect(built.status == (keyring == "none" ? 1 : 0), "\(built.errorText)")
            #expect(entries(of: keys, withContent: true) == before, "keys are only read")
            if keyring == "none" {
                #expect(built.errorText.contains("signature"))
                #expect(built.errorText.contains("gpg --recv-keys"))
            }
        }
    }
}
