public import SandboxModel

/// Finds the recipe that a user means.
public enum RecipeLocation {
    /// What a path is, symbolic links followed.
    public enum Kind: Sendable, Equatable {
        case file, directory, missing
        /// A FIFO, a device or a socket.
        case other
    }

    /// A recipe's directory and the name of its file in it.
    public struct Found: Sendable, Equatable {
        /// Without a trailing slash; `.` where the user named a file without one.
        public var directory: String
        /// The recipe's own name.
        public var fileName: String

        /// A recipe by its directory and name.
        public init(directory: String, fileName: String) {
            self.directory = directory
            self.fileName = fileName
        }
    }

    /// The recipe for the argument RECIPE.
    /// - Parameters:
    ///   - path: a file or a directory that holds a `PKGBUILD`; nil for the current directory.
    ///   - kind: tells what a path on the host is.
    /// - Throws: a `UserError` with exit status 2 and what to do.
    public static func find(
        _ path: String?, kind: (String) -> Kind
    ) throws(UserError) -> Found {
        let path = path ?? "."
        guard !path.isEmpty else {
            throw UserError("the recipe's name is empty", hint: usage, exitStatus: .usage)
        }
        switch kind(path) {
        case .file:
            return try file(path)
        case .directory:
            return try directory(path, kind)
        case .missing:
            throw UserError("recipe \(path) does not exist", hint: usage, exitStatus: .usage)
        case .other:
            throw UserError(
                "recipe \(path) is neither a file nor a directory", hint: usage, exitStatus: .usage)
        }
    }

    /// The line on which a command begins.
    ///
    /// Of a command that is continued with a backslash at the ends of its lines bash names the second.
    /// - Parameters:
    ///   - line: the line that bash named, counted from 1.
    ///   - lines: the recipe's text, by lines.
    public static func firstLine(ofCommandAt line: Int, in lines: [Substring]) -> Int {
        guard line <= lines.count else { return line }
        var first = line
        while first > 1 {
            let slashes = lines[first - 2].utf8.reversed().prefix { $0 == UInt8(ascii: "\\") }
            if slashes.count % 2 == 0 { break }
            first -= 1
        }
        return first
    }

    private static let usage =
        "`pkgsandbox build FILE`, or DIRECTORY for one that holds a PKGBUILD"

    private static func file(_ path: String) throws(UserError) -> Found {
        guard let slash = path.lastIndex(of: "/") else {
            return Found(directory: ".", fileName: path)
        }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return Found(directory: directory, fileName: String(path[path.index(after: slash)...]))
    }

    private static func directory(
        _ path: String, _ kind: (String) -> Kind
    ) throws(UserError) -> Found {
        var directory = path
        while directory.count > 1 && directory.hasSuffix("/") { directory.removeLast() }
        let name = MakepkgDriver.defaultRecipeFileName
        let recipe = directory == "/" ? "/" + name : directory + "/" + name
        switch kind(recipe) {
        case .file:
            return Found(directory: directory, fileName: name)
        case .directory:
            throw UserError(
                "\(recipe) is a directory, not a recipe",
                hint: "name the recipe itself: `pkgsandbox build FILE`", exitStatus: .usage)
        case .other:
            throw UserError("\(recipe) is not a regular file", hint: usage, exitStatus: .usage)
        case .missing:
            let where_ = directory == "." ? "the current directory" : "directory \(directory)"
            throw UserError(
                "there is no PKGBUILD in \(where_)",
                hint: "name a recipe of another name: `pkgsandbox build FILE`", exitStatus: .usage)
        }
    }
}
