import SandboxModel
import Testing

struct PhaseTraceTests {
    /// Records in a readable form: `<` begins one, `|` separates fields, `>` ends it.
    static func bytes(_ text: String) -> [UInt8] {
        text.utf8.map {
            switch $0 {
            case UInt8(ascii: "<"): 0x1D
            case UInt8(ascii: "|"): 0x1F
            case UInt8(ascii: ">"): 0x1E
            default: $0
            }
        }
    }

    static let begin = "<B|7|build|/r/PKGBUILD>\n"

    static func events(_ text: String) -> [PhaseTrace.Event] {
        var trace = PhaseTrace(failureHandlers: ["error_function"])
        var events: [PhaseTrace.Event] = []
        trace.consume(bytes(text)) { events.append($0) }
        return events
    }

    @Test func decodes() {
        let text = Self.begin + "<7|3|build>true\n<<8|4|_f>x\n<E|7|build|2>\n"
        #expect(
            Self.events(text) == [
                .phaseBegan(name: "build"), .line(pid: 7, line: 3, function: "build"),
                .line(pid: 8, line: 4, function: "_f"), .phaseEnded(name: "build", status: 2),
            ])
    }

    @Test func takesBytesCutAnywhere() {
        let text =
            Self.begin + "<7|3|build>error_functionality\n<7|3|build>multi\nline 'text'\n"
            + "<<9|1|g|12 40|g build run|/r/h.sh /r/PKGBUILD /usr/bin/makepkg>x\n<E|7|build|0>\n"
        let whole = Self.events(text)
        #expect(whole.count == 5)
        #expect(whole[3] == .line(pid: 9, line: 12, function: "build"))
        let bytes = Self.bytes(text)
        for size in 1...bytes.count {
            var trace = PhaseTrace(failureHandlers: ["error_function"])
            var events: [PhaseTrace.Event] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                trace.consume(Array(rest.prefix(size))) { events.append($0) }
                rest = rest.dropFirst(size)
            }
            #expect(events == whole, "in pieces of \(size)")
        }
    }

    @Test func findsTheRecipesInnermostFrame() {
        func line(_ stack: String) -> PhaseTrace.Event? {
            let events = Self.events("<B|7|build|/a b/PKGBUILD>\n<7|5|" + stack + ">x\n")
            return events.count == 2 ? events[1] : nil
        }
        #expect(
            line("g|9 8 7|g f build run|/h /h /a_b/PKGBUILD /m")
                == .line(pid: 7, line: 8, function: "build"))
        #expect(
            line("f|9 8|f build run|/a_b/PKGBUILD /a_b/PKGBUILD /m")
                == .line(pid: 7, line: 5, function: "f"))
        // A file that only begins like the recipe; a stack cut short; nothing of the recipe.
        #expect(line("f|9 8|f build run|/a_b/PKGBUILD2 /x /m") == nil)
        #expect(line("f|9|f|/h /h /a_b/PKGBUILD") == nil)
        #expect(line("f|9 8|f run main|/m /m /m") == nil)
        #expect(line("source|9|source x|/a_b/PKGBUILD /m") == .line(pid: 7, line: 5, function: ""))
    }

    @Test func knowsWhoWentOnAndWhoFailed() {
        var trace = PhaseTrace(failureHandlers: ["error_function"])
        trace.consume(Self.bytes(Self.begin + "<7|3|build>( x )\n<<8|3|build>false\n"))
        let before = trace.commandCount
        #expect(before == 2)
        trace.consume(Self.bytes("<<8|3|build>error_function build\n<8|9|build>set +x\n"))
        #expect(trace.shell(8)?.hasFailed == true)
        #expect(trace.shell(8)?.sequence == 2)
        #expect(trace.shell(7)?.sequence == 1)
        trace.consume(Self.bytes("<7|4|build>next\n"))
        #expect(trace.shell(7)?.sequence == 3)
        #expect(trace.shell(7)?.line == 4)
        #expect(trace.phase?.name == "build")
        trace.forget(7)
        #expect(trace.shell(7) == nil)
        trace.consume(Self.bytes("<B|9|check|/r/PKGBUILD>\n"))
        #expect(trace.shells.isEmpty)
    }

    @Test func survivesAnything() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("<<>>||BE0123456789 /abc\n".utf8)
        for _ in 0..<300 {
            var trace = PhaseTrace(failureHandlers: ["error_function"])
            let noise = (0..<2000).map { _ in
                Bool.random() ? alphabet.randomElement(using: &random)! : UInt8.random(in: 0...255)
            }
            trace.consume(Self.bytes(String(decoding: noise, as: UTF8.self)))
            trace.consume(noise)
            var events: [PhaseTrace.Event] = []
            trace.consume(Self.bytes("\n" + Self.begin + "<7|3|build>true\n")) { events.append($0) }
            #expect(events.suffix(2).first == .phaseBegan(name: "build"))
            #expect(events.last == .line(pid: 7, line: 3, function: "build"))
        }
    }

    @Test(arguments: [
        "<", "<>", "<|>", "<B>", "<B|x|y|z>", "<B|7||/r>", "<B|7|a\u{1B}b|/r>", "<E|7|build|0>",
        "<E|7|other>", "<7|3>", "<7|-3|f>x\n", "<99999999999|3|f>x\n", "<0|3|f>x\n", "<7|3|f|1>x\n",
        "<7|3|f|1|2>x\n", "<7|0|f>x\n",
    ])
    func passesOverBrokenRecords(_ record: String) {
        #expect(Self.events(record) == [])
        #expect(Self.events(Self.begin + record).count <= 1 || record.hasPrefix("<E|7|build"))
    }

    @Test func isBounded() {
        var trace = PhaseTrace()
        trace.consume(Self.bytes(Self.begin))
        for pid in 1...20_000 { trace.consume(Self.bytes("<\(pid)|\(pid)|f>x\n")) }
        #expect(trace.shells.count <= PhaseTrace.shellLimit)
        #expect(trace.shell(20_000)?.line == 20_000)
        // The phase's own shell is kept however long it waits.
        #expect(trace.shell(7) != nil)
        var events = 0
        let long = [UInt8](repeating: UInt8(ascii: "9"), count: 100_000)
        trace.consume(Self.bytes("<7|") + long) { _ in events += 1 }
        trace.consume(Self.bytes("|f>x\n")) { _ in events += 1 }
        trace.consume(Self.bytes("<7|3|f>") + long) { _ in events += 1 }
        #expect(events == 1)
    }
}
