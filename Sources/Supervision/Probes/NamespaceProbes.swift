internal import LinuxKernel
internal import SandboxModel

/// Tries namespaces, and in them all that the sandbox's init does.
struct NamespaceProbes {
    private static let kinds: [(HostProbe.Name, Namespaces)] = [
        (.mountNamespace, .mount), (.pidNamespace, .pid), (.ipcNamespace, .ipc),
        (.utsNamespace, .uts), (.networkNamespace, .network), (.cgroupNamespace, .cgroup),
    ]

    var identity: HostProbeRequest.Identity
    /// A directory for the layers of an overlay, which belongs to the build's user.
    var scratchPath: String?

    /// - Returns: outcomes by name; names that nothing is known of are missing.
    func run() -> [HostProbe.Name: ProbeOutcome] {
        var outcomes: [HostProbe.Name: ProbeOutcome] = [:]
        // All at once is what a build does; one by one only to tell which of them is refused.
        var available = Self.kinds.reduce(into: Namespaces.user) { $0.formUnion($1.1) }
        if let failure = Self.refusal(of: available) {
            if let failure = Self.refusal(of: .user) {
                outcomes[.userNamespace] = .failed(failure)
                return outcomes.merging(withoutNamespaces()) { first, _ in first }
            }
            available = .user
            for (name, kind) in Self.kinds {
                if let failure = Self.refusal(of: [.user, kind]) {
                    outcomes[name] = .failed(failure)
                } else {
                    available.formUnion(kind)
                    outcomes[name] = .worked
                }
            }
            if outcomes.values.allSatisfy({ $0 == .worked }) {
                outcomes[.userNamespace] = .failed(
                    ProbeFailure("all kinds together: \(failure.reason)", errno: failure.errno))
                return outcomes
            }
        }
        outcomes[.userNamespace] = .worked
        for (name, kind) in Self.kinds where available.contains(kind) { outcomes[name] = .worked }
        for message in inside(available) { outcomes[message.name] = message.outcome }
        return outcomes
    }

    /// Why a process cannot be started in new namespaces; nil if it can.
    private static func refusal(of namespaces: Namespaces) -> ProbeFailure? {
        do throws(SystemError) {
            guard let child = try spawnCopy(in: namespaces) else { exitNow(0) }
            let end = try wait(for: child.pid)
            return end == .exited(0) ? nil : ProbeFailure("the process ended with \(end)")
        } catch {
            return ProbeFailure(error)
        }
    }

    /// What can be tried in namespaces.
    private func inside(_ available: Namespaces) -> [ProbeMessage] {
        let process: ProbeProcess
        do throws(SystemError) {
            process = try ProbeProcess.start(in: available) { reporter in
                SandboxProbes(
                    identity: identity, available: available, scratchPath: scratchPath,
                    reporter: reporter
                ).run()
            }
        } catch {
            return [ProbeMessage(.userNamespace, .failed(ProbeFailure(error)))]
        }
        do throws(SystemError) {
            try mapIdentity(
                of: process.pid, inside: identity.inside, outside: identity.outside,
                denySetgroups: !identity.privilegedCaller)
        } catch {
            process.end()
            return [ProbeMessage(.identityMap, .failed(ProbeFailure(error)))]
                + withoutNamespaces().map { ProbeMessage($0.key, $0.value) }
        }
        return process.collect()
    }

    /// What can be tried all the same.
    private func withoutNamespaces() -> [HostProbe.Name: ProbeOutcome] {
        guard let process = try? ProbeProcess.start({ SeccompProbe(reporter: $0).run() }) else {
            return [:]
        }
        var outcomes: [HostProbe.Name: ProbeOutcome] = [:]
        for message in process.collect() { outcomes[message.name] = message.outcome }
        return outcomes
    }

    /// Whether a process can be known and ended by its descriptor.
    static func descriptorOfProcess() -> ProbeOutcome {
        ProbeOutcome { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                let sockets = try DescriptorPair.messageSockets()
                guard let child = try spawnCopy(in: []) else {
                    if (try? setParentDeathSignal(Signal.kill)) == nil { exitNow(1) }
                    // Nothing ever comes: the child holds both ends.
                    _ = try? MessageSocket.receive(from: sockets.second.number)
                    exitNow(0)
                }
                try child.signal(Signal.kill)
                var set = PollSet()
                set.add(child.descriptor.number)
                try set.wait(milliseconds: 1000)
                guard try wait(for: child.pid) == .signalled(Signal.kill), set.isReady(0) else {
                    throw SystemError(
                        call: "poll of a process descriptor", errno: ErrorNumber.tryAgain)
                }
            }
            return nil
        }
    }
}
