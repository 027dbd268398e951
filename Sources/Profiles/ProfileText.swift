public import SandboxModel

extension ProfileLoader {
    /// `profile` as TOML, complete and without comments: what `pkgsandbox profile show` prints.
    /// Loading the text gives an equal profile.
    public static func describe(_ profile: Profile) -> String {
        var text = ProfileText()
        text.pair("name", profile.name)
        if !profile.description.isEmpty { text.pair("description", profile.description) }
        text.identity(profile.identity)
        text.fileSystem(profile.filesystem)
        text.environment(profile.environment)
        text.header("[network]")
        text.pair("sources", profile.network.sources.rawValue)
        text.pair("build", profile.network.build.rawValue)
        text.limits(profile.limits)
        profile.caches.forEach { text.cache($0) }
        profile.rules.forEach { text.rule($0) }
        return text.lines.joined(separator: "\n") + "\n"
    }
}

/// The lines of a profile's text, as they are written one after the other.
private struct ProfileText {
    private(set) var lines: [String] = []

    mutating func identity(_ identity: Profile.Identity) {
        header("[identity]")
        pair("user", identity.user)
        pair("uid", identity.uid)
        pair("group", identity.group)
        pair("gid", identity.gid)
        pair("home", identity.home)
        pair("hostname", identity.hostname)
    }

    mutating func fileSystem(_ filesystem: Profile.FileSystem) {
        header("[filesystem]")
        list("read-only", filesystem.readOnly)
        list("writable", filesystem.writable)
        list("hidden", filesystem.hidden)
        list("devices", filesystem.devices)
        for directory in filesystem.temporary {
            header("[[filesystem.temporary]]")
            pair("path", directory.path)
            lines.append("mode = 0o\(String(directory.mode, radix: 8))")
            if let size = directory.size { pair("size", size) }
        }
    }

    mutating func environment(_ environment: Profile.Environment) {
        header("[environment]")
        list("pass", environment.pass)
        list("pass-network", environment.passNetwork)
        header("[environment.set]")
        for (name, value) in environment.set.sorted(by: { $0.key < $1.key }) { pair(name, value) }
    }

    mutating func limits(_ limits: Profile.Limits) {
        header("[limits]")
        pair("timeout", limits.timeout)
        pair("memory", limits.memory)
        pair("tasks", limits.tasks)
        pair("jobs", limits.jobs)
        pair("open-files", limits.openFiles)
    }

    mutating func cache(_ rule: CacheRule) {
        header("[[caches]]")
        pair("name", rule.name)
        pair("cache", rule.cache)
        list("paths", rule.paths)
    }

    mutating func rule(_ rule: HintRule) {
        header("[[rules]]")
        pair("id", rule.id)
        if !rule.paths.isEmpty { list("paths", rule.paths) }
        if !rule.processes.isEmpty { list("processes", rule.processes) }
        if !rule.phases.isEmpty { list("phases", rule.phases) }
        if !rule.reasons.isEmpty { list("reasons", rule.reasons) }
        pair("cause", rule.cause)
        pair("remedy", rule.remedy)
        if rule.harmless { lines.append("harmless = true") }
    }

    // MARK: Pieces

    mutating func header(_ text: String) {
        lines.append("")
        lines.append(text)
    }

    mutating func pair(_ key: String, _ value: String) {
        lines.append("\(key) = \(Self.string(value))")
    }

    mutating func pair(_ key: String, _ value: Int?) {
        if let value { lines.append("\(key) = \(value)") }
    }

    /// On one line if it fits, otherwise one element per line.
    private mutating func list(_ key: String, _ values: [String]) {
        let items = values.map(Self.string)
        let line = "\(key) = [\(items.joined(separator: ", "))]"
        if line.count <= 100 {
            lines.append(line)
        } else {
            lines.append("\(key) = [")
            lines += items.map { "    \($0)," }
            lines.append("]")
        }
    }

    /// A TOML string; a literal one where quotation marks or backslashes would need escapes.
    private static func string(_ value: String) -> String {
        let needsEscape = value.utf8.contains {
            $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
        }
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "'") }
        if needsEscape && isPlain { return "'\(value)'" }
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
