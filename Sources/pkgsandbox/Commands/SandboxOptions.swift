internal import ArgumentParser
internal import LinuxKernel
internal import Profiles
internal import SandboxModel

/// The options that `build`, `run`, `shell` and `plan` share.
///
/// All of them are text to the parser, which checks it, and have their own types below: for every
/// type of option that it meets, the parser has the Swift runtime make a dozen generic types, and
/// that took a sixth of all that happens until the command runs.
struct SandboxOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The profile: a built-in name or a file.", valueName: "name|file"))
    var profile = "default"

    @Option(
        name: .customLong("mode"),
        help: """
            enforce, the default: writes to read-only places fail. audit: they go to a layer that \
            is thrown away.
            """,
        completion: .list(["enforce", "audit"]),
        transform: checked(ModeArgument.self, "enforce or audit"))
    private var modeText = "enforce"

    @Option(
        name: .customLong("network"),
        help: """
            The network of the build, none or host; sources are fetched with network whatever this \
            says.
            """,
        completion: .list(["none", "host"]),
        transform: checked(NetworkArgument.self, "none or host"))
    private var networkText: String?

    @Option(
        name: .customLong("report"),
        help: ArgumentHelp(
            "Write a report: text or json, to standard error or a file. May be given again.",
            valueName: "format[=file]"),
        transform: checked(ReportTarget.self, "text or json, with or without =FILE"))
    private var reportTexts: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where redirected caches are kept between builds.", valueName: "dir"))
    var cache: String?

    @Option(help: ArgumentHelp("Where the build's files are kept while it runs.", valueName: "dir"))
    var scratch = "/var/tmp"

    @Option(
        name: .customLong("keep"),
        help: "Keep the build's files: never (the default), after a failure, or always.",
        completion: .list(["never", "failure", "always"]),
        transform: checked(KeepArgument.self, "never, failure or always"))
    private var keepText = "never"

    @Flag(help: "Any failed write fails the build (exit status 4).")
    var strict = false

    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp(
            "End the run after this time: seconds, or 90s, 10m, 2h.", valueName: "time"),
        transform: checked(DurationArgument.self, "a length of time"))
    private var timeoutText: String?

    @Option(
        name: .customLong("jobs"),
        help: ArgumentHelp("Parallel jobs; one per processor if not given.", valueName: "n"),
        transform: checked(CountArgument.self, "a number of at least one"))
    private var jobsText: String?

    @Option(
        help: ArgumentHelp(
            "Show a directory of the host read-write. May be given again.", valueName: "path"))
    var writable: [String] = []

    @Option(
        help: ArgumentHelp(
            "Show a directory of the host read-only. May be given again.", valueName: "path"))
    var readOnly: [String] = []

    @Option(
        help: ArgumentHelp(
            "Cover a path with something empty. May be given again.", valueName: "path"))
    var hide: [String] = []

    @Option(
        help: ArgumentHelp(
            "Set a variable, or take it over from the caller. May be given again.",
            valueName: "name[=value]"))
    var env: [String] = []

    @Option(
        help: ArgumentHelp(
            "The host's user that the build runs as; only root can choose.", valueName: "name|uid"))
    var user: String?

    @Option(
        name: .customLong("color"),
        help: "Colour in the tool's own words: auto (the default), always or never.",
        completion: .list(["auto", "always", "never"]),
        transform: checked(ColourArgument.self, "auto, always or never"))
    private var colorText = "auto"

    @Flag(name: [.short, .long], help: "Tell more: harmless failed writes, ancestry, reasons.")
    var verbose = false

    @Flag(name: [.short, .long], help: "Tell only what failed.")
    var quiet = false

    func validate() throws {
        if verbose && quiet { throw ValidationError("-v and -q exclude each other") }
        for name in env where name.isEmpty || name.hasPrefix("=") {
            throw ValidationError("--env wants NAME or NAME=VALUE, not '\(name)'")
        }
    }
}

extension SandboxOptions {
    // What is no value of its type was refused when it was parsed.
    var mode: ModeArgument { ModeArgument(rawValue: modeText) ?? .enforce }
    var network: NetworkArgument? { networkText.flatMap { NetworkArgument(rawValue: $0) } }
    var report: [ReportTarget] { reportTexts.compactMap { ReportTarget(argument: $0) } }
    var keep: KeepArgument { KeepArgument(rawValue: keepText) ?? .never }
    var timeout: DurationArgument? { timeoutText.flatMap { DurationArgument(argument: $0) } }
    var jobs: CountArgument? { jobsText.flatMap { CountArgument(argument: $0) } }
    var color: ColourArgument { ColourArgument(rawValue: colorText) ?? .auto }
}

/// Takes an option's text as it is if it is a value of a type.
///
/// - Parameter wanted: what the text has to be, for the message.
private func checked<Value: ExpressibleByArgument & Sendable>(
    _ type: Value.Type, _ wanted: String
) -> @Sendable (String) throws -> String {
    { text in
        if Value(argument: text) == nil { throw ValidationError("it must be \(wanted)") }
        return text
    }
}

enum ModeArgument: String, ExpressibleByArgument, CaseIterable { case enforce, audit }
enum NetworkArgument: String, ExpressibleByArgument, CaseIterable { case none, host }
enum KeepArgument: String, ExpressibleByArgument, CaseIterable { case never, failure, always }
enum ColourArgument: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

/// `text`, `json`, `json=FILE`.
struct ReportTarget: ExpressibleByArgument {
    enum Format: String, CaseIterable { case text, json }

    var format: Format
    /// Nil for standard error.
    var file: String?

    init(format: Format, file: String? = nil) {
        self.format = format
        self.file = file
    }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let format = Format(rawValue: String(parts[0])) else { return nil }
        self.format = format
        if parts.count > 1 {
            if parts[1].isEmpty { return nil }
            file = String(parts[1])
        }
    }

    static var allValueStrings: [String] { Format.allCases.map(\.rawValue) }
}

/// A length of time in seconds.
struct DurationArgument: ExpressibleByArgument {
    var seconds: Int
    init?(argument: String) {
        guard let seconds = Quantity.seconds(argument), seconds > 0 else { return nil }
        self.seconds = seconds
    }
}

/// A number of at least one.
struct CountArgument: ExpressibleByArgument {
    var count: Int
    init?(argument: String) {
        guard let count = Quantity.count(argument), count > 0 else { return nil }
        self.count = count
    }
}
