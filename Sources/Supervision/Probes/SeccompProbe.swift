internal import LinuxKernel
internal import SandboxModel

/// Has one system call of a child reported, looks at it and lets it continue.
struct SeccompProbe {
    /// The call that is watched, made by `Files.makeDirectory`.
    private static let call = "mkdirat"
    /// What it asks for, which is there: the call fails once it continues, and makes nothing.
    private static let path = "/"

    var reporter: ProbeReporter
    /// Whether this process may read the child's memory, as init may a build's.
    var readsMemory = false

    func run() {
        let listens = reporter.attempt(.seccompListener) { () throws(ProbeFailure) in
            try observe()
            return nil
        }
        guard !listens else { return }
        for name: HostProbe.Name in [.seccompWaitKillable, .seccompSyncWakeup, .callerMemory] {
            reporter.tell(name, .untried("no system call was reported"))
        }
    }

    private func observe() throws(ProbeFailure) {
        let program = try trying { () throws(SystemError) in
            var filter = try SeccompFilter()
            try filter.notify(Self.call)
            return try filter.program()
        }
        let sockets = try trying { () throws(SystemError) in try DescriptorPair.messageSockets() }
        let pid = try trying { () throws(SystemError) in try forkProcess() }
        if pid == 0 {
            beWatched(program, MessageSocket(descriptor: sockets.takeSecond()))
        }
        // When this end closes the child has nobody to wait for.
        let socket = MessageSocket(descriptor: sockets.takeFirst())
        defer { _ = try? wait(for: pid) }
        let (message, descriptors) = try hear(socket)
        guard let number = descriptors.first else {
            let errno = message.first.map(Int32.init) ?? 0
            throw ProbeFailure(SystemError(call: "seccomp", errno: errno))
        }
        // It has to be closed before the child is waited for: until then its call is held up.
        try look(listener(owning: number), isKillable: message.first == 1, socket)
    }

    private func listener(owning number: Int32) throws(ProbeFailure) -> SeccompListener {
        do throws(SystemError) {
            return try SeccompListener(descriptor: Descriptor(owning: number))
        } catch {
            throw ProbeFailure(error)
        }
    }

    private func look(
        _ listener: consuming SeccompListener, isKillable: Bool, _ socket: borrowing MessageSocket
    ) throws(ProbeFailure) {
        let call = try next(listener)
        let memory = path(of: call)
        guard listener.isValid(call.id) else { throw ProbeFailure("the caller did not wait") }
        try trying { () throws(SystemError) in try listener.letContinue(call.id) }
        guard try hear(socket).message.first == UInt8(ErrorNumber.exists) else {
            throw ProbeFailure("the call that was let continue did not come to its own result")
        }
        if readsMemory {
            reporter.tell(.callerMemory, memory)
        } else {
            reporter.tell(.callerMemory, .untried("only the init of a sandbox may"))
        }
        reporter.tell(
            .seccompWaitKillable,
            isKillable
                ? .worked
                : .weak(
                    ProbeFailure(
                        "seccomp: \(SystemError(call: "", errno: ErrorNumber.invalid).reason)",
                        errno: ErrorNumber.invalid)))
        reporter.tell(
            .seccompSyncWakeup,
            listener.wakesSynchronously
                ? .worked : .weak(ProbeFailure("the listener does not know the flag")))
    }

    private func next(
        _ listener: borrowing SeccompListener
    ) throws(ProbeFailure) -> CallNotification {
        var set = PollSet()
        let place = set.add(listener.descriptor.number)
        do throws(SystemError) { try set.wait(milliseconds: 1000) } catch {
            throw ProbeFailure(error)
        }
        guard set.isReady(place) else { throw ProbeFailure("no call was reported within a second") }
        let call: CallNotification?
        do throws(SystemError) { call = try listener.receive() } catch { throw ProbeFailure(error) }
        guard let call else { throw ProbeFailure("the caller ended before its call was looked at") }
        return call
    }

    private func path(of call: CallNotification) -> ProbeOutcome {
        switch ProcessMemory.string(of: call.thread, at: call.argument(1)) {
        case .string(let bytes) where bytes == Array(Self.path.utf8): .worked
        case .string, .tooLong: .failed(ProbeFailure("another path was read"))
        case .unreadable: .failed(ProbeFailure("process_vm_readv is refused"))
        }
    }

    private func hear(
        _ socket: borrowing MessageSocket
    ) throws(ProbeFailure) -> (message: [UInt8], descriptors: [Int32]) {
        var set = PollSet()
        let place = set.add(socket.descriptor.number)
        do throws(SystemError) {
            try set.wait(milliseconds: 1000)
            guard set.isReady(place) else {
                throw SystemError(call: "poll", errno: ErrorNumber.tryAgain)
            }
            return try socket.receive()
        } catch {
            throw ProbeFailure(error)
        }
    }

    /// The child: loads the filter, hands over the listener, makes the call.
    private func beWatched(_ program: [UInt64], _ socket: consuming MessageSocket) -> Never {
        do throws(SystemError) {
            try setParentDeathSignal(Signal.kill)
            if readsMemory {
                // As the build, which has no capabilities and may be looked into by init.
                try Capabilities.dropAll()
                try setDumpable(true)
            }
            try setNoNewPrivileges()
            let (number, isKillable) = try load(program)
            let listener = Descriptor(owning: number)
            try socket.send([isKillable ? 1 : 0], descriptors: [listener.number])
        } catch {
            try? socket.send([UInt8(truncatingIfNeeded: error.errno)])
            exitNow(1)
        }
        var answer: Int32 = 0
        do throws(SystemError) { try Files.makeDirectory(Self.path, mode: 0o755) } catch {
            answer = error.errno
        }
        try? socket.send([UInt8(truncatingIfNeeded: answer)])
        exitNow(0)
    }

    private func load(
        _ program: [UInt64]
    ) throws(SystemError) -> (listener: Int32, isKillable: Bool) {
        do throws(SystemError) {
            return (try loadFilter(program, waitKillable: true).take(), true)
        } catch {
            guard error.errno == ErrorNumber.invalid else { throw error }
            return (try loadFilter(program, waitKillable: false).take(), false)
        }
    }
}
