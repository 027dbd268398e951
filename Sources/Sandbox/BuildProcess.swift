internal import LinuxKernel
internal import SandboxModel

/// The process that becomes the build: what happens between fork and exec.
struct BuildProcess: ~Copyable {
    var pid: Int32
    /// Init's end of the pair by which the listener, or the failure to start, is handed over.
    var handover: MessageSocket

    /// Makes the process; it waits for nobody.
    ///
    /// - Parameters:
    ///   - filters: a filter that only refuses calls, may be empty; and the one that reports them.
    ///   - streams: descriptors for standard input, output and error.
    ///   - terminal: the descriptor among them that becomes the controlling terminal.
    static func start(
        plan: SandboxPlan, filters: ([UInt64], [UInt64]), streams: [Int32], terminal: Int32?
    ) throws(SystemError) -> BuildProcess {
        let pair = try DescriptorPair.messageSockets()
        let pid = try forkProcess()
        if pid == 0 {
            become(
                plan, filters, streams, terminal, MessageSocket(descriptor: pair.takeSecond()))
        }
        return BuildProcess(pid: pid, handover: MessageSocket(descriptor: pair.takeFirst()))
    }

    private static func become(
        _ plan: SandboxPlan, _ filters: ([UInt64], [UInt64]), _ streams: [Int32],
        _ terminal: Int32?, _ handover: consuming MessageSocket
    ) -> Never {
        do throws(SystemError) {
            try startSession()
            if let terminal { try makeControllingTerminal(terminal) }
            for (number, source) in streams.enumerated() {
                try redirect(Int32(number), to: source)
            }
            try closeOnExecute(from: 3)
            restoreDefaultSignals()
            setFileModeMask(0o022)
            if let limit = plan.openFiles { try limitOpenFiles(to: limit) }
            try Files.changeDirectory(plan.workingDirectory)
            // Before the filter: loading one without privileges needs no_new_privs. After all that
            // needs a capability, and as close to exec as possible.
            try Capabilities.dropAll()
            try setNoNewPrivileges()
            if !filters.0.isEmpty { try loadRefusingFilter(filters.0) }
            let listener = try loadFilter(filters.1)
            try handover.send([1], descriptors: [listener.number])
        } catch {
            // The step's message: the call, then the error number.
            let failure =
                [0, UInt8(truncatingIfNeeded: error.errno)] + Array(error.description.utf8)
            try? handover.send(failure)
            exitNow(125)
        }
        do throws(SystemError) {
            try execute(
                plan.commandBytes ?? plan.command.map { Array($0.utf8) },
                environment: plan.environment,
                searchPath: plan.environment["PATH"] ?? "/usr/bin:/bin")
        } catch {
            try? handover.send([2, UInt8(truncatingIfNeeded: error.errno)])
        }
        exitNow(127)
    }
}
