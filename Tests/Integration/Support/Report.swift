import Foundation
import Testing

/// A report as `--report json=FILE` writes it: what the contract promises, read by these tests'
/// own eyes.
struct Report: Decodable, Sendable {
    struct Recipe: Decodable, Sendable {
        var kind: String
        var path: String
        var name: String?
        var version: String?
    }
    struct Outcome: Decodable, Sendable {
        var result: String
        var exitStatus: Int
        var toolStatus: Int?
        var phase: String?
    }
    struct Phase: Decodable, Sendable {
        var name: String
        var result: String
        var seconds: Double
    }
    struct Process: Decodable, Sendable {
        var pid: Int
        var executable: String
        var arguments: [String]
        var workingDirectory: String?

        var name: String { executable.split(separator: "/").last.map(String.init) ?? executable }
    }
    struct WriteFailure: Decodable, Sendable {
        var path: String
        var requestedPath: String
        var call: String
        var operation: String
        var errno: String
        var reason: String
        var verdict: String
        var count: Int
        var phase: String?
        var recipeLine: Int?
        var recipeFunction: String?
        var process: Process
        var ancestry: [Process]
        var rule: String?
        var hint: String?
    }
    struct Redirect: Decodable, Sendable {
        var path: String
        var cache: String
        var scratch: String
        var count: Int
    }
    struct Artifact: Decodable, Sendable {
        var path: String
        var sha256: String
        var bytes: Int
    }
    struct Degradation: Decodable, Sendable {
        var feature: String
        var reason: String
        var remedy: String?
    }

    var schemaVersion: Int
    var recipe: Recipe
    var outcome: Outcome
    var phases: [Phase]
    var writeFailures: [WriteFailure]
    var redirects: [Redirect]
    var artifacts: [Artifact]
    var degradations: [Degradation]

    var fatal: [WriteFailure] { writeFailures.filter { $0.verdict == "fatal" } }
}

extension Place {
    var reportFile: String { home + "/report.json" }

    /// Reads the report of the last run and holds it against the schema.
    func report(sourceLocation: SourceLocation = #_sourceLocation) throws -> Report {
        let data = try Data(contentsOf: URL(fileURLWithPath: reportFile))
        if Schema.problem == nil {
            let complaint = try Schema.complaint(about: reportFile, in: self)
            #expect(complaint == nil, sourceLocation: sourceLocation)
        }
        return try JSONDecoder().decode(Report.self, from: data)
    }
}

/// The published description of reports.
enum Schema {
    static let file = Machine.packageRoot + "/docs/report.schema.json"
    private static let command = ["/usr/bin/python3", "-W", "ignore", "-m", "jsonschema"]

    /// Why reports cannot be validated; nil if they can.
    static let problem: String? = {
        let ended = try? Place(Caller.available[0]).run(
            ["/usr/bin/python3", "-c", "import jsonschema"], asCaller: false)
        return ended?.status == 0
            ? nil : "python3-jsonschema is not installed: Tests/Setup/install test"
    }()

    /// What the validator says; nil for a valid report.
    static func complaint(about report: String, in place: Place) throws -> String? {
        let ended = try place.run(command + ["-i", report, file], asCaller: false)
        return ended.status == 0 ? nil : ended.text + ended.errorText
    }
}
