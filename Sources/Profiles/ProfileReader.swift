internal import SandboxModel

/// Makes a profile from the table of a document, with what `base` says for what it does not.
struct ProfileReader {
    private let root: TableReader
    private let base: Profile?
    private let defaultName: String

    /// Reads a document; `defaultName` is for a file that says no name.
    init(
        _ entries: [TOMLNode.Entry], base: Profile?, defaultName: String,
        context: TableReader.Context
    ) {
        root = TableReader(
            entries, at: [],
            keys: [
                "name", "description", "extends", "identity", "filesystem", "environment",
                "network", "limits", "caches", "rules",
            ], context: context)
        self.base = base
        self.defaultName = defaultName
    }

    func profile() -> Profile {
        Profile(
            name: root.string("name", otherwise: defaultName, check: Checks.identifier),
            description: root.string(
                "description", otherwise: base?.description ?? "", check: Checks.sentence),
            identity: identity(), filesystem: fileSystem(), environment: environment(),
            network: network(), limits: limits(),
            caches: Self.merge(caches(), before: base?.caches ?? [], by: \.name),
            rules: Self.merge(rules(), before: base?.rules ?? [], by: \.id))
    }

    // MARK: Sections

    private func identity() -> Profile.Identity {
        let table = root.table(
            "identity", keys: ["user", "uid", "group", "gid", "home", "hostname"])
        let base = base?.identity
        return Profile.Identity(
            user: table.string("user", otherwise: base?.user, check: Checks.accountName),
            uid: table.integer("uid", otherwise: base?.uid, check: Checks.accountNumber),
            group: table.string("group", otherwise: base?.group, check: Checks.accountName),
            gid: table.integer("gid", otherwise: base?.gid, check: Checks.accountNumber),
            home: table.string("home", otherwise: base?.home, check: Checks.path),
            hostname: table.string("hostname", otherwise: base?.hostname, check: Checks.hostname))
    }

    private func fileSystem() -> Profile.FileSystem {
        let table = root.table(
            "filesystem", keys: ["temporary"],
            lists: ["read-only", "writable", "hidden", "devices"])
        let base = base?.filesystem
        var result = Profile.FileSystem(
            readOnly: table.list("read-only", otherwise: base?.readOnly, check: Checks.path),
            writable: table.list("writable", otherwise: base?.writable ?? [], check: Checks.path),
            hidden: table.list("hidden", otherwise: base?.hidden ?? [], check: Checks.path),
            temporary: temporary(in: table),
            devices: table.list("devices", otherwise: base?.devices, check: Checks.device))
        settle(&result, table)
        return result
    }

    /// A path can be shown in one way only. What the file says replaces what it inherits; a file
    /// that contradicts itself is complained of.
    private func settle(_ result: inout Profile.FileSystem, _ table: TableReader) {
        let inheritedReadOnly = Set(base?.filesystem.readOnly ?? [])
        let inheritedWritable = Set(base?.filesystem.writable ?? [])
        let temporary = Set(result.temporary.map(\.path))
        for path in result.writable where result.readOnly.contains(path) {
            if inheritedReadOnly.contains(path) && !inheritedWritable.contains(path) {
                result.readOnly.removeAll { $0 == path }
            } else if inheritedWritable.contains(path) && !inheritedReadOnly.contains(path) {
                result.writable.removeAll { $0 == path }
            } else {
                table.complain(TableReader.Problem("\(path.quoted) is both read-only and writable"))
            }
        }
        for path in result.readOnly + result.writable where temporary.contains(path) {
            table.complain(
                TableReader.Problem("\(path.quoted) is temporary and also shown from the host"))
        }
    }

    private func temporary(in table: TableReader) -> [Profile.TemporaryDirectory] {
        let own = table.tables("temporary", keys: ["path", "mode", "size"]).map { entry in
            let path = entry.string("path", otherwise: nil, check: Checks.path)
            let size = entry.string("size", otherwise: "", check: Checks.temporarySize)
            return Named(
                value: Profile.TemporaryDirectory(
                    path: path, mode: entry.integer("mode", otherwise: nil, check: Checks.mode),
                    size: size.isEmpty ? nil : size),
                table: entry)
        }
        let values = Self.unique(own, by: \.path, key: "path")
        let inherited = base?.filesystem.temporary ?? []
        return Self.replace(inherited, with: values, by: \.path)
            + values.filter { value in !inherited.contains { $0.path == value.path } }
    }

    private func environment() -> Profile.Environment {
        let table = root.table("environment", keys: ["set"], lists: ["pass", "pass-network"])
        let base = base?.environment
        let variables = table.table("set", keys: nil)
        var set = base?.set ?? [:]
        for name in variables.names {
            if let problem = Checks.variableName(name) {
                variables.complain(problem, at: .key(name))
            }
            set[name] = variables.string(name, otherwise: nil, check: Checks.variableValue)
        }
        return Profile.Environment(
            set: set,
            pass: table.list("pass", otherwise: base?.pass ?? [], check: Checks.variableName),
            passNetwork: table.list(
                "pass-network", otherwise: base?.passNetwork ?? [], check: Checks.variableName))
    }

    private func network() -> Profile.Network {
        let table = root.table("network", keys: ["sources", "build"])
        func access(_ key: String, _ inherited: Profile.Network.Access?) -> Profile.Network.Access {
            let word = table.string(
                key, otherwise: inherited?.rawValue,
                check: Checks.word(of: Profile.Network.Access.allCases.map(\.rawValue)))
            // Complained of already, if it is none of them.
            return Profile.Network.Access(rawValue: word) ?? .none
        }
        return Profile.Network(
            sources: access("sources", base?.network.sources),
            build: access("build", base?.network.build))
    }

    private func limits() -> Profile.Limits {
        let table = root.table(
            "limits", keys: ["timeout", "memory", "tasks", "jobs", "open-files"])
        let base = base?.limits
        func count(_ key: String, _ inherited: Int?) -> Int? {
            table.limit(
                key, otherwise: inherited, example: "in quotes or not", parse: Quantity.count)
        }
        return Profile.Limits(
            timeout: table.limit(
                "timeout", otherwise: base?.timeout, example: "a duration like \"90m\"",
                parse: Quantity.seconds),
            memory: table.limit(
                "memory", otherwise: base?.memory, example: "a size like \"8g\"",
                parse: Quantity.bytes),
            tasks: count("tasks", base?.tasks), jobs: count("jobs", base?.jobs),
            openFiles: count("open-files", base?.openFiles))
    }

    private func caches() -> [CacheRule] {
        let own = root.tables("caches", keys: ["name", "cache", "paths"]).map { table in
            let rule = CacheRule(
                name: table.string("name", otherwise: nil, check: Checks.identifier),
                cache: table.string("cache", otherwise: nil, check: Checks.identifier),
                paths: table.list("paths", otherwise: nil, check: Checks.cacheGlob))
            return Named(value: rule, table: table)
        }
        return Self.unique(own, by: \.name, key: "name")
    }

    private func rules() -> [HintRule] {
        let keys = [
            "id", "paths", "processes", "phases", "reasons", "cause", "remedy", "harmless",
        ]
        let reasons = Checks.word(of: WriteFailure.Reason.allCases.map(\.rawValue))
        let own = root.tables("rules", keys: keys).map { table in
            let rule = HintRule(
                id: table.string("id", otherwise: nil, check: Checks.identifier),
                paths: table.list("paths", otherwise: [], check: Checks.pathGlob),
                processes: table.list("processes", otherwise: [], check: Checks.nameGlob),
                phases: table.list("phases", otherwise: [], check: Checks.nameGlob),
                reasons: table.list("reasons", otherwise: [], check: reasons),
                cause: table.string("cause", otherwise: nil, check: Checks.sentence),
                remedy: table.string("remedy", otherwise: nil, check: Checks.sentence),
                harmless: table.boolean("harmless", otherwise: false))
            return Named(value: rule, table: table)
        }
        return Self.unique(own, by: \.id, key: "id")
    }

    // MARK: Merging

    /// A value and the table it was read from.
    private struct Named<Value> {
        var value: Value
        var table: TableReader
    }

    /// The values, with a complaint for each whose name an earlier one has.
    private static func unique<Value>(
        _ values: [Named<Value>], by name: KeyPath<Value, String>, key: String
    ) -> [Value] {
        var seen: Set<String> = []
        for entry in values where !seen.insert(entry.value[keyPath: name]).inserted {
            entry.table.complain(
                TableReader.Problem("\(key) \(entry.value[keyPath: name].quoted) is used twice"),
                at: .key(key))
        }
        return values.map(\.value)
    }

    /// `inherited` with those replaced that `own` has under the same name.
    private static func replace<Value>(
        _ inherited: [Value], with own: [Value], by name: KeyPath<Value, String>
    ) -> [Value] {
        inherited.map { old in
            own.first { $0[keyPath: name] == old[keyPath: name] } ?? old
        }
    }

    /// The same, with the others of `own` in front, where they are tried first.
    private static func merge<Value>(
        _ own: [Value], before inherited: [Value], by name: KeyPath<Value, String>
    ) -> [Value] {
        let old = Set(inherited.map { $0[keyPath: name] })
        return own.filter { !old.contains($0[keyPath: name]) }
            + replace(inherited, with: own, by: name)
    }
}
