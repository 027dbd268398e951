import Foundation
import SandboxModel
import Testing

@testable import Profiles

@Suite struct DefaultProfileTests {
    @Test func loads() throws {
        let profile = try ProfileLoader.builtIn()
        #expect(profile.name == "default")
        #expect(profile.identity.uid == 1000)
        #expect(profile.identity.home == "/home/builder")
        #expect(profile.filesystem.readOnly.contains("/usr"))
        #expect(profile.filesystem.temporary.map(\.mode) == [0o1777, 0o1777, 0o1777, 0o755])
        #expect(profile.environment.passNetwork.contains("https_proxy"))
        #expect(profile.network == Profile.Network(sources: .host, build: .none))
        #expect(profile.limits == Profile.Limits(openFiles: 1024))
        #expect(profile.caches.map(\.paths) == [["**/.thinlto-cache"]])
        #expect(profile.rules.count >= 12)
    }

    @Test func describedTextLoadsToTheSameProfile() throws {
        let profile = try ProfileLoader.builtIn()
        let text = ProfileLoader.describe(profile)
        let loader = ProfileLoader { _ in [] }
        #expect(try loader.load(text: Array(text.utf8), file: "shown.toml") == profile)
    }

    /// Every file of `profiles/` is compiled in, as it is, and loads.
    @Test func filesAreCompiledIn() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: "profiles").path
        ).filter { $0.hasSuffix(".toml") }
        let profiles = files.map { String($0.dropLast(5)) }.filter { $0 != "rules" }
        #expect(profiles.sorted() == ProfileLoader.builtInNames.sorted())
        for name in profiles {
            let content = try Data(contentsOf: root.appending(path: "profiles/\(name).toml"))
            #expect(BuiltInProfiles.text(name) == Array(content))
            #expect(try ProfileLoader.builtIn(name).name == name)
        }
        let rules = try Data(contentsOf: root.appending(path: "profiles/rules.toml"))
        #expect(BuiltInProfiles.rules("default") == Array(rules))
    }

    /// The rules are the larger part and left out where they are not needed.
    @Test func rulesCanBeLeftOut() throws {
        let loader = ProfileLoader(includesBuiltInRules: false) { _ in [] }
        var whole = try ProfileLoader.builtIn()
        #expect(!whole.rules.isEmpty)
        whole.rules = []
        #expect(try loader.load("default") == whole)
    }
}
