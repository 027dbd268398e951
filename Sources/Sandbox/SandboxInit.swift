public import LinuxKernel
public import SandboxModel

/// PID 1 of a sandbox: carries out the plan's steps, starts the build, then reaps and observes.
///
/// Runs in the child of a clone of the supervisor and never returns. It holds the capabilities of
/// the sandbox's user namespace; the build has none, so that it can neither signal, trace nor read
/// this process.
public struct SandboxInit {
    private let plan: SandboxPlan
    private let socket: SharedDescriptor
    private let failureHandlers: [String]
    private let prepared: [SharedDescriptor?]

    /// - Parameters:
    ///   - socket: the supervisor's messages come and ours go here.
    ///   - failureHandlers: see `PhaseTrace.init(failureHandlers:)`.
    ///   - prepared: the mounts that the supervisor made, one or none for each step.
    public init(
        plan: SandboxPlan, socket: SharedDescriptor, failureHandlers: [String],
        prepared: [SharedDescriptor?]
    ) {
        self.prepared = prepared
        self.plan = plan
        // Away from the numbers that a build may name; see `shieldedDescriptors`.
        let moved = try? SharedDescriptor(socket.duplicate(from: Self.shieldedDescriptors))
        self.socket = moved ?? socket
        self.failureHandlers = failureHandlers
    }

    /// Does all that init does.
    ///
    /// - Parameter output: where the build's standard output goes when it is captured.
    public func run(output: Int32?) -> Never {
        // The kernel drops signals for a PID 1 that has no handler for them. The Swift runtime's
        // handlers for its crash reports would let a build end us with `kill -QUIT 1`.
        restoreDefaultSignals()
        var index = 0
        let interpreter = StepInterpreter(prepared: prepared)
        do throws(SystemError) {
            for (place, step) in plan.steps.enumerated() {
                index = place
                try interpreter.takeSource(of: step, index: place)
            }
            index = 1
            // The supervisor's first message: the identity maps are written.
            guard try !MessageSocket.receive(from: socket.number).message.isEmpty else {
                exitNow(1)
            }
            try becomePlannedUser()
            for (place, step) in plan.steps.enumerated() {
                index = place
                try interpreter.execute(step, index: place)
            }
        } catch {
            fail(index, error)
        }
        do throws(SystemError) {
            let privateArea = try interpreter.takePrivateArea(from: Self.shieldedDescriptors)
            // A kernel without that file leaves questions about /proc/self/fd a little less exact.
            try? shieldDescriptors(below: Self.shieldedDescriptors, with: Self.shield)
            try observeBuild(privateArea, output: output)
        } catch {
            fail(plan.steps.count - 1, error)
        }
    }

    /// A path may lead to /proc/self/fd/N, and where init asks about it, that is a descriptor of its
    /// own. So those that a build may name are of a file that the build's user may not use at all:
    /// the answer is a refusal, and refusals are looked into; see `CallerPaths`.
    private static let shieldedDescriptors: Int32 = 64
    private static let shield = "/proc/kmsg"

    private func becomePlannedUser() throws(SystemError) {
        let identity = plan.identity
        try becomeUser(
            UserIdentity(uid: identity.insideUser, gid: identity.insideGroup),
            dropGroups: identity.privilegedCaller)
        try setDumpable(false)
        // After the change of user, which clears it.
        try setParentDeathSignal(Signal.kill)
        setFileModeMask(0)
    }

    private func fail(_ index: Int, _ error: SystemError) -> Never {
        report(
            .stepFailed(index: index, call: error.call, errno: error.errno, path: error.path))
        exitNow(1)
    }

    private func report(_ event: SandboxEvent) {
        // A supervisor that has gone takes this process with it: nothing is left to do.
        try? MessageSocket.send(event.encoded(), to: socket.number)
    }

    private func observeBuild(
        _ privateArea: SharedDescriptor?, output: Int32?
    ) throws(SystemError) -> Never {
        let signals = try SignalDescriptor([Signal.child])
        let streams = try Streams(plan: plan, output: output)
        if let master = streams.master {
            try MessageSocket.send(
                SandboxEvent.terminal.encoded(), descriptors: [master.number], to: socket.number)
        }
        let traceFile = try plan.tracePath.map { path throws(SystemError) in
            // For both ways, so that it never ends while shells come and go.
            SharedDescriptor(
                try Descriptor.open(path, FileFlags.readWrite | FileFlags.nonBlocking))
        }
        // First one that only refuses, where the plan has one, then the one that reports.
        let modeFilter = try receiveProgram()
        let program = try receiveProgram()
        let build = try BuildProcess.start(
            plan: plan, filters: (modeFilter, program), streams: streams.numbers,
            terminal: streams.controllingTerminal)
        streams.close()
        // Standard error stays, for the message of a runtime that gives up.
        let inherited = (0..<Self.shieldedDescriptors).filter {
            $0 != 2
        }
        try? shieldDescriptors(below: 0, with: Self.shield, replacing: inherited)
        let listener = try receiveListener(build.handover)
        report(.started)
        var loop = try EventLoop(
            plan: plan, build: build, listener: listener, signals: signals, socket: socket,
            traceFile: traceFile, privateArea: privateArea, failureHandlers: failureHandlers)
        try loop.run()
    }

    /// The supervisor's next message: a seccomp filter for the build, empty for none.
    private func receiveProgram() throws(SystemError) -> [UInt64] {
        let bytes = try MessageSocket.receive(from: socket.number).message
        guard !bytes.isEmpty else { exitNow(1) }
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
    }

    private func receiveListener(
        _ handover: borrowing MessageSocket
    ) throws(SystemError) -> SeccompListener {
        let (message, descriptors) = try handover.receive()
        guard message.first == 1, let number = descriptors.first else {
            let errno = message.count > 1 ? Int32(message[1]) : ErrorNumber.noProcess
            let text = String(decoding: message.dropFirst(2), as: UTF8.self)
            throw SystemError(
                call: text.split(separator: ":").first.map(String.init) ?? "fork", errno: errno)
        }
        return try SeccompListener(descriptor: Descriptor(owning: number))
    }
}

/// The standard streams that the build is to have.
private final class Streams {
    /// The supervisor's side of the sandbox's terminal.
    private(set) var master: SharedDescriptor?
    private var terminal: SharedDescriptor?
    private var null: SharedDescriptor?
    private(set) var numbers: [Int32] = []
    private(set) var controllingTerminal: Int32?

    init(plan: SandboxPlan, output: Int32?) throws(SystemError) {
        switch plan.streams {
        case .inherit: numbers = [0, 1, 2]
        case .inheritOutput, .captureOutput:
            let file = SharedDescriptor(try Descriptor.open("/dev/null", FileFlags.readOnly))
            null = file
            numbers = [file.number, output ?? 1, 2]
        case .terminal:
            let terminal = try openTerminal()
            controllingTerminal = terminal
            numbers = [terminal, terminal, terminal]
        case .outputTerminal:
            let file = SharedDescriptor(try Descriptor.open("/dev/null", FileFlags.readOnly))
            null = file
            let terminal = try openTerminal()
            // What the build writes has to arrive as it is: the caller's terminal does the rest.
            try Terminal.Settings.of(terminal).asRaw().apply(to: terminal)
            numbers =
                [file.number] + [1, 2].map { Terminal.isTerminal($0) ? terminal : $0 }
        }
    }

    private func openTerminal() throws(SystemError) -> Int32 {
        let pair = try Terminal.open(in: "/dev/pts")
        master = SharedDescriptor(try pair.first.duplicate())
        let terminal = SharedDescriptor(pair.takeSecond())
        self.terminal = terminal
        return terminal.number
    }

    /// Lets go of what only the build and the supervisor use.
    func close() {
        master = nil
        terminal = nil
        null = nil
    }
}
