internal import LinuxKernel
internal import SandboxModel

/// Init's one loop: notifications, ended children, the recipe's trace and the supervisor.
struct EventLoop: ~Copyable {
    private let plan: SandboxPlan
    private let command: Int32
    private let handover: MessageSocket
    private let signals: SignalDescriptor
    private let socket: Int32
    private let traceFile: SharedDescriptor?
    private let observer: WriteObserver
    private let redirector: CacheRedirector?
    private let report: (SandboxEvent) -> Void

    init(
        plan: SandboxPlan, build: consuming BuildProcess, listener: consuming SeccompListener,
        signals: consuming SignalDescriptor, socket: SharedDescriptor,
        traceFile: SharedDescriptor?, privateArea: SharedDescriptor?, failureHandlers: [String]
    ) throws(SystemError) {
        self.plan = plan
        command = build.pid
        handover = build.handover
        self.signals = signals
        self.traceFile = traceFile
        self.socket = socket.number
        report = { event in
            try? MessageSocket.send(event.encoded(), to: socket.number)
        }
        var materialiser: Materialiser?
        if let privateArea {
            materialiser = try Materialiser(
                privateArea: privateArea, mountPoints: plan.mountPoints,
                visibleIsWritable: plan.mode == .audit)
        }
        if let materialiser, let privateArea, plan.cacheDirectory != nil {
            redirector = CacheRedirector(
                rules: plan.caches, key: plan.cacheKey, materialiser: materialiser,
                privateArea: privateArea)
        } else {
            redirector = nil
        }
        let link = TraceLink(file: traceFile)
        observer = WriteObserver(
            listener: listener, plan: plan, trace: PhaseTrace(failureHandlers: failureHandlers),
            materialiser: materialiser, redirector: redirector,
            updateTrace: { link.update() }, report: report)
        link.observer = observer
        traceLink = link
    }

    private let traceLink: TraceLink

    /// Runs until the command has ended, tells what came of it, and ends the sandbox.
    mutating func run() throws(SystemError) -> Never {
        var set = PollSet()
        let notifications = set.add(observer.descriptor)
        let children = set.add(signals.descriptor.number)
        let supervisor = set.add(socket)
        let start = set.add(handover.descriptor.number)
        let trace = traceFile.map { set.add($0.number) }

        while true {
            try set.wait()
            if let trace, set.isReady(trace) { traceLink.update() }
            if set.isClosed(notifications) {
                // Nobody is left under the filter; the end of the command is about to be told.
                set.disable(notifications)
            } else if set.isReady(notifications) {
                try observer.handleNext()
            }
            if set.isReady(start) {
                reportFailedStart()
                set.disable(start)
            }
            if set.isReady(supervisor) { obeySupervisor() }
            if set.isReady(children), let end = reapAll() { finish(end) }
        }
    }

    private func reportFailedStart() {
        if let (message, _) = try? handover.receive(), message.count == 2, message[0] == 2 {
            report(.commandFailed(errno: Int32(message[1])))
        }
    }

    /// A message asks to end everything with a signal; the end of messages is the supervisor's own.
    private func obeySupervisor() {
        guard let (message, _) = try? MessageSocket.receive(from: socket),
            let signal = message.first
        else { exitNow(1) }
        signalEveryone(Int32(signal))
    }

    private func reapAll() -> ProcessEnd? {
        while signals.next() != nil {}
        var end: ProcessEnd?
        while let (pid, how) = reapAnyChild() {
            if pid == command { end = how }
        }
        return end
    }

    private func finish(_ end: ProcessEnd) -> Never {
        // What outlives the command is ended with it, and counted: its last calls are nobody's.
        signalEveryone(Signal.kill)
        traceLink.update()
        let trace = observer.trace
        var status: Int32 = 0
        var signal: Int32 = 0
        switch end {
        case .exited(let number): status = number
        case .signalled(let number): signal = number
        }
        let judge = Judge(
            ledger: observer.ledger, trace: trace,
            end: Judge.RunEnd(status: Int32(end.shellStatus), failedPhase: trace.phase))
        for record in observer.log.records {
            let verdict = judge.judge(record)
            let path = record.pattern?.text ?? record.path
            report(
                .judged(
                    id: record.id, count: record.count, path: ByteText.decode(path),
                    verdict: verdict.verdict, reason: verdict.reason))
        }
        for redirect in redirector?.redirects.values.sorted(by: { $0.path < $1.path }) ?? [] {
            report(.redirectCounted(path: redirect.path, count: redirect.count))
        }
        // `finished` means that nothing of the sandbox runs any more but this process.
        reapAllChildren()
        let used = ResourceUsage.ofChildren()
        report(
            .finished(
                status: status, signal: signal, omitted: observer.log.omitted,
                Usage(
                    userSeconds: used.userSeconds, systemSeconds: used.systemSeconds,
                    peakMemoryBytes: used.peakMemoryBytes)))
        exitNow(0)
    }
}

/// Reads the recipe's trace into the observer's decoder.
private final class TraceLink {
    private let file: SharedDescriptor?
    var observer: WriteObserver?

    init(file: SharedDescriptor?) { self.file = file }

    /// Reads all that is there.
    func update() {
        guard let file, let observer else { return }
        while let bytes = try? Descriptor.read(from: file.number), !bytes.isEmpty {
            observer.follow(bytes)
            if bytes.count < 65536 { break }
        }
    }
}
