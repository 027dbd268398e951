internal import LinuxKernel
internal import SandboxModel

/// Puts init's events together to a result.
struct EventCollector {
    private(set) var result = SandboxResult()
    private(set) var isFinished = false
    private let plan: SandboxPlan
    private var failures: [Int: WriteFailure] = [:]
    private var order: [Int] = []
    private var phaseStart: (name: String, at: Double)?

    init(plan: SandboxPlan) { self.plan = plan }

    mutating func take(_ event: SandboxEvent) {
        switch event {
        case .started, .terminal: break
        case .stepFailed(let index, let call, let errno, let path):
            result.failedStep = SandboxResult.FailedStep(
                index: index, error: SystemError(call: call, path: path, errno: errno))
        case .commandFailed(let errno): result.commandError = errno
        case .phaseBegan(let name):
            phaseStart = (name, monotonicSeconds())
            result.openPhase = name
        case .phaseEnded(let name, let status): endPhase(name, succeeded: status == 0)
        case .writeFailed(let id, let failure):
            failures[id] = failure
            order.append(id)
        case .judged(let id, let count, let path, let verdict, let reason):
            failures[id]?.count = count
            failures[id]?.path = path
            failures[id]?.verdict = verdict
            failures[id]?.verdictReason = reason
        case .redirected(let path, let rule, let scratch):
            guard plan.caches.indices.contains(rule) else { return }
            let directory = plan.cacheDirectory ?? ""
            result.redirects.append(
                CacheRedirect(
                    path: path, cache: plan.caches[rule].cache, scratch: "\(directory)/\(scratch)",
                    count: 1))
        case .redirectCounted(let path, let count):
            if let place = result.redirects.firstIndex(where: { $0.path == path }) {
                result.redirects[place].count = count
            }
        case .degraded(let degradation): result.degradations.append(degradation)
        case .finished(let status, let signal, let omitted, let usage):
            result.end = signal == 0 ? .exited(status) : .signalled(signal)
            result.omittedWriteFailures = omitted
            result.usage = usage
            isFinished = true
            if let open = result.openPhase {
                endPhase(open, succeeded: false)
                result.openPhase = open
            }
            result.writeFailures = order.compactMap { failures[$0] }
        }
    }

    private mutating func endPhase(_ name: String, succeeded: Bool) {
        let began = phaseStart?.name == name ? phaseStart?.at : nil
        result.phases.append(
            PhaseResult(
                name: name, result: succeeded ? .succeeded : .failed,
                seconds: began.map { monotonicSeconds() - $0 } ?? 0))
        if result.openPhase == name { result.openPhase = nil }
        phaseStart = nil
    }
}
