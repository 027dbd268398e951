import Foundation
import Reporting
import SandboxModel
import Testing

@Suite("JSON report")
struct JSONReportTests {
    /// The report in full.
    static var full: RunReport {
        var report = Sample.forgottenDestdir
        report.redirects = Sample.redirects
        report.artifacts = [Sample.artifact]
        report.degradations = Sample.degradations
        report.omittedWriteFailures = 12
        report.outcome.message = "what broke it"
        return report
    }

    static func decode(_ text: String) throws(UserError) -> RunReport {
        try JSONReport.decode(Array(text.utf8), from: "r.json")
    }

    /// The fields of a valid report, changed, as JSON.
    static func changed(
        _ report: RunReport = full, _ change: (inout [String: Any]) -> Void
    ) throws -> String {
        let text = try JSONReport.encode(report)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        var fields = try #require(object as? [String: Any])
        change(&fields)
        return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    }

    @Test("comes back as it went", arguments: TextReportTests.cases)
    func roundTrip(_ sample: Case) throws {
        let text = try JSONReport.encode(sample.report)
        #expect(try Self.decode(text) == sample.report)
        #expect(try JSONReport.encode(Self.decode(text)) == text)
    }

    @Test("is laid out in one way only")
    func layout() throws {
        try expectSnapshot(JSONReport.encode(Self.full), "full.json")
    }

    @Test(
        "brings hostile strings back, and shows none", arguments: HostileTextTests.strings.indices)
    func hostile(_ index: Int) throws {
        let report = HostileTextTests.report(HostileTextTests.strings[index], .failed)
        let text = try JSONReport.encode(report)
        #expect(try Self.decode(text) == report)
        #expect(
            text.unicodeScalars.allSatisfy {
                $0 == "\n" || ![.control, .format].contains($0.properties.generalCategory)
            })
    }

    @Test("does without fields that were added later")
    func missing() throws {
        let text = try Self.changed {
            $0["omittedWriteFailures"] = nil
            $0["host"] = [String: Any]()
            var failures = $0["writeFailures"] as! [[String: Any]]
            for field in [
                "evidence", "verdictReason", "recipeFunction", "recipeLine", "phase", "rule",
                "hint",
            ] {
                failures[0][field] = nil
            }
            $0["writeFailures"] = failures
        }
        let report = try Self.decode(text)
        #expect(report.omittedWriteFailures == 0)
        #expect(report.host == HostSummary())
        #expect(report.writeFailures[0].hint == nil)
    }

    @Test("ignores fields it does not know")
    func unknown() throws {
        let text = try Self.changed { $0["shoeSize"] = ["left": 42] }
        #expect(try Self.decode(text) == Self.full)
    }

    @Test("refuses another schema version")
    func version() throws {
        for version in [0, 2, 99] {
            let text = try Self.changed {
                $0["schemaVersion"] = version
                $0["phases"] = nil
            }
            let error = #expect(throws: UserError.self) { try Self.decode(text) }
            #expect(
                error?.message == "cannot read report r.json: its schema version is \(version)")
            #expect(error?.exitStatus == .usage)
        }
    }

    @Test("says what is wrong with a file, and where")
    func broken() throws {
        let valid = try JSONReport.encode(Self.full)
        let texts = [
            "empty": "", "cut": String(valid.prefix(300)), "log": "make: *** [all] Error 1",
            "array": "[]", "number": "1", "no version": "{}", "extra": valid + "}",
            "text version": #"{"schemaVersion": "1"}"#,
            "no outcome": try Self.changed { $0["outcome"] = nil },
            "bad result": try Self.changed { $0["outcome"] = ["result": "won", "exitStatus": 0] },
            "bad phase": try Self.changed { $0["phases"] = [["name": "x"]] },
            "bad bytes": try Self.changed {
                $0["artifacts"] = [["path": "x", "sha256": "", "bytes": "1"]]
            },
            "deep": String(repeating: "[", count: 100_000),
            "huge number": #"{"schemaVersion": 1e999}"#,
            "fraction": #"{"schemaVersion": 1.5}"#,
        ]
        var messages: [String] = []
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let error = #expect(throws: UserError.self, "\(name)") { try Self.decode(text) }
            guard let error else { continue }
            #expect(error.exitStatus == .usage)
            messages.append("# \(name)\n" + ErrorText(error).rendered())
        }
        try expectSnapshot(messages.joined(), "broken-json.txt")
    }

    @Test("survives any damage")
    func damage() throws {
        let valid = Array(try JSONReport.encode(Self.full).utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            do {
                let report = try JSONReport.decode(bytes, from: "r.json")
                _ = TextReport(report, options: TextReport.Options(verbosity: .verbose)).rendered()
            } catch {
                #expect(error.exitStatus == .usage)
            }
        }
    }
}
