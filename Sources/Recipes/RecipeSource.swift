/// One entry of a recipe's `source` array: `[name::]url` or the name of a local file.
///
/// Corresponds to `get_protocol`, `get_filename` and `get_url` of makepkg's `util/source.sh`, with
/// all their quirks: the names have to be those that makepkg looks for.
public struct RecipeSource: Sendable, Equatable {
    /// The entry as the recipe has it.
    public var entry: String

    /// An entry as the recipe has it.
    public init(_ entry: String) { self.entry = entry }

    static let versionControl: Set<String> = ["bzr", "fossil", "git", "hg", "svn"]

    /// `https`, `git`, …; `local` for a file beside the recipe.
    public var scheme: String {
        if let end = url.firstRange(of: "://"), entry.firstRange(of: "://") != nil {
            return String(url[..<end.lowerBound].prefix { $0 != "+" })
        }
        if entry.firstRange(of: "lp:") != nil {
            // Launchpad's own: bzr+lp:project.
            if let end = url.firstRange(of: "+lp:") { return String(url[..<end.lowerBound]) }
            return url
        }
        return "local"
    }

    /// The entry without the local name.
    public var url: String {
        guard let separator = entry.firstRange(of: "::") else { return entry }
        return String(entry[separator.upperBound...])
    }

    /// The name of the file or clone in the recipe's directory or among the fetched sources.
    public var localName: String {
        if let separator = entry.firstRange(of: "::") {
            return String(entry[..<separator.lowerBound])
        }
        guard isVersionControl else { return Self.lastComponent(entry[...]) }
        var path = entry.prefix { $0 != "#" }.prefix { $0 != "?" }
        if path.hasSuffix("/") { path = path.dropLast() }
        let name = Self.lastComponent(path)
        switch scheme {
        case "bzr":
            guard let prefix = name.firstRange(of: "lp:") else { return name }
            return String(name[prefix.upperBound...])
        case "fossil":
            return name + ".fossil"
        case "git":
            guard let suffix = name.firstRange(of: ".git") else { return name }
            return String(name[..<suffix.lowerBound])
        default:
            return name
        }
    }

    /// A clone, whose state is not that of a file.
    public var isVersionControl: Bool { Self.versionControl.contains(scheme) }

    /// Fetched from elsewhere.
    public var isRemote: Bool { scheme != "local" && localPath == nil }

    /// The path of a source on this machine, `file:///…` or, with the version control system before
    /// it, `git+file:///…`; nil for any other.
    public var localPath: String? {
        guard let scheme = url.firstRange(of: "file://") else { return nil }
        let prefix = url[..<scheme.lowerBound]
        let isSystem = prefix.hasSuffix("+") && prefix.allSatisfy { $0.isLetter || $0 == "+" }
        guard prefix.isEmpty || isSystem else { return nil }
        let path = url[scheme.upperBound...].prefix { $0 != "#" && $0 != "?" }
        return path.hasPrefix("/") ? String(path) : nil
    }

    private static func lastComponent(_ path: Substring) -> String {
        guard let slash = path.lastIndex(of: "/") else { return String(path) }
        return String(path[path.index(after: slash)...])
    }
}

extension StringProtocol {
    /// The first place of a text, compared byte by byte.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].utf8.starts(with: text.utf8) {
                return start..<utf8.index(start, offsetBy: text.utf8.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
