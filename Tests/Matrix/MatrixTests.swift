import Foundation
import Testing

/// The report tells the kernel's truth: every traced call, in every kind of place, is in the report
/// exactly if the kernel refused it, with the kernel's own error number and the path it was about.
///
/// Tests/Fixtures/matrix/matrix.c makes the calls and says what the kernel answered. There are about
/// 300,000 cells; without PKGSANDBOX_MATRIX=full each run takes every 29th of them.
@Suite(.serialized, .enabled(if: Driver.mayRun, "\(Driver.obstacle ?? "")"))
struct MatrixTests {
    @Test(arguments: Starter.available)
    func reportEqualsKernel(starter: Starter) throws {
        if let obstacle = Driver.obstacle {
            Issue.record("PKGSANDBOX_MUST_RUN: \(obstacle)")
            return
        }
        let driver = try Driver(starter: starter)
        defer { driver.remove() }
        var tally = Tally()
        for part in try driver.parts() {
            try driver.run(part) { cell, records in tally.add(cell, records) }
        }
        print("matrix as \(starter): \(tally.summary)")
        for line in tally.examples { print("  \(line)") }
        #expect(tally.cells > 1000)
        #expect(tally.refusals > 500)
        #expect(tally.disagreements == 0, "\(tally.summary)")
    }
}

/// Counts cells, and keeps some of those on which report and kernel disagree.
struct Tally {
    private(set) var cells = 0
    private(set) var refusals = 0
    private(set) var excepted = 0
    private(set) var disagreements = 0
    private(set) var examples: [String] = []
    private static let mostExamples = 60

    mutating func add(_ cell: Cell, _ records: [Record]) {
        cells += 1
        if cell.isRefused { refusals += 1 }
        if cell.exception != nil, records.isEmpty {
            excepted += 1
            return
        }
        guard let complaint = cell.complaint(about: records) else { return }
        disagreements += 1
        if examples.count < Self.mostExamples { examples.append("\(cell.title): \(complaint)") }
    }

    var summary: String {
        "\(cells) cells, \(refusals) refused by the kernel, \(excepted) of them not because of a "
            + "path, \(disagreements) disagreements"
    }
}
