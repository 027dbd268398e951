public import SandboxModel

/// Finds, reads and checks profiles.
///
/// Reading files is the caller's affair, so that this module needs no operating system. Every
/// complaint is a `UserError` with exit status 2 that names file and line.
public struct ProfileLoader {
    /// Reads a whole file.
    public typealias ReadFile = (_ hostPath: String) throws -> [UInt8]

    private let readFile: ReadFile
    private let includesBuiltInRules: Bool

    /// The most profiles one may extend in a row.
    private static let maximumDepth = 16

    /// Creates a loader.
    ///
    /// - Parameter readFile: Gives the content of the file at a path. A `UserError` that it throws
    ///   is passed on as it is.
    /// - Parameter includesBuiltInRules: Whether the hint rules of built-in profiles are read too.
    ///   They are the larger part of it, and only needed when there is a failed write to explain.
    public init(includesBuiltInRules: Bool = true, readFile: @escaping ReadFile) {
        self.readFile = readFile
        self.includesBuiltInRules = includesBuiltInRules
    }

    /// The names of the profiles that are compiled in, for `--profile NAME`.
    public static var builtInNames: [String] { BuiltInProfiles.names }

    /// A profile that is compiled in.
    public static func builtIn(_ name: String = "default") throws(UserError) -> Profile {
        let loader = ProfileLoader { path in
            throw UserError("cannot read profile \(path) from a built-in one", exitStatus: .usage)
        }
        return try loader.loadBuiltIn(name, chain: [])
    }

    /// Whether `--profile` takes `argument` for a file: it has a slash or ends in `.toml`.
    public static func isFile(_ argument: String) -> Bool {
        argument.utf8.contains(UInt8(ascii: "/")) || argument.hasSuffix(".toml")
    }

    /// The profile that `--profile` names: a built-in one, or a file on the host.
    public func load(_ nameOrFile: String) throws(UserError) -> Profile {
        try load(nameOrFile, chain: [])
    }

    /// The profile in `text`.
    ///
    /// - Parameter file: The file's path, for messages and for what the text extends.
    public func load(text: [UInt8], file: String) throws(UserError) -> Profile {
        try load(text: text, file: file, chain: [file])
    }

    // MARK: Pieces

    /// `chain` holds what is being loaded already, from the first profile to the one that extends
    /// this one.
    private func load(_ nameOrFile: String, chain: [String]) throws(UserError) -> Profile {
        guard Self.isFile(nameOrFile) else { return try loadBuiltIn(nameOrFile, chain: chain) }
        return try load(text: try read(nameOrFile), file: nameOrFile, chain: chain + [nameOrFile])
    }

    private func loadBuiltIn(_ name: String, chain: [String]) throws(UserError) -> Profile {
        guard let text = BuiltInProfiles.text(name) else {
            let near = nearest(to: name, in: Self.builtInNames)
            throw UserError(
                "no profile is named \(name.quoted)",
                hint: near.map { "did you mean \($0.quoted)?" }
                    ?? "built in: \(Self.builtInNames.joined(separator: ", ")); "
                    + "a file needs a slash or .toml, as in ./\(name)",
                exitStatus: .usage)
        }
        let rules = includesBuiltInRules ? BuiltInProfiles.rules(name) : []
        return try load(text: text + rules, file: "profiles/\(name).toml", chain: chain + [name])
    }

    private func load(
        text: [UInt8], file: String, chain: [String]
    ) throws(UserError) -> Profile {
        let document: TOMLDocument
        do throws(TOMLSyntaxError) {
            document = try TOMLDocument(text)
        } catch {
            throw UserError("\(file):\(error.line): \(error.message)", exitStatus: .usage)
        }
        let base = try base(of: document, file: file, chain: chain)
        let context = TableReader.Context(file: file, extends: base != nil)
        let profile = ProfileReader(
            document.entries, base: base, defaultName: Self.stem(of: file), context: context
        ).profile()
        guard context.complaints.isEmpty else { throw context.complaints.error(in: document) }
        return profile
    }

    /// The profile that the document extends; nil if it stands alone.
    private func base(
        of document: TOMLDocument, file: String, chain: [String]
    ) throws(UserError) -> Profile? {
        guard let value = document.entries.first(where: { $0.key == "extends" })?.value else {
            return nil
        }
        var complaints = Complaints(file: file)
        guard case .string(let name) = value else {
            complaints.add("extends must be a string, not \(value.kind)", at: ["extends"])
            throw complaints.error(in: document)
        }
        guard Self.isFile(name) || BuiltInProfiles.text(name) != nil else {
            let near = nearest(to: name, in: Self.builtInNames)
            complaints.add(
                "extends \(name.quoted), and no profile has that name", at: ["extends"],
                hint: near.map { "did you mean \($0.quoted)?" })
            throw complaints.error(in: document)
        }
        let target = Self.isFile(name) ? Self.path(name, besides: file) : name
        guard !chain.contains(target), chain.count < Self.maximumDepth else {
            complaints.add(
                "extends \(name.quoted), which in the end extends itself", at: ["extends"])
            throw complaints.error(in: document)
        }
        return try load(target, chain: chain)
    }

    private func read(_ file: String) throws(UserError) -> [UInt8] {
        do {
            return try readFile(file)
        } catch let error as UserError {
            throw error
        } catch {
            throw UserError("cannot read profile \(file): \(error)", exitStatus: .usage)
        }
    }

    /// `path`, which stands in `file` and is meant from there.
    private static func path(_ path: String, besides file: String) -> String {
        guard path.first != "/", let slash = file.lastIndex(of: "/") else { return path }
        let relative = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
        return String(file[...slash] + relative)
    }

    /// The file's name without directories and `.toml`.
    private static func stem(of file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return name.hasSuffix(".toml") ? String(name.dropLast(5)) : name
    }
}
