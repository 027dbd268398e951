internal import LinuxKernel
internal import Profiles
internal import SandboxModel
internal import Supervision

extension Outcome {
    /// The outcome of a run that an error ended.
    init(_ error: UserError) {
        self.init(
            result: error.exitStatus == .limitExceeded ? .limitExceeded : .setupFailed,
            exitStatus: error.exitStatus.rawValue, message: error.message)
    }
}

/// Puts the results of a run's sandboxes together.
struct ReportAssembly {
    var recipe: RecipeSummary
    var host: HostSummary
    private(set) var phases: [PhaseResult] = []
    private(set) var writeFailures: [WriteFailure] = []
    private var omitted = 0
    private var redirects: [CacheRedirect] = []
    private var degradations: [Degradation] = []
    private var usage = Usage()

    init(recipe: RecipeSummary, host: HostSummary) {
        self.recipe = recipe
        self.host = host
    }

    /// Adds one sandbox.
    ///
    /// - Parameter failed: whether its command failed: otherwise no failed write in it was fatal.
    mutating func add(_ result: SandboxResult, failed: Bool) {
        phases += result.phases
        for var failure in result.writeFailures {
            if !failed, failure.verdict == .fatal {
                failure.verdict = .benign
                failure.verdictReason = "the run succeeded"
            }
            writeFailures.append(failure)
        }
        omitted += result.omittedWriteFailures
        for redirect in result.redirects {
            if let place = redirects.firstIndex(where: { $0.path == redirect.path }) {
                redirects[place].count += redirect.count
            } else {
                redirects.append(redirect)
            }
        }
        add(result.degradations)
        usage.wallSeconds += result.usage.wallSeconds
        usage.userSeconds += result.usage.userSeconds
        usage.systemSeconds += result.usage.systemSeconds
        usage.peakMemoryBytes = max(usage.peakMemoryBytes, result.usage.peakMemoryBytes)
    }

    mutating func add(_ more: [Degradation]) {
        for degradation in more where !degradations.contains(degradation) {
            degradations.append(degradation)
        }
    }

    /// Gives every failed write its rule and hint. A rule that knows a write to be harmless takes
    /// it out of the causes.
    ///
    /// - Parameter rules: gives the rules, where there is something to explain.
    mutating func explain(with rules: () throws(UserError) -> [HintRule]) throws(UserError) {
        if writeFailures.isEmpty { return }
        let matcher: HintMatcher
        let all = try rules()
        do { matcher = try HintMatcher(all) } catch {
            throw UserError("a hint rule has a bad pattern: \(error.message)", exitStatus: .usage)
        }
        for place in writeFailures.indices {
            guard let rule = matcher.hint(for: writeFailures[place]) else { continue }
            writeFailures[place].rule = rule.id
            writeFailures[place].hint = rule.remedy
            if rule.harmless, writeFailures[place].verdict == .fatal {
                writeFailures[place].verdict = .benign
                writeFailures[place].verdictReason = "tools go on without it (\(rule.id))"
            }
        }
    }

    /// Corrects the phases and the lines, as a recipe's driver knows them better.
    mutating func revise(
        phases revised: [PhaseResult], failure: (inout WriteFailure) -> Void
    ) {
        phases = revised
        for place in writeFailures.indices { failure(&writeFailures[place]) }
    }

    var hasFatalFailure: Bool { writeFailures.contains { $0.verdict == .fatal } }

    func report(_ outcome: Outcome, artifacts: [Artifact] = []) -> RunReport {
        RunReport(
            recipe: recipe, outcome: outcome, phases: phases, writeFailures: writeFailures,
            omittedWriteFailures: omitted, redirects: redirects, artifacts: artifacts,
            degradations: degradations, host: host, usage: usage)
    }
}
