internal import LinuxKernel
internal import SandboxModel

/// One sandbox while it runs, as the supervisor sees it.
struct Session: ~Copyable {
    private let plan: SandboxPlan
    private let child: ChildProcess
    private let socket: MessageSocket
    private var collector: EventCollector
    private var capture: SharedDescriptor?
    private var captured: [UInt8] = []
    private var relay: TerminalRelay?
    private var isReaped = false
    private var isControlClosed = false

    /// The most output that is collected; the rest is read and thrown away.
    private static let mostCaptured = 16 << 20

    init(
        plan: SandboxPlan, child: consuming ChildProcess, socket: consuming MessageSocket,
        capture: SharedDescriptor?
    ) {
        self.plan = plan
        self.child = child
        self.socket = socket
        self.capture = capture
        collector = EventCollector(plan: plan)
    }

    var socketNumber: Int32 { socket.descriptor.number }
    var processNumber: Int32 { child.descriptor.number }
    var captureNumber: Int32? { capture?.number }
    var terminalNumber: Int32? { relay?.number }
    var keyboardNumber: Int32? { relay?.keyboard }
    /// Init has told the end or has ended without, and there is no output to come.
    var isOver: Bool {
        (collector.isFinished || (isReaped && isControlClosed)) && capture == nil
    }
    /// Init, if it was not waited for.
    var departing: Int32? { isReaped ? nil : child.pid }

    /// Writes the identity maps and lets init go on.
    func begin() throws(SystemError) {
        let identity = plan.identity
        try mapIdentity(
            of: child.pid,
            inside: UserIdentity(uid: identity.insideUser, gid: identity.insideGroup),
            outside: UserIdentity(uid: identity.hostUser, gid: identity.hostGroup),
            denySetgroups: !identity.privilegedCaller)
        try tell([1])
    }

    /// Hands over the build's filter, which init waits for when the tree is made.
    func send(filter program: [UInt64]) throws(SystemError) {
        // An empty message would be the end: one byte stands for no filter.
        try tell(program.isEmpty ? [0] : program.withUnsafeBytes { Array($0) })
    }

    /// An init that has ended already has told why: that is read next.
    private func tell(_ message: [UInt8]) throws(SystemError) {
        do throws(SystemError) { try socket.send(message) } catch {
            if error.errno != ErrorNumber.brokenPipe { throw error }
        }
    }

    /// Takes one message of init; false when there will be no more.
    mutating func receive() -> Bool {
        guard let (message, descriptors) = try? socket.receive(), !message.isEmpty else {
            isControlClosed = true
            return false
        }
        let event = SandboxEvent(message)
        for (place, number) in descriptors.enumerated() {
            let file = SharedDescriptor(Descriptor(owning: number))
            if place == 0, event == .terminal {
                relay = TerminalRelay(master: file, hasKeyboard: plan.streams == .terminal)
            }
        }
        if let event { collector.take(event) }
        return true
    }

    /// Asks init to send a signal to everything in the sandbox.
    func askToEnd(with signal: Int32) {
        // An init that is not there any more has taken everything with it.
        try? socket.send([UInt8(truncatingIfNeeded: signal)])
    }

    func kill() throws(SystemError) { try child.signal(Signal.kill) }

    mutating func reap() throws(SystemError) {
        _ = try wait(for: child.pid)
        isReaped = true
    }

    /// Reads captured output; false at its end.
    mutating func readCapture() -> Bool {
        guard let file = capture, let bytes = try? Descriptor.read(from: file.number),
            !bytes.isEmpty
        else {
            capture = nil
            return false
        }
        if captured.count < Self.mostCaptured { captured += bytes }
        return true
    }

    func showTerminal() -> Bool { relay?.drain() ?? false }
    func typeKeys() -> Bool { relay?.typeKeys() ?? false }
    func resizeTerminal() { relay?.resize() }

    /// What came of it; puts the terminal back.
    consuming func finish() -> SandboxResult {
        relay?.drainRest()
        relay?.end()
        var result = collector.result
        result.output = captured
        return result
    }
}
