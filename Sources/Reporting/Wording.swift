internal import SandboxModel

/// The words for the values of a report.
enum Wording {
    /// `name version` of the recipe, or the best there is in its place.
    static func title(_ recipe: RecipeSummary) -> Visible {
        guard let name = Visible(unlessBlank: recipe.name)?.cut(to: 60) else {
            return recipe.kind == "command"
                ? "the command" : "\(word: baseName(recipe.path))"
        }
        guard let version = Visible(unlessBlank: recipe.version)?.cut(to: 40) else { return name }
        return "\(name) \(version)"
    }

    /// The program that runs recipes of a kind.
    static func tool(_ kind: String) -> Visible {
        switch kind {
        case "pkgbuild": "makepkg"
        case "command": "the command"
        default: "the recipe's tool"
        }
    }

    /// A phase as its recipe calls it: `package()`.
    static func phase(_ name: String, kind: String) -> Visible {
        let shown = Visible(name).cut(to: 40)
        switch name {
        case "metadata": return "the recipe's top level"
        case "sources": return "the sources phase"
        default: return kind == "pkgbuild" ? "\(shown)()" : "the \(shown) phase"
        }
    }

    /// The part of a path behind its last slash.
    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// What a call was to do, as a verb that takes the path: `create the directory`.
    static func verb(_ operation: String) -> Visible {
        switch operation {
        case "create-directory": "create the directory"
        case "create-symbolic-link": "create the symbolic link"
        case "create-link": "create the link"
        case "create-node": "create the special file"
        case "create-socket": "create the socket"
        case "truncate-file": "truncate"
        case "remove-directory": "remove the directory"
        case "rename": "rename"
        case "change-mode": "change the mode of"
        case "change-owner": "change the owner of"
        case "change-times": "change the time stamps of"
        case "change-attribute": "change an attribute of"
        case _ where operation.hasPrefix("create"): "create"
        case _ where operation.hasPrefix("remove"): "remove"
        default: "write to"
        }
    }

    /// What stood in the way, to be put behind the path.
    static func obstacle(_ reason: WriteFailure.Reason) -> Visible {
        switch reason {
        case .readOnlySystem: "in a read-only system directory"
        case .permission: "without write permission"
        case .notOwner: "which belongs to another user"
        case .hidden: "which the sandbox hides"
        case .immutable: "which is marked immutable"
        case .policy: "which a policy forbids"
        }
    }

    /// Why the path cannot be written, as a sentence.
    static func explanation(_ reason: WriteFailure.Reason) -> Visible {
        switch reason {
        case .readOnlySystem: "system directories are read-only during a build"
        case .permission: "the build's user has no write permission there"
        case .notOwner: "only the owner may do that"
        case .hidden: "the sandbox does not show this place of the host"
        case .immutable: "the immutable or append-only attribute forbids it"
        case .policy: "a rule of the profile or of the kernel forbids it"
        }
    }

    /// What to do where no rule knows better.
    static func remedy(_ failure: WriteFailure, kind: String) -> Visible {
        if kind == "pkgbuild" {
            return failure.phase?.hasPrefix("package") == true
                ? "install below \"$pkgdir\" only"
                : "write below \"$srcdir\" or /tmp in place of it"
        }
        return "write to a place of the build's own, or name this one with --writable"
    }

    /// An error by text and name: `Read-only file system (EROFS)`.
    static func error(_ name: String) -> Visible {
        switch name {
        case "EROFS": "Read-only file system (EROFS)"
        case "EACCES": "Permission denied (EACCES)"
        case "EPERM": "Operation not permitted (EPERM)"
        case "ENOSPC": "No space left on device (ENOSPC)"
        case "EDQUOT": "Disk quota exceeded (EDQUOT)"
        case "ETXTBSY": "Text file busy (ETXTBSY)"
        case "EBUSY": "Device or resource busy (EBUSY)"
        default: Visible(name).cut(to: 40)
        }
    }

    /// How a process ended, by its status as a shell gives it: `ended with status 4`.
    static func end(status: Int) -> Visible {
        let signals = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT",
            7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM",
            15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
        ]
        guard (129...192).contains(status) else { return "ended with status \(status)" }
        let number = status - 128
        return "was ended by \(signals[number] ?? "signal \(number)") (status \(status))"
    }

    /// `1 package`, `12 packages`.
    static func count(_ number: Int, _ one: Visible, _ many: Visible) -> Visible {
        number == 1 ? "1 \(one)" : "\(grouped(number)) \(many)"
    }

    /// A number with a comma for every thousand.
    static func grouped(_ number: Int) -> Visible {
        let digits = Array(String(number.magnitude))
        var result = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return Visible(result)
    }

    /// A size: `812 B`, `273.1 KiB`.
    static func bytes(_ bytes: Int) -> Visible {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        // From this on it would be rounded to 1024.0.
        while value >= 1023.95, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(tenths(value)) \(units[unit])"
    }

    /// A duration: `0.4 s`, `12.3 s`, `2 min 5 s`, `3 h 12 min`.
    static func duration(_ seconds: Double) -> Visible {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "an unknown time" }
        if seconds < 59.95 { return "\(tenths(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 {
            return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
        }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
