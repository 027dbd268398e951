import Foundation
import Reporting
import SandboxModel
import Testing

/// The validator of Debian's python3-jsonschema.
enum Validator {
    static let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/report.schema.json").standardizedFileURL

    /// Whether a missing validator is a failure in place of a skip.
    static var mustRun: Bool {
        ProcessInfo.processInfo.environment["PKGSANDBOX_MUST_RUN"] == "1"
    }

    static let isPresent: Bool = {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return false }
        let code = "from jsonschema import Draft202012Validator"
        return (try? run(["-c", code]).status) == 0
    }()

    /// Validates files; the status is 0 if all are valid.
    static func validate(_ reports: [String]) throws -> (status: Int32, output: String) {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("pkgsandbox-schema-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var arguments = ["-W", "ignore", "-m", "jsonschema"]
        for (index, report) in reports.enumerated() {
            let file = directory.appendingPathComponent("\(index).json")
            try Data(report.utf8).write(to: file)
            arguments += ["-i", file.path]
        }
        return try run(arguments + [schema.path])
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

/// A report with a fault, and what the validator says of it.
struct Broken: CustomTestStringConvertible {
    var testDescription: String
    var complaint: String
    var change: @Sendable (inout [String: Any]) -> Void

    static let all = [
        Broken(testDescription: "no outcome", complaint: "'outcome' is a required property") {
            $0["outcome"] = nil
        },
        Broken(testDescription: "another version", complaint: "1 was expected") {
            $0["schemaVersion"] = 2
        },
        Broken(testDescription: "an unknown result", complaint: "'won' is not one of") {
            $0["outcome"] = ["result": "won", "exitStatus": 0]
        },
        Broken(testDescription: "an exit status out of range", complaint: "is greater than") {
            $0["outcome"] = ["result": "failed", "exitStatus": 256]
        },
        Broken(testDescription: "an unknown reason", complaint: "'mood' is not one of") {
            change(&$0, "writeFailures") { $0["reason"] = "mood" }
        },
        Broken(testDescription: "no process", complaint: "'process' is a required property") {
            change(&$0, "writeFailures") { $0["process"] = nil }
        },
        Broken(testDescription: "a count of none", complaint: "0 is less than the minimum") {
            change(&$0, "writeFailures") { $0["count"] = 0 }
        },
        Broken(testDescription: "an error by number", complaint: "30 is not of type 'string'") {
            change(&$0, "writeFailures") { $0["errno"] = 30 }
        },
        Broken(testDescription: "no checksum", complaint: "'' does not match") {
            change(&$0, "artifacts") { $0["sha256"] = "" }
        },
        Broken(testDescription: "negative time", complaint: "-1 is less than the minimum") {
            change(&$0, "phases") { $0["seconds"] = -1 }
        },
    ]

    /// Changes the first object of an array.
    private static func change(
        _ fields: inout [String: Any], _ name: String, _ change: (inout [String: Any]) -> Void
    ) {
        guard var objects = fields[name] as? [[String: Any]], !objects.isEmpty else { return }
        change(&objects[0])
        fields[name] = objects
    }
}

@Suite(
    "Report schema",
    .enabled(
        if: Validator.isPresent || Validator.mustRun,
        "python3-jsonschema is not installed: apt install python3-jsonschema"))
struct SchemaTests {
    @Test("accepts every report that is written")
    func valid() throws {
        var reports = try TextReportTests.cases.map { try JSONReport.encode($0.report) }
        reports.append(try JSONReport.encode(JSONReportTests.full))
        reports.append(
            try JSONReport.encode(
                RunReport(
                    recipe: RecipeSummary(kind: "command", path: "/"),
                    outcome: Outcome(result: .succeeded, exitStatus: 0))))
        for reason in WriteFailure.Reason.allCases {
            var failure = Sample.install("/usr/bin/%FF\u{1B}")
            failure.reason = reason
            reports.append(
                try JSONReport.encode(Sample.failure(exitStatus: 3, writeFailures: [failure])))
        }
        reports.append(try JSONReportTests.changed { $0["addedLater"] = [1, 2] })
        reports.append(try JSONReportTests.changed { $0["omittedWriteFailures"] = nil })
        let (status, output) = try Validator.validate(reports)
        #expect(status == 0, "\(output)")
    }

    @Test("refuses broken reports", arguments: Broken.all)
    func broken(_ broken: Broken) throws {
        let report = try JSONReportTests.changed(JSONReportTests.full, broken.change)
        let (status, output) = try Validator.validate([report])
        #expect(status == 1)
        #expect(output.contains(broken.complaint), "\(output)")
    }

    @Test("names every field that is written")
    func fields() throws {
        let schema = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: Validator.schema))
                as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        let report = try JSONSerialization.jsonObject(
            with: Data(try JSONReport.encode(JSONReportTests.full).utf8))
        var unnamed: [String] = []
        check(report, schema, definitions, "report", &unnamed)
        #expect(unnamed == [])
    }

    /// Collects the fields of a value that its schema does not describe.
    private func check(
        _ value: Any, _ schema: [String: Any], _ definitions: [String: [String: Any]],
        _ place: String, _ unnamed: inout [String]
    ) {
        var schema = schema
        if let reference = schema["$ref"] as? String {
            schema = definitions[reference.replacing("#/$defs/", with: "")] ?? [:]
        }
        if let fields = value as? [String: Any] {
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            for (name, field) in fields {
                guard let property = properties[name] else {
                    unnamed.append("\(place).\(name)")
                    continue
                }
                check(field, property, definitions, "\(place).\(name)", &unnamed)
            }
        } else if let items = value as? [Any], let item = schema["items"] as? [String: Any] {
            for (index, value) in items.enumerated() {
                check(value, item, definitions, "\(place)[\(index)]", &unnamed)
            }
        }
    }
}
