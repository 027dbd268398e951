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
            cause: namespaceCause(),
            hint: "`pkgsandbox doctor` says what this machine allows", exitStatus: exitStatus)
    }

    private static func cause(of error: SystemError, _ step: SetupStep?) -> String? {
        if case .processes = step, error.errno == ErrorNumber.notPermitted {
            return "the /proc of this container is partly covered, so the kernel refuses a new one"
        }
        return nil
    }

    /// The setting that forbids user namespaces, if one of those that are known does.
    static func namespaceCause() -> String? {
        let settings: [(String, String, (Int) -> Bool)] = [
            ("kernel.apparmor_restrict_unprivileged_userns",
                "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", { $0 == 1 }),
            ("kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone",
                { $0 == 0 }),
            ("user.max_user_namespaces", "/proc/sys/user/max_user_namespaces", { $0 == 0 }),
        ]
        for (name, path, forbids) in settings {
            guard let bytes = try? Files.read(path),
                let value = Int(String(decoding: bytes.filter { $0 > 32 }, as: UTF8.self)),
                forbids(value)
            else { continue }
            return "\(name) is \(value)"
        }
        return nil
    }
}
