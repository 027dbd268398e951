import SandboxModel
import Testing

/// The messages between init and supervisor.
struct SandboxEventTests {
    private static let process = ProcessSummary(
        pid: 231, executable: "/usr/bin/ld.lld", arguments: ["ld.lld", "", "--x=ü\u{1b}"],
        workingDirectory: "/build/work")

    static let failures = [
        WriteFailure(
            path: "/usr/lib/a", requestedPath: "a", call: "mkdirat", operation: "create-directory",
            errno: "EROFS", reason: .readOnlySystem, evidence: "/usr is mounted read-only",
            phase: "build", recipeLine: 12, recipeFunction: "_helper", process: process,
            ancestry: [
                ProcessSummary(pid: 1, executable: "", arguments: []), process,
            ]),
        WriteFailure(
            path: "", requestedPath: "", call: "", operation: "", errno: "", reason: .policy,
            process: ProcessSummary(pid: -1, executable: "", arguments: [])),
    ]

    static let events: [SandboxEvent] =
        [
            .stepFailed(index: 3, call: "mount", errno: 13, path: "/ünï"),
            .stepFailed(index: 0, call: "clone3", errno: -1, path: nil),
            .started, .commandFailed(errno: 2), .terminal,
            .phaseBegan(name: "package_liblz4"), .phaseEnded(name: "", status: 4),
            .judged(id: 7, count: 128, path: "/usr/Thin-*.tmp.o", verdict: .fatal, reason: "why"),
            .judged(id: .max, count: 0, path: "", verdict: .benign, reason: ""),
            .redirected(path: "/usr/lib/.thinlto-cache", rule: 0, scratch: "thinlto/x"),
            .redirectCounted(path: "/usr/lib/.thinlto-cache", count: 3),
            .degraded(Degradation(feature: "overlay", reason: "EPERM", remedy: nil)),
            .degraded(Degradation(feature: "overlay", reason: "EPERM", remedy: "newer kernel")),
            .finished(
                status: 255, signal: 0, omitted: 5312,
                Usage(userSeconds: 1.5, systemSeconds: 0.25, peakMemoryBytes: 1 << 40)),
        ] + failures.enumerated().map { .writeFailed(id: $0, $1) }

    @Test(arguments: events) func roundTrip(event: SandboxEvent) {
        #expect(SandboxEvent(event.encoded()) == event)
    }

    /// A part of a message is none, and neither is a message with something after it.
    @Test(arguments: events) func wrongLengths(event: SandboxEvent) {
        let message = event.encoded()
        for count in 0..<message.count {
            #expect(SandboxEvent(Array(message.prefix(count))) == nil, "\(count) bytes")
        }
        #expect(SandboxEvent(message + [0]) == nil)
        #expect(SandboxEvent(message + message) == nil)
    }

    /// Lengths and counts that go beyond the message, or below nothing.
    @Test(arguments: events) func wrongNumbers(event: SandboxEvent) {
        let message = event.encoded()
        for place in stride(from: 8, to: message.count - 7, by: 1) {
            for number: Int64 in [-1, .min, .max, 1 << 32, 1 << 60] {
                var changed = message
                withUnsafeBytes(of: number.littleEndian) { bytes in
                    changed.replaceSubrange(place..<place + 8, with: bytes)
                }
                // The number may be a field like any other; what counts is that nothing crashes.
                _ = SandboxEvent(changed)
            }
        }
    }

    @Test func randomBytes() {
        var generator = SplitMix(state: 42)
        for _ in 0..<50_000 {
            var message = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            // Mostly a tag that exists, or nothing after it would ever be read.
            if message.count > 8, Bool.random(using: &generator) {
                let tag = UInt8.random(in: 0...13, using: &generator)
                message.replaceSubrange(0..<8, with: [tag, 0, 0, 0, 0, 0, 0, 0])
            }
            _ = SandboxEvent(message)
        }
        #expect(SandboxEvent([]) == nil)
        #expect(SandboxEvent([UInt8](repeating: 0xff, count: 4096)) == nil)
    }
}

/// The same numbers on every run; see Vigna, "splitmix64".
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
