internal import LinuxKernel
internal import SandboxModel
internal import Supervision

/// Words for a sandbox that could not be made.
enum SetupFailure {
    /// For a step of the plan that failed.
    static func error(
        _ failed: SandboxResult.FailedStep, in plan: SandboxPlan, exitStatus: ExitStatus
    ) -> UserError {
        let step = plan.steps.indices.contains(failed.index) ? plan.steps[failed.index] : nil
        let path = failed.error.path.map { " \($0)" } ?? ""
        return UserError(
            "cannot set up the sandbox: \(failed.error.call)\(path): \(failed.error.reason)",
            step: "\(failed.index + 1) of \(plan.steps.count), "
                + (step?.description ?? "before the first step"),
            cause: cause(of: failed.error, step),
            hint: "`pkgsandbox doctor` says what this machine allows", exitStatus: exitStatus)
    }

    /// For namespaces that could not be made.
    static func error(
        _ error: SystemError, in plan: SandboxPlan, exitStatus: ExitStatus
    ) -> UserError {
        UserError(
            error.call == "clone3"
                ? "cannot create user namespace: \(error.reason)"
                : "cannot set up the sandbox: \(error)",
            step: "1 of \(plan.steps.count), \(plan.steps.first?.description ?? "")",
            cause: Obstacle.ofNamespaces(error)?.cause,
            hint: "`pkgsandbox doctor` says what this machine allows", exitStatus: exitStatus)
    }

    private static func cause(of error: SystemError, _ step: SetupStep?) -> String? {
        if case .processes = step { return Obstacle.coveredProcesses()?.cause }
        return nil
    }
}
