internal import ArgumentParser
internal import LinuxKernel
internal import Profiles
internal import SandboxModel

/// The options that `build`, `run`, `shell` and `plan` share.
struct SandboxOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The profile: a built-in name or a file.", valueName: "name|file"))
    var profile = "default"

    @Option(help: "enforce: writes to read-only places fail. audit: they go to a layer that is thrown away.")
    var mode = ModeArgument.enforce

    @Option(help: "The network of the build; sources are fetched with network whatever this says.")
    var network: NetworkArgument?

    @Option(
        help: ArgumentHelp(
            "Write a report: text or json, to standard error or a file. May be given again.",
            valueName: "format[=file]"))
    var report: [ReportTarget] = []

    @Option(
        help: ArgumentHelp(
            "Where redirected caches are kept between builds.", valueName: "dir"))
    var cache: String?

    @Option(help: ArgumentHelp("Where the build's files are kept while it runs.", valueName: "dir"))
    var scratch = "/var/tmp"

    @Option(help: "Keep the build's files: never, after a failure, or always.")
    var keep = KeepArgument.never

    @Flag(help: "Any failed write fails the build (exit status 4).")
    var strict = false

    @Option(
        help: ArgumentHelp("End the run after this time: seconds, or 90s, 10m, 2h.", valueName: "time"))
    var timeout: DurationArgument?

    @Option(help: ArgumentHelp("Parallel jobs; one per processor if not given.", valueName: "n"))
    var jobs: CountArgument?

    @Option(help: ArgumentHelp("Show a directory of the host read-write. May be given again.", valueName: "path"))
    var writable: [String] = []

    @Option(help: ArgumentHelp("Show a directory of the host read-only. May be given again.", valueName: "path"))
    var readOnly: [String] = []

    @Option(help: ArgumentHelp("Cover a path with something empty. May be given again.", valueName: "path"))
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

    @Option(help: "Colour in the tool's own words.")
    var color = ColourArgument.auto

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
