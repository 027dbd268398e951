/// Finds the rule of a profile that explains a failed write.
public struct HintMatcher: Sendable {
    fileprivate struct CompiledRule: Sendable {
        var rule: HintRule
        var paths: [GlobPattern]
        var processes: [GlobPattern]
        var phases: [GlobPattern]
    }

    private let rules: [CompiledRule]

    /// Compiles the globs of `rules`.
    ///
    /// - Throws: `GlobSyntaxError` for a malformed glob, which a loaded profile does not have.
    public init(_ rules: [HintRule]) throws(GlobSyntaxError) {
        var compiled: [CompiledRule] = []
        for rule in rules {
            compiled.append(
                CompiledRule(
                    rule: rule, paths: try Self.compile(rule.paths),
                    processes: try Self.compile(rule.processes),
                    phases: try Self.compile(rule.phases)))
        }
        self.rules = compiled
    }

    /// The first rule whose conditions all hold for `failure`; nil if there is none.
    public func hint(for failure: WriteFailure) -> HintRule? {
        rules.first { $0.matches(failure) }?.rule
    }

    private static func compile(_ globs: [String]) throws(GlobSyntaxError) -> [GlobPattern] {
        var patterns: [GlobPattern] = []
        for glob in globs { patterns.append(try GlobPattern(glob)) }
        return patterns
    }
}

extension HintMatcher.CompiledRule {
    /// The cheap conditions first; an empty one holds.
    fileprivate func matches(_ failure: WriteFailure) -> Bool {
        guard rule.reasons.isEmpty || rule.reasons.contains(failure.reason.rawValue) else {
            return false
        }
        if !phases.isEmpty {
            guard let phase = failure.phase, phases.contains(where: { $0.matches(phase) }) else {
                return false
            }
        }
        guard paths.isEmpty || paths.contains(where: { $0.matches(failure.path) }) else {
            return false
        }
        return processes.isEmpty || matches(failure.process)
            || failure.ancestry.contains(where: matches)
    }

    /// By the name of the executable, or the name it was called by: `ld.lld` is a link to `lld`.
    private func matches(_ process: ProcessSummary) -> Bool {
        let names = [process.executable, process.arguments.first ?? ""].map(Self.baseName)
        return processes.contains { glob in names.contains { glob.matches($0) } }
    }

    private static func baseName(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }
}
