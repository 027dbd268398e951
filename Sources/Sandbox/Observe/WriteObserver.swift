internal import LinuxKernel
internal import SandboxModel

/// Decides on every notified call: proceed, redirect or record.
final class WriteObserver {
    private let listener: SeccompListener
    private lazy var nativeNumbers = Self.numbers(SystemCallNumbers.amd64)
    private lazy var compatibilityNumbers = Self.numbers(SystemCallNumbers.i386)
    private let decoder = CallDecoder()
    private let predictor: Predictor
    private let explainer: Explainer
    private let mode: SandboxPlan.Mode
    private let redirector: CacheRedirector?
    private let materialiser: Materialiser?
    private let report: (SandboxEvent) -> Void
    /// Brings `trace` up to date: what the recipe's shell wrote before the call counts.
    private let updateTrace: () -> Void

    private(set) var log = FailureLog()
    private(set) var ledger = ProcessLedger()
    var trace: PhaseTrace

    init(
        listener: consuming SeccompListener, plan: SandboxPlan, trace: PhaseTrace,
        materialiser: Materialiser?, redirector: CacheRedirector?,
        updateTrace: @escaping () -> Void, report: @escaping (SandboxEvent) -> Void
    ) {
        self.listener = listener
        predictor = Predictor(user: plan.identity.insideUser, group: plan.identity.insideGroup)
        explainer = Explainer(
            readOnlyMounts: plan.readOnlyMounts, user: plan.identity.insideUser)
        mode = plan.mode
        self.trace = trace
        self.materialiser = materialiser
        self.redirector = redirector
        self.updateTrace = updateTrace
        self.report = report
    }

    var descriptor: Int32 { listener.descriptor.number }

    /// Takes one notification and answers it.
    func handleNext() throws(SystemError) {
        guard let notification = try listener.receive() else { return }
        observe(notification.unpacked())
        try listener.letContinue(notification.id)
    }

    private func observe(_ notification: CallNotification) {
        guard let place = place(of: notification) else { return }
        let call = TracedCall.table[place]
        switch call.kind {
        case .exit:
            guard !ledger.isEmpty else { return }
            updateTrace()
            ledger.willExit(
                thread: notification.thread,
                status: Int32(truncatingIfNeeded: notification.argument(0)),
                commandCount: trace.commandCount)
        case .signal:
            updateTrace()
            ledger.willAbort(
                process: Int32(truncatingIfNeeded: notification.argument(0)),
                signal: Int32(truncatingIfNeeded: notification.argument(2)),
                commandCount: trace.commandCount)
        case .changeDirectory: prepareDirectory(notification, call)
        default: observeWrite(notification, call)
        }
    }

    private static func numbers(_ architecture: UInt32) -> SystemCallNumbers {
        SystemCallNumbers(
            TracedCall.table.map { (name: $0.name, number: $0.number) }, architecture: architecture)
    }

    /// The place of a call in the table.
    private func place(of notification: CallNotification) -> Int? {
        notification.isCompatibility
            ? compatibilityNumbers.place(of: notification.number)
            : nativeNumbers.place(of: notification.number)
    }

    // MARK: Writes

    private func observeWrite(_ notification: CallNotification, _ call: TracedCall) {
        let decoded: DecodedCall
        do { decoded = try decoder.decode(notification, as: call) } catch { return }
        guard let refusal = predictor.predict(decoded) ?? refusalWithoutLayers(decoded) else {
            if call.kind == .makeDirectory { redirectMissingParent(decoded) }
            return
        }
        let follow = refusal.subject == .target && decoded.followsTarget
        let isName = refusal.subject == .destination || decoded.lastComponent == .name
        let path = PathResolver.resolve(
            isName ? PathName(refusal.operand.path).withoutSlash : refusal.operand.path,
            follow: follow)
        if let cache = redirector?.cache(of: path), redirect(cache.path, cache.rule),
            predictor.predict(decoded) == nil
        {
            return
        }
        record(notification, decoded, refusal, path)
    }

    /// A linker makes the parents of its cache one by one, but only after it was told that they are
    /// missing: then the first refusal would be about a directory that is no cache.
    private func redirectMissingParent(_ call: DecodedCall) {
        guard let redirector, redirector.looksLikeCache(call.target.requested) else { return }
        let path = PathResolver.resolve(call.target.path, follow: false)
        guard let cache = redirector.cache(of: path), cache.path == path,
            PathQuestion.status(call.target.path, follow: false) == nil
        else { return }
        var parent = PathName(call.target.path).parent
        // The nearest directory that exists decides.
        while PathQuestion.access(parent, PathQuestion.exists) == ErrorNumber.missing {
            let up = PathName(Array(parent.dropLast(3)) + [0]).parent
            guard up.count < parent.count else { return }
            parent = up
        }
        let answer = PathQuestion.access(parent, PathQuestion.write | PathQuestion.search)
        if Predictor.isRefusal(answer) { _ = redirect(cache.path, cache.rule) }
    }

    private func redirect(_ path: [UInt8], _ rule: Int) -> Bool {
        guard let redirector, let text = String(validating: path, as: UTF8.self) else {
            return false
        }
        do throws(SystemError) {
            let (redirect, isNew) = try redirector.redirect(text, rule: rule)
            if isNew {
                report(.redirected(path: text, rule: rule, scratch: redirect.scratch))
            }
            return true
        } catch {
            degrade("cache redirect", "\(text): \(error)")
            return false
        }
    }

    private func record(
        _ notification: CallNotification, _ call: DecodedCall, _ refusal: Predictor.Refusal,
        _ path: [UInt8]
    ) {
        let operand = refusal.operand
        let process = ProcessFacts.threadGroup(of: notification.thread) ?? notification.thread
        let key = FailureLog.Key(
            process: process, call: call.call.name, errno: refusal.errno, path: path)
        let isRetried = call.makesNewName
        if log.countAgain(key, isRetried: isRetried) { return }

        updateTrace()
        let family = Family(of: process)
        let (reason, evidence) = explainer.explain(
            refusal.errno, path: operand.path, shown: path)
        // What was read is only about the caller if it still waits.
        guard listener.isValid(notification.id), let first = family.members.first else { return }
        let wasLetThrough = mode == .audit && letThrough(call, path)

        let chain = family.members.map(\.identity)
        let names = family.members.map(\.name)
        let phase = trace.phase
        let count = trace.commandCount
        let id = log.add(key, isRetried: isRetried) { id in
            FailureLog.Record(
                id: id, path: path, chain: chain, names: names, phase: phase, commandCount: count,
                newestProcess: ProcessFacts.newestProcess(), wasLetThrough: wasLetThrough)
        }
        guard let id else { return }
        for identity in chain { ledger.follow(identity) }
        let place = recipePlace(chain)
        let ancestry = family.members.dropFirst().prefix { $0.identity.pid != phase?.pid }
        let shell = family.members.dropFirst().first { $0.identity.pid == phase?.pid }
        report(
            .writeFailed(
                id: id,
                WriteFailure(
                    path: ByteText.decode(path),
                    requestedPath: operand.isDescriptor
                        ? ByteText.decode(path) : ByteText.decode(operand.requested),
                    call: call.call.name, operation: call.operation,
                    errno: errorName(refusal.errno), reason: reason, evidence: evidence,
                    phase: phase?.name, recipeLine: place?.line, recipeFunction: place?.function,
                    process: first.summary,
                    ancestry: (Array(ancestry) + (shell.map { [$0] } ?? [])).map(\.summary))))
    }

    /// The line of the recipe that the nearest of the recipe's shells is at.
    private func recipePlace(
        _ chain: [ProcessFacts.Identity]
    ) -> (line: Int, function: String?)? {
        for process in chain {
            guard let state = trace.shell(process.pid), state.line > 0 else { continue }
            return (Int(state.line), state.function.isEmpty ? nil : state.function)
        }
        return nil
    }

    // MARK: Directories

    /// A process that is inside a directory before it is materialised goes on seeing the old one,
    /// so read-only directories are materialised before anyone is in them.
    private func prepareDirectory(_ notification: CallNotification, _ call: TracedCall) {
        guard let materialiser, redirector != nil || mode == .audit,
            let decoded = try? decoder.decode(notification, as: call),
            case .descriptor(let directory) = PathQuestion.open(decoded.target.path),
            PathQuestion.access(decoded.target.path, PathQuestion.search) == 0,
            needsLayer(directory.number, decoded.target.path),
            let path = String(validating: kernelPath(of: directory.number), as: UTF8.self),
            path.hasPrefix("/"), path != "/", !path.hasPrefix("/proc/"), path != "/proc",
            !materialiser.hasLayer(at: path),
            (try? FileStatus.of(directory.number))?.kind == .directory
        else { return }
        do throws(SystemError) { _ = try materialiser.layer(at: path) } catch {
            degrade("cache redirect", "\(path): \(error)")
        }
    }

    /// Audited layers are mounted writable, but the directories in them still belong to others.
    private func needsLayer(_ directory: Int32, _ path: [UInt8]) -> Bool {
        if mode == .audit { return PathQuestion.access(path, PathQuestion.write) != 0 }
        return (try? isOnReadOnlyMount(directory)) == true
    }

    /// Audit: what the answer would be, had earlier writes not been let through.
    private func refusalWithoutLayers(_ call: DecodedCall) -> Predictor.Refusal? {
        guard mode == .audit, let materialiser, materialiser.hasLayers else { return nil }
        // A name that is there is EEXIST, wherever it is.
        let isNew = call.makesNewName && call.kind != .link
        if isNew, PathQuestion.isThere(PathName(call.target.path).withoutSlash) { return nil }
        func isInLayer(_ operand: DecodedCall.Operand, follow: Bool) -> Bool {
            materialiser.isInLayer(PathResolver.resolve(operand.path, follow: follow))
        }
        if isInLayer(call.target, follow: call.followsTarget) {
            return Predictor.Refusal(
                errno: ErrorNumber.readOnly, subject: .target, operand: call.target)
        }
        if let destination = call.destination, isInLayer(destination, follow: false) {
            return Predictor.Refusal(
                errno: ErrorNumber.readOnly, subject: .destination, operand: destination)
        }
        return nil
    }

    /// Audit: gives the failing call a place where it works, in a layer that is thrown away.
    private func letThrough(_ call: DecodedCall, _ path: [UInt8]) -> Bool {
        guard let materialiser else { return false }
        let audit = AuditLayer(materialiser: materialiser)
        do throws(SystemError) {
            try audit.makeWritable(path, call: call)
            return predictor.predict(call) == nil
        } catch {
            degrade("audit", "\(ByteText.decode(path)): \(error)")
            return false
        }
    }

    private var degraded: Set<String> = []

    private func degrade(_ feature: String, _ reason: String) {
        guard degraded.count < 64, degraded.insert(feature + reason).inserted else { return }
        report(
            .degraded(
                Degradation(
                    feature: feature, reason: reason,
                    remedy: "`pkgsandbox doctor` says what this machine allows")))
    }

    /// The recipe's trace is read by the event loop; this hands it over.
    func follow(_ bytes: [UInt8]) {
        trace.consume(bytes) { event in
            switch event {
            case .phaseBegan(let name): report(.phaseBegan(name: name))
            case .phaseEnded(let name, let status):
                report(.phaseEnded(name: name, status: status))
            case .line: break
            }
        }
    }
}
