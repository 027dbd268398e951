import Foundation
import Testing

/// What makepkg makes of a recipe without any sandbox: the oracle of these tests.
enum PlainMakepkg {
    /// Sorted file lists, by package.
    typealias Packages = [String: [String]]

    private static let results = Locked<[String: Locked<Packages?>]>([:])

    /// The packages of a recipe in the fixtures; each is built once in a run of the tests.
    static func packages(of recipe: String) throws -> Packages {
        let result = results.withLock { all in
            let result = all[recipe] ?? Locked(nil)
            all[recipe] = result
            return result
        }
        return try result.withLock { known in
            if let known { return known }
            let place = try Place(Caller.available[0])
            let ended = try place.run(
                [
                    Machine.packageRoot + "/Tests/Setup/plain-makepkg",
                    "\(Machine.fixtures)/recipes/\(recipe)", place.output,
                ], asCaller: false)
            try #require(ended.status == 0, "plain makepkg failed: \(ended.errorText.suffix(2000))")
            let packages = try Self.packages(in: place.output, place)
            known = packages
            return packages
        }
    }

    /// The packages in a directory.
    static func packages(in directory: String, _ place: Place) throws -> Packages {
        var packages: Packages = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory)
        where name.contains(".pkg.tar") {
            let listed = try place.run(["bsdtar", "-tf", "\(directory)/\(name)"], asCaller: false)
            try #require(listed.status == 0, "\(listed.errorText)")
            packages[name] = listed.lines.sorted()
        }
        return packages
    }
}
