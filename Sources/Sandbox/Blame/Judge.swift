internal import LinuxKernel
internal import SandboxModel

/// Decides which failed writes broke the build.
///
/// A failed write explains a failure when the process that made it ended abnormally, and so did its
/// parent, and so on up to the shell of the phase that failed, and nobody on the way went on with
/// something else in between. Where that chain breaks, the build had taken the failure in its stride.
struct Judge {
    /// How the run ended, as init saw it.
    struct RunEnd {
        /// The exit status of the command, 128 + N for a signal.
        var status: Int32
        /// The phase that began and did not end; nil without phases.
        var failedPhase: PhaseTrace.Phase?
    }

    struct Verdict {
        var verdict: WriteFailure.Verdict
        var reason: String
    }

    var ledger: ProcessLedger
    var trace: PhaseTrace
    var end: RunEnd

    func judge(_ record: FailureLog.Record) -> Verdict {
        if record.wasLetThrough {
            return benign("the write was let through into a layer that is thrown away")
        }
        if end.status == 0 { return benign("the run succeeded") }
        if let phase = record.phase, phase != end.failedPhase {
            return benign("\(phase.name)() went on and succeeded")
        }
        for (place, process) in record.chain.enumerated() {
            let name = record.names[place]
            if process.pid == end.failedPhase?.pid {
                return judgeShell(process, record, child: place > 0 ? record.chain[place - 1] : nil)
            }
            let isTop = place == record.chain.count - 1
            guard let status = isTop ? end.status : ledger.status(of: process) else {
                return benign("\(name) was still running at the end")
            }
            if status == 0 { return benign("\(name) went on and ended well") }
            let then =
                place == 0
                ? record.newestProcess : ledger.end(of: record.chain[place - 1])?.newestProcess
            if let then, ledger.hasStarted(process, childAfter: then) {
                return benign("\(name) went on with something else")
            }
        }
        return Verdict(
            verdict: .fatal,
            reason: "\(record.names.first ?? "the process") failed, and all that waited for it")
    }

    /// The shell that runs the phase: its next command says that it went on.
    private func judgeShell(
        _ shell: ProcessFacts.Identity, _ record: FailureLog.Record,
        child: ProcessFacts.Identity?
    ) -> Verdict {
        let then = child.flatMap { ledger.end(of: $0)?.commandCount } ?? record.commandCount
        if let state = trace.shell(shell.pid), state.sequence > then {
            return benign("the recipe went on to line \(state.line)")
        }
        return Verdict(verdict: .fatal, reason: "it was the recipe's last command")
    }

    private func benign(_ reason: String) -> Verdict {
        Verdict(verdict: .benign, reason: reason)
    }
}
