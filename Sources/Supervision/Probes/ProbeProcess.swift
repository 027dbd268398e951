internal import LinuxKernel
internal import SandboxModel

/// A child that tries things and tells what came of them, so that the supervisor's own namespaces,
/// mounts and filters stay as they are.
struct ProbeProcess: ~Copyable {
    /// Seconds after which a child that says nothing is ended.
    static let patience = 3.0

    private let child: ChildProcess
    private let socket: MessageSocket

    /// Starts a child.
    ///
    /// - Parameters:
    ///   - namespaces: new ones for the child.
    ///   - body: what it does once `begin` was called, with a place to tell outcomes.
    static func start(
        in namespaces: Namespaces = [], _ body: (ProbeReporter) -> Void
    ) throws(SystemError) -> ProbeProcess {
        let sockets = try DescriptorPair.messageSockets()
        guard let child = try spawnCopy(in: namespaces) else {
            let reporter = ProbeReporter(socket: SharedDescriptor(sockets.takeSecond()))
            if (try? setParentDeathSignal(Signal.kill)) == nil { exitNow(1) }
            guard let (message, _) = try? MessageSocket.receive(from: reporter.socket.number),
                !message.isEmpty
            else { exitNow(0) }
            body(reporter)
            exitNow(0)
        }
        return ProbeProcess(
            child: child, socket: MessageSocket(descriptor: sockets.takeFirst()))
    }

    var pid: Int32 { child.pid }

    /// Lets the child go on, and collects what it tells until it ends.
    consuming func collect() -> [ProbeMessage] {
        var messages: [ProbeMessage] = []
        do throws(SystemError) {
            try socket.send([1])
            let deadline = monotonicSeconds() + Self.patience
            var set = PollSet()
            let place = set.add(socket.descriptor.number)
            while monotonicSeconds() < deadline {
                try set.wait(milliseconds: 100)
                guard set.isReady(place) else { continue }
                let (bytes, _) = try socket.receive()
                if bytes.isEmpty { break }
                if let message = ProbeMessage(bytes) { messages.append(message) }
            }
        } catch {
            // A child that is gone has nothing more to tell; what it did not tell is untried.
        }
        end()
        return messages
    }

    /// Ends the child, whatever it does.
    consuming func end() {
        // One that cannot be signalled has ended already, and is waited for all the same.
        try? child.signal(Signal.kill)
        _ = try? wait(for: child.pid)
    }
}

/// Where a probing process tells its outcomes.
struct ProbeReporter {
    let socket: SharedDescriptor

    func tell(_ name: HostProbe.Name, _ outcome: ProbeOutcome) {
        // Without a parent nobody is left to tell.
        try? MessageSocket.send(ProbeMessage(name, outcome).encoded, to: socket.number)
    }

    /// Tries something and tells what came of it.
    ///
    /// - Returns: whether it worked.
    @discardableResult
    func attempt(
        _ name: HostProbe.Name, _ body: () throws(ProbeFailure) -> String?
    ) -> Bool {
        let outcome = ProbeOutcome(body)
        tell(name, outcome)
        if case .worked = outcome { return true }
        return false
    }
}
