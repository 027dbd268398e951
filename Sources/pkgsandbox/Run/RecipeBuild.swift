internal import LinuxKernel
internal import Planning
internal import Recipes
internal import SandboxModel
internal import Supervision

/// One build of a PKGBUILD: the metadata, the sources, the build, each in a sandbox of its own over
/// the same scratch space.
final class RecipeBuild {
    struct End {
        var status: ExitStatus
        var interruption: SandboxResult.Interruption?
    }

    private let options: RecipeOptions
    private let location: RecipeOnHost
    private let context: RunContext
    private let output: String
    private let console: Console
    private var driver: MakepkgDriver
    private let workspace: RecipeWorkspace
    private var assembly: ReportAssembly

    init(
        options: RecipeOptions, location: RecipeOnHost, context: RunContext, output: String,
        console: Console
    ) throws(UserError) {
        self.options = options
        self.location = location
        self.context = context
        self.output = output
        self.console = console
        try HostTools.requireMakepkg(searchPath: context.profile.environment.set["PATH"] ?? "")
        driver = try MakepkgDriver(
            recipeFileName: location.fileName, userOptions: options.toolOptions,
            jobs: options.sandbox.jobs?.count ?? context.profile.limits.jobs
                ?? HostSystem.processors(),
            hasPacmanDatabase: HostTools.hasPacmanDatabase,
            interactiveColor: console.usesColour)
        workspace = try RecipeWorkspace(context: context, location: location, layout: driver.layout)
        assembly = ReportAssembly(
            recipe: RecipeSummary(kind: "pkgbuild", path: location.path),
            host: .current(buildUser: context.identity.host.uid))
        assembly.add(context.degradations)
        assembly.add(driver.degradations)
    }

    /// Builds, collects the packages and tells what came of it.
    func run() throws(UserError) -> End {
        do throws(UserError) { return try buildAndTell() } catch {
            // The message goes to the terminal; a report that was asked for says so, too.
            try? sink.deliverFiles(assembly.report(Outcome(error)))
            throw error
        }
    }

    private func buildAndTell() throws(UserError) -> End {
        let (stage, result) = try runStages()
        let end = try conclude(stage, result)
        if end.status != .success, options.shellOnFailure, result.interruption == nil {
            _ = try startShell()
        }
        return end
    }

    /// The plan of the build itself, without running anything.
    func buildPlan() throws(UserError) -> SandboxPlan {
        try plan(driver.build, network: hasNetwork)
    }

    func shell() throws(UserError) -> ExitStatus { try startShell() }

    /// Whether the build, and a shell in its place, have the host's network.
    private var hasNetwork: Bool {
        options.sandbox.network.map { $0 == .host } ?? (context.profile.network.build == .host)
    }

    // MARK: Stages

    private func runStages() throws(UserError) -> (RecipeStage, SandboxResult) {
        let metadataStage = driver.metadata
        let read = try carryOut(metadataStage, network: false)
        guard isSuccess(read) else { return (metadataStage, read) }
        let metadata = try RecipeMetadata(parsing: ByteText.decode(read.output))
        assembly.recipe.name = metadata.base
        assembly.recipe.version = metadata.version

        let architecture = HostSystem.kernel().architecture
        let needsNetwork =
            context.profile.network.sources == .host
            && metadata.needsNetwork(architecture: architecture, present: location.names)
        if !needsNetwork { driver.holdsVersions = true }
        workspace.showLocalSources(metadata.sources(for: architecture))
        assembly.add(workspace.degradations)
        let sourcesStage = driver.sources
        let fetched = try carryOut(sourcesStage, network: needsNetwork)
        guard isSuccess(fetched) else { return (sourcesStage, fetched) }
        workspace.hideLocalSources()

        let buildStage = driver.build
        let built = try carryOut(buildStage, network: hasNetwork)
        return (buildStage, built)
    }

    /// A phase that never ended is a recipe that called `exit 0`.
    private func isSuccess(_ result: SandboxResult) -> Bool {
        result.end == .exited(0) && result.interruption == nil && result.openPhase == nil
    }

    private func carryOut(
        _ stage: RecipeStage, network: Bool
    ) throws(UserError) -> SandboxResult {
        let plan = try plan(stage, network: network)
        let result = try run(plan)
        if let failed = result.failedStep {
            // A file system that cannot hold an overlay's upper layer: copy in place of it.
            if case .overlay = plan.steps[failed.index], try workspace.fallBackToCopy(failed.error)
            {
                assembly.add(workspace.degradations)
                return try carryOut(stage, network: network)
            }
            throw SetupFailure.error(failed, in: plan, exitStatus: .setupFailed)
        }
        assembly.add(result, failed: !isSuccess(result))
        return result
    }

    private func run(_ plan: SandboxPlan) throws(UserError) -> SandboxResult {
        do throws(SystemError) {
            return try context.supervisor.run(plan, failureHandlers: MakepkgDriver.failureHandlers)
        } catch {
            throw SetupFailure.error(error, in: plan, exitStatus: .setupFailed)
        }
    }

    private func plan(_ stage: RecipeStage, network: Bool) throws(UserError) -> SandboxPlan {
        var plan = try workspace.plan(
            command: stage.command, environment: stage.environment, network: network,
            streams: stage.captureOutput ? .captureOutput : Self.output, files: stage.files)
        plan.tracePath = driver.layout.trace
        return plan
    }

    /// A terminal is never handed to a build: it could read what is typed there.
    private static var output: SandboxPlan.Streams {
        Terminal.isTerminal(1) || Terminal.isTerminal(2) ? .outputTerminal : .inheritOutput
    }

    private func startShell() throws(UserError) -> ExitStatus {
        let isTerminal = Terminal.isTerminal(0) && Terminal.isTerminal(1)
        let plan = try workspace.plan(
            command: ["/bin/bash", "-i"], environment: driver.build.environment,
            network: hasNetwork,
            streams: isTerminal ? .terminal : .inherit, files: driver.build.files)
        let result = try run(plan)
        if let failed = result.failedStep {
            throw SetupFailure.error(failed, in: plan, exitStatus: .setupFailed)
        }
        return ExitStatus(rawValue: result.end?.shellStatus ?? ExitStatus.setupFailed.rawValue)
    }

    // MARK: The end

    private func conclude(_ stage: RecipeStage, _ result: SandboxResult) throws(UserError) -> End {
        try assembly.explain(with: context.hintRules)
        let lines = location.text.lines
        assembly.revise(phases: MakepkgDriver.reportedPhases(assembly.phases)) { failure in
            failure.phase = failure.phase.map(MakepkgDriver.reportedPhase)
            failure.recipeLine = failure.recipeLine.map {
                RecipeLocation.firstLine(ofCommandAt: $0, in: lines)
            }
        }
        var outcome = self.outcome(stage, result)
        var artifacts: [Artifact] = []
        if outcome.result == .succeeded {
            artifacts = try collect()
            // pkgver() may have changed what the recipe says.
            if let file = artifacts.first?.path,
                let version = RecipeMetadata.version(ofPackage: file)
            {
                assembly.recipe.version = version
            }
            if artifacts.isEmpty {
                outcome.result = .failed
                outcome.exitStatus = ExitStatus.recipeFailed.rawValue
                outcome.message = "makepkg ended well, but there is no package"
            }
            if outcome.result == .succeeded, options.sandbox.strict,
                !assembly.writeFailures.isEmpty
            {
                outcome.result = .failed
                outcome.exitStatus = ExitStatus.strict.rawValue
                outcome.message = "the build succeeded, but --strict allows no failed write"
            }
        }
        try sink.deliver(assembly.report(outcome, artifacts: artifacts))
        return End(
            status: ExitStatus(rawValue: outcome.exitStatus), interruption: result.interruption)
    }

    private var sink: ReportSink {
        ReportSink(
            options: options.sandbox, console: console, recipeName: location.shownName,
            recipeLines: location.text.lines, owner: context.identity.resultOwner)
    }

    private func outcome(_ stage: RecipeStage, _ result: SandboxResult) -> Outcome {
        let tool = result.end?.shellStatus
        let phase = result.openPhase.map(MakepkgDriver.reportedPhase)
        switch result.interruption {
        case .signal(let number):
            return Outcome(
                result: .interrupted, exitStatus: ExitStatus.signal(Int(number)).rawValue,
                toolStatus: tool, phase: phase)
        case .deadline:
            return Outcome(
                result: .timedOut, exitStatus: ExitStatus.timedOut.rawValue, toolStatus: tool,
                phase: phase)
        case nil: break
        }
        guard let tool else {
            let reason = result.commandError.map {
                "cannot run \(stage.command[0]): \(SystemError(call: "", errno: $0).reason)"
            }
            return Outcome(
                result: .setupFailed, exitStatus: ExitStatus.setupFailed.rawValue,
                message: reason ?? "the sandbox ended without a word: its init was killed")
        }
        let judged = driver.outcome(
            of: stage.name, toolStatus: tool, failedPhase: result.openPhase,
            hasFatalWriteFailure: assembly.hasFatalFailure)
        if judged.exitStatus == .recipeFailed, context.isScratchFull {
            return Outcome(
                result: .limitExceeded, exitStatus: ExitStatus.limitExceeded.rawValue,
                toolStatus: tool, phase: judged.phase,
                message: "the disk of the scratch space \(context.scratch.hostPath) is full; name "
                    + "another one: --scratch DIR")
        }
        let message = [judged.message, judged.hint].compactMap { $0 }.joined(separator: "; ")
        return Outcome(
            result: judged.exitStatus == .success
                ? .succeeded : judged.exitStatus == .setupFailed ? .setupFailed : .failed,
            exitStatus: judged.exitStatus.rawValue, toolStatus: tool, phase: judged.phase,
            message: message.isEmpty ? nil : message)
    }

    private func collect() throws(UserError) -> [Artifact] {
        do throws(SystemError) {
            // Nobody of the build may be left who could change what is being copied.
            try context.supervisor.waitUntilGone()
            let collector = try ArtifactCollector(
                outputPath: output, owner: context.identity.resultOwner)
            let (collected, refused) = try collector.collect(from: workspace.packages)
            assembly.add(
                refused.map {
                    Degradation(
                        feature: "collecting \($0.name)", reason: "\($0.reason): left behind")
                })
            guard
                let sums = FileChecksums.sha256(
                    of: collected.map(\.hostPath), searchPath: HostTools.searchPath)
            else {
                throw SystemError(call: "sha256sum", errno: ErrorNumber.missing)
            }
            return zip(collected, sums).map {
                Artifact(path: $0.hostPath, sha256: $1, bytes: $0.bytes)
            }
        } catch {
            throw UserError(
                "the build succeeded, but its packages cannot be written to \(output): "
                    + error.reason,
                hint: "make room, or name another directory: --output DIR",
                exitStatus: error.isFull ? .limitExceeded : .setupFailed)
        }
    }
}

extension SystemError {
    /// The disk or the user's quota is full.
    var isFull: Bool { errno == ErrorNumber.noSpace || errno == ErrorNumber.quota }
}
