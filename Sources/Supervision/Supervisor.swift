public import LinuxKernel
internal import Sandbox
public import SandboxModel

/// Runs sandboxes from the outside, one after the other: makes them, passes output and signals,
/// keeps the deadline and collects what init tells.
public final class Supervisor {
    /// Seconds between asking everything in the sandbox to end and ending it.
    private static let grace = 5.0

    private let signals: SignalDescriptor
    private let deadline: Double?
    /// The filter for the build, the same for all sandboxes; made while the first is set up.
    private var program: [UInt64]?
    /// The signal that asked this process to end; no further sandbox is started after it.
    public private(set) var interruption: SandboxResult.Interruption?
    /// Init of the last sandbox, which has told the end and is about to be gone.
    private var departing: Int32?

    /// - Parameters:
    ///   - timeout: seconds for all sandboxes together; nil for no limit.
    /// - Throws: where signals cannot be waited for.
    public init(timeout: Int?) throws(SystemError) {
        signals = try SignalDescriptor([
            Signal.interrupt, Signal.terminate, Signal.hangUp, Signal.windowChange,
        ])
        deadline = timeout.map { monotonicSeconds() + Double($0) }
    }

    /// The filter's program; takes as long as setting up a sandbox, and so is made at the same time.
    private func filter() throws(SystemError) -> [UInt64] {
        if let program { return program }
        let made = try Self.makeFilter()
        program = made
        return made
    }

    /// The filter that reports every call of the table, and keeps shut the way around it.
    private static func makeFilter() throws(SystemError) -> [UInt64] {
        var filter = try SeccompFilter()
        for call in TracedCall.table {
            let condition: SeccompFilter.Condition? =
                if let bits = call.onlyBits {
                    .anyBit(argument: bits.argument, of: bits.mask)
                } else if let only = call.onlyValues {
                    .equalsAny(argument: only.argument, only.values)
                } else {
                    nil
                }
            try filter.notify(call.name, number: call.number, when: condition)
        }
        for call in RefusedCall.table { try filter.refuse(call.name, with: call.errno) }
        return try filter.program()
    }

    /// A second filter, for builds whose files belong to another user on the host. Of two filters
    /// the kernel takes the stricter answer; one filter cannot both report and refuse a call.
    private static func makeModeFilter() throws(SystemError) -> [UInt64] {
        let filter = try SeccompFilter()
        for (name, argument) in RefusedCall.modeArguments {
            try filter.refuse(
                name, with: ErrorNumber.notPermitted,
                when: .anyBit(argument: argument, of: RefusedCall.privilegedModes))
        }
        // Its mode is in memory, where a filter cannot look; programs fall back to openat(2).
        try filter.refuse("openat2", with: ErrorNumber.notImplemented)
        return try filter.program()
    }

    /// Waits until nothing is left of the last sandbox, its mounts too.
    public func waitUntilGone() throws(SystemError) {
        guard let pid = departing else { return }
        departing = nil
        _ = try wait(for: pid)
    }

    /// Makes the sandbox of a plan, runs its command in it, and waits until none of its processes
    /// is left but init. The kernel takes init's namespaces down while the caller goes on; see
    /// `waitUntilGone`.
    ///
    /// - Parameters:
    ///   - failureHandlers: see `PhaseTrace.init(failureHandlers:)`.
    public func run(
        _ plan: SandboxPlan, failureHandlers: [String] = []
    ) throws(SystemError) -> SandboxResult {
        // Its mounts could be in the way of the new ones.
        try waitUntilGone()
        let sockets = try DescriptorPair.messageSockets()
        let output = plan.streams == .captureOutput ? try CapturedOutput() : nil
        let start = monotonicSeconds()
        let prepared = try OwnedMounts.prepare(plan)
        guard let child = try spawnCopy(in: plan.namespaces) else {
            // From here on this is init, in its own copy of the memory.
            let socket = SharedDescriptor(sockets.takeSecond())
            SandboxInit(
                plan: plan, socket: socket, failureHandlers: failureHandlers, prepared: prepared
            ).run(output: output?.writeEnd?.number)
        }
        // Ours has to go, or the output would never end.
        output?.writeEnd = nil
        var session = Session(
            plan: plan, child: child, socket: MessageSocket(descriptor: sockets.takeFirst()),
            capture: output?.readEnd)
        do throws(SystemError) {
            try session.begin()
            try session.send(filter: plan.writesAsOwner ? Self.makeModeFilter() : [])
            try session.send(filter: filter())
        } catch {
            try session.kill()
            throw error
        }
        try attend(&session)
        departing = session.departing
        var result = session.finish()
        result.interruption = interruption
        result.usage.wallSeconds = monotonicSeconds() - start
        return result
    }

    private func attend(_ session: inout Session) throws(SystemError) {
        var set = PollSet()
        let control = set.add(session.socketNumber)
        let ended = set.add(session.processNumber)
        let signal = set.add(signals.descriptor.number)
        let output = set.add(session.captureNumber ?? -1)
        let master = set.add(-1)
        let keyboard = set.add(-1)
        var killAt: Double?

        while !session.isOver {
            try set.wait(milliseconds: milliseconds(until: killAt ?? deadline))
            if set.isReady(control) {
                if session.receive() {
                    if let terminal = session.terminalNumber { set.replace(master, with: terminal) }
                    if let keys = session.keyboardNumber { set.replace(keyboard, with: keys) }
                } else {
                    set.disable(control)
                }
            }
            if set.isReady(output), !session.readCapture() { set.disable(output) }
            if set.isReady(master), !session.showTerminal() { set.disable(master) }
            if set.isReady(keyboard), !session.typeKeys() { set.disable(keyboard) }
            if set.isReady(signal) {
                while let (number, _) = signals.next() {
                    if number == Signal.windowChange {
                        session.resizeTerminal()
                    } else if killAt == nil {
                        interruption = .signal(number)
                        session.askToEnd(with: number)
                        killAt = monotonicSeconds() + Self.grace
                    } else {
                        killAt = 0
                    }
                }
            }
            if killAt == nil, let deadline, monotonicSeconds() >= deadline {
                interruption = .deadline
                session.askToEnd(with: Signal.terminate)
                killAt = monotonicSeconds() + Self.grace
            }
            if let at = killAt, monotonicSeconds() >= at {
                try session.kill()
                killAt = .infinity
            }
            if set.isReady(ended) {
                try session.reap()
                set.disable(ended)
            }
        }
    }

    private func milliseconds(until moment: Double?) -> Int32 {
        guard let moment, moment.isFinite else { return -1 }
        return Int32(max(0, min(60_000, (moment - monotonicSeconds()) * 1000 + 1)))
    }
}

/// The pipe that collects a command's standard output.
private final class CapturedOutput {
    let readEnd: SharedDescriptor
    var writeEnd: SharedDescriptor?

    init() throws(SystemError) {
        let pair = try DescriptorPair.pipe()
        readEnd = SharedDescriptor(try pair.first.duplicate())
        writeEnd = SharedDescriptor(pair.takeSecond())
    }
}

extension SandboxPlan {
    /// The namespaces that the plan's first step names.
    var namespaces: Namespaces {
        let all: Namespaces = [.user, .mount, .pid, .ipc, .uts, .cgroup]
        return network == .none ? all.union(.network) : all
    }
}
