public import SandboxModel

/// What the end of a stage means.
public struct StageOutcome: Sendable, Equatable {
    /// The exit status of pkgsandbox.
    public var exitStatus: ExitStatus
    /// The phase that failed, in the words of the report.
    public var phase: String?
    /// One sentence for a person, lower case, without a full stop; nil for a success.
    public var message: String?
    /// What to do about it, where that is known.
    public var hint: String?

    /// How a stage ended.
    public init(
        exitStatus: ExitStatus, phase: String? = nil, message: String? = nil, hint: String? = nil
    ) {
        self.exitStatus = exitStatus
        self.phase = phase
        self.message = message
        self.hint = hint
    }
}

extension MakepkgDriver {
    /// The report's word for a phase that the trace names: fetching and both kinds of verification
    /// are `sources`.
    public static func reportedPhase(_ traced: String) -> String {
        traced == "checksums" || traced == "signatures" ? "sources" : traced
    }

    /// The phases of all stages as the report lists them: makepkg reads the recipe and verifies the
    /// sources more than once, which a reader does not want to know.
    ///
    /// Each name is kept where it first occurred, with the sum of the times; if one of them failed,
    /// all did.
    public static func reportedPhases(_ traced: [PhaseResult]) -> [PhaseResult] {
        var phases: [PhaseResult] = []
        for phase in traced {
            let name = reportedPhase(phase.name)
            if let known = phases.firstIndex(where: { $0.name == name }) {
                phases[known].seconds += phase.seconds
                if phase.result == .failed { phases[known].result = .failed }
            } else {
                phases.append(PhaseResult(name: name, result: phase.result, seconds: phase.seconds))
            }
        }
        return phases
    }

    /// Says what the end of a stage means.
    ///
    /// A stage also fails when a phase began and never ended although makepkg's status is 0: the
    /// recipe called `exit 0`, and there is no package.
    /// - Parameters:
    ///   - toolStatus: makepkg's exit status, 128 + N if it was ended by signal N.
    ///   - failedPhase: the phase that `PhaseTrace` still has when makepkg has ended.
    ///   - hasFatalWriteFailure: a failed write explains the failure.
    public func outcome(
        of stage: RecipeStage.Name, toolStatus: Int, failedPhase: String?,
        hasFatalWriteFailure: Bool
    ) -> StageOutcome {
        if toolStatus == 0 && failedPhase == nil { return StageOutcome(exitStatus: .success) }
        var outcome = explanation(stage, toolStatus, failedPhase)
        if hasFatalWriteFailure { outcome.exitStatus = .writeFailed }
        return outcome
    }

    private func explanation(
        _ stage: RecipeStage.Name, _ status: Int, _ tracedPhase: String?
    ) -> StageOutcome {
        let phase = tracedPhase.map(Self.reportedPhase) ?? (stage == .build ? nil : stage.rawValue)
        func failed(
            _ message: String, hint: String? = nil, phase other: String? = nil,
            exitStatus: ExitStatus = .recipeFailed
        ) -> StageOutcome {
            StageOutcome(
                exitStatus: exitStatus, phase: other ?? phase, message: message, hint: hint)
        }
        switch (tracedPhase, status) {
        case ("checksums", 1...127):
            return failed(
                "a source file does not match its checksum in the recipe",
                hint: "if the change is known and meant, `updpkgsums` or `makepkg -g` makes new "
                    + "checksums")
        case ("signatures", 1...127):
            return failed(
                "the signature of a source file could not be verified",
                hint: "get the keys of `validpgpkeys` with `gpg --recv-keys`")
        case ("sources", 1...127):
            return failed("a source could not be fetched, or is not beside the recipe")
        case ("extract", 1...127):
            return failed("a source could not be unpacked")
        default:
            break
        }
        switch status {
        case 0:
            return failed(
                "the recipe called `exit 0` in \(place(tracedPhase)), so makepkg stopped there",
                hint: "use `return` in a recipe's functions")
        case 2:
            return failed(
                "makepkg refused its configuration", hint: "check \(layout.hostConfiguration)",
                exitStatus: .setupFailed)
        case 4:
            return failed("a command failed in \(place(tracedPhase))")
        case 5:
            return failed("the package could not be made")
        case 6 where tracedPhase == "metadata":
            return failed("the recipe could not be read: it has a syntax error, or ends in failure")
        case 6:
            return failed("a file that the recipe names is missing")
        case 7:
            return failed("the package's directory is missing: the recipe removed it")
        case 8:
            return failed(
                "dependencies of the recipe are not installed",
                hint: "install them with `pacman -S --asdeps`, or skip the check "
                    + "with `-- --nodeps`")
        case 10:
            return failed("makepkg refuses to run as root", exitStatus: .setupFailed)
        case 11:
            return failed("makepkg cannot write to its directories", exitStatus: .setupFailed)
        case 12:
            return failed("the recipe is not valid", phase: phase ?? "metadata")
        case 13:
            return failed(
                "the package has already been built",
                hint: "`pkgsandbox build … -- -f` builds it again")
        case 15:
            return failed(
                "a program is missing that makepkg needs for this recipe",
                hint: "install what makepkg names above", exitStatus: .setupFailed)
        case 129...192:
            return failed("makepkg was ended by signal \(status - 128) in \(place(tracedPhase))")
        default:
            return failed("makepkg ended with status \(status) in \(place(tracedPhase))")
        }
    }

    /// A phase as a person would call it.
    private func place(_ tracedPhase: String?) -> String {
        switch tracedPhase {
        case nil: "its own code, outside of the recipe's functions"
        case "metadata": "the recipe, outside of its functions"
        case "sources", "checksums", "signatures": "fetching or verifying the sources"
        case "extract": "unpacking the sources"
        case "tidy", "archive": "packing up"
        case .some(let function): "\(function)()"
        }
    }
}
