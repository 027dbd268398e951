import Foundation
import Testing

/// Compares text with the file of that name in `Snapshots`. A missing file is written, and the test
/// fails that once; to accept a change, delete the file.
func expectSnapshot(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots")
    let file = directory.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else {
        try Data(text.utf8).write(to: file)
        Issue.record(
            "wrote the missing snapshot \(name): look at it", sourceLocation: sourceLocation)
        return
    }
    let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == expected, "differs from the snapshot \(name)", sourceLocation: sourceLocation)
}
