internal import LinuxKernel
internal import Planning
internal import SandboxModel
internal import Supervision

/// `run` and `shell` without a recipe: one command, in the current directory.
struct CommandSession {
    var options: SandboxOptions
    var command: [String]
    var kind: String

    /// - Returns: the status to end with.
    func run() throws(UserError) -> ExitStatus {
        let console = Console(colour: Console.Colour(options.color))
        let directory = try Self.currentDirectory()
        let context: RunContext
        do { context = try RunContext(options: options, directory: directory) } catch {
            throw Self.forRun(error)
        }
        var failed = true
        defer { context.finish(failed: failed, console: console) }
        do {
            let plan = try self.plan(context, directory: directory)
            let status = try run(plan, context, console)
            failed = status != .success
            return status
        } catch {
            let forRun = Self.forRun(error)
            let report = assembly(context, directory).report(Outcome(forRun))
            // The message goes to the terminal; a report that was asked for says so, too.
            try? sink(context, console).deliverFiles(report)
            throw forRun
        }
    }

    private func assembly(_ context: RunContext, _ directory: String) -> ReportAssembly {
        var assembly = ReportAssembly(
            recipe: RecipeSummary(kind: kind, path: directory, name: command.first),
            host: .current(buildUser: context.identity.host.uid))
        assembly.add(context.degradations)
        return assembly
    }

    private func sink(_ context: RunContext, _ console: Console) -> ReportSink {
        ReportSink(options: options, console: console, owner: context.identity.resultOwner)
    }

    /// The plan, for `run` and for `plan`.
    func plan(_ context: RunContext, directory: String) throws(UserError) -> SandboxPlan {
        var plan = try planOfText(context, directory: directory)
        // What stands after -- is the command; Swift's own arguments are repaired where they are not
        // UTF-8, and the command is to get them as they are.
        if let dashes = HostSystem.arguments().firstIndex(of: Array("--".utf8)) {
            let bytes = Array(HostSystem.arguments()[(dashes + 1)...])
            if bytes.count == command.count { plan.commandBytes = bytes }
        }
        return plan
    }

    private func planOfText(
        _ context: RunContext, directory: String
    ) throws(UserError) -> SandboxPlan {
        var directories = try context.addedDirectories()
        let isShown = Self.isSystemDirectory(directory, context.profile)
        if !isShown { directories.append(context.workingView(of: directory)) }
        let network: Profile.Network.Access =
            options.network.map { $0 == .host ? .host : .none } ?? context.profile.network.build
        return try context.planner.plan(
            PlanRequest(
                identity: context.identity.planned(context.profile), command: command,
                environment: context.environment, workingDirectory: directory,
                network: network,
                streams: Self.streams(), mode: context.mode, directories: directories,
                hidden: options.hide, homeOnHost: context.home,
                cacheDirectory: context.cacheDirectory, cacheKey: "command",
                resolverConfiguration: network == .host ? context.resolverConfiguration : ""))
    }

    /// A system directory is not made writable by being the current one.
    private static func isSystemDirectory(_ path: String, _ profile: Profile) -> Bool {
        path == "/"
            || profile.filesystem.readOnly.contains { path == $0 || $0.hasPrefix(path + "/") }
    }

    private func run(
        _ plan: SandboxPlan, _ context: RunContext, _ console: Console
    ) throws(UserError) -> ExitStatus {
        let result: SandboxResult
        do throws(SystemError) { result = try context.supervisor.run(plan) } catch {
            throw SetupFailure.error(error, in: plan, exitStatus: .runSetupFailed)
        }
        if let step = result.failedStep {
            throw SetupFailure.error(step, in: plan, exitStatus: .runSetupFailed)
        }
        let (status, outcome) = try judge(result)
        var assembly = self.assembly(context, plan.workingDirectory)
        assembly.add(result, failed: result.end.map { $0 != .exited(0) } ?? true)
        try assembly.explain(with: context.hintRules)
        var final = outcome
        var end = status
        if options.strict, end == .success, !assembly.writeFailures.isEmpty {
            end = .strict
            final = Outcome(
                result: .failed, exitStatus: end.rawValue, toolStatus: 0,
                message: "the command succeeded, but --strict allows no failed write")
        }
        try sink(context, console).deliver(assembly.report(final))
        if case .signal(let number) = result.interruption { endBySignal(number, context, console) }
        return end
    }

    /// A shell that waits for us has to see that a signal ended us, or it would go on with a script.
    private func endBySignal(_ number: Int32, _ context: RunContext, _ console: Console) -> Never {
        context.finish(failed: true, console: console)
        LinuxKernel.endBySignal(number)
    }

    private func judge(_ result: SandboxResult) throws(UserError) -> (ExitStatus, Outcome) {
        if let errno = result.commandError {
            let status: ExitStatus =
                errno == ErrorNumber.missing ? .runNotFound : .runNotExecutable
            throw UserError(
                "cannot run \(command[0]): \(SystemError(call: "execve", errno: errno).reason)",
                hint: status == .runNotFound
                    ? "the sandbox shows the system's directories and the current one"
                    : nil,
                exitStatus: status)
        }
        switch result.interruption {
        case .signal(let number):
            let status = ExitStatus.signal(Int(number))
            return (
                status,
                Outcome(
                    result: .interrupted, exitStatus: status.rawValue,
                    toolStatus: result.end?.shellStatus)
            )
        case .deadline:
            return (
                .timedOut,
                Outcome(
                    result: .timedOut, exitStatus: ExitStatus.timedOut.rawValue,
                    toolStatus: result.end?.shellStatus)
            )
        case nil: break
        }
        guard let end = result.end else {
            throw UserError(
                "the sandbox ended without a word: its init was killed",
                exitStatus: .runSetupFailed)
        }
        let status = ExitStatus(rawValue: end.shellStatus)
        return (
            status,
            Outcome(
                result: status == .success ? .succeeded : .failed, exitStatus: status.rawValue,
                toolStatus: end.shellStatus)
        )
    }

    private static func streams() -> SandboxPlan.Streams {
        Terminal.isTerminal(0) && Terminal.isTerminal(1) ? .terminal : .inherit
    }

    static func currentDirectory() throws(UserError) -> String {
        do throws(SystemError) { return try Files.currentDirectory() } catch {
            throw UserError(
                "cannot tell the current directory: \(error.reason)", exitStatus: .runSetupFailed)
        }
    }

    /// `run` has its own status for failures of the sandbox; bad usage stays bad usage.
    private static func forRun(_ error: UserError) -> UserError {
        var changed = error
        if error.exitStatus == .setupFailed { changed.exitStatus = .runSetupFailed }
        return changed
    }
}

extension Console.Colour {
    init(_ argument: ColourArgument) {
        switch argument {
        case .auto: self = .auto
        case .always: self = .always
        case .never: self = .never
        }
    }
}
