internal import LinuxKernel
internal import SandboxModel

/// Gives cache directories that cannot be made where a tool wants them a place in scratch space.
final class CacheRedirector {
    /// A cache that was given scratch space.
    struct Redirect {
        var path: String
        var rule: Int
        /// Below the cache directory of the host.
        var scratch: String
        var count: Int
    }

    private let rules: [CacheRule]
    private let patterns: [(pattern: GlobPattern, rule: Int)]
    private let materialiser: Materialiser
    private let privateArea: SharedDescriptor
    private let key: String
    private(set) var redirects: [String: Redirect] = [:]

    init(
        rules: [CacheRule], key: String, materialiser: Materialiser, privateArea: SharedDescriptor
    ) {
        self.rules = rules
        self.key = key
        self.materialiser = materialiser
        self.privateArea = privateArea
        // The profile's loader has refused patterns that do not compile.
        patterns = rules.enumerated().flatMap { index, rule in
            rule.paths.compactMap { text in
                guard let pattern = try? GlobPattern(text) else { return nil }
                return (pattern, index)
            }
        }
    }

    /// The cache directory that a path is, or is in, and the rule that says so.
    func cache(of path: [UInt8]) -> (path: [UInt8], rule: Int)? {
        for (pattern, rule) in patterns {
            if let length = pattern.firstMatchedPrefix(path) {
                return (Array(path[..<length]), rule)
            }
        }
        return nil
    }

    /// Whether a path as a caller wrote it looks like a cache directory itself.
    func looksLikeCache(_ requested: [UInt8]) -> Bool {
        let absolute =
            requested.first == UInt8(ascii: "/") ? requested : [UInt8(ascii: "/")] + requested
        return patterns.contains { $0.pattern.matches(absolute) }
    }

    /// Makes the cache directory in scratch space and binds it where it is wanted.
    ///
    /// - Parameter path: of the cache directory, absolute, without symbolic links as far as it exists.
    /// - Returns: the redirect; also one that was there before.
    func redirect(_ path: String, rule: Int) throws(SystemError) -> (Redirect, isNew: Bool) {
        if var known = redirects[path] {
            known.count += 1
            redirects[path] = known
            return (known, false)
        }
        let scratch = "\(rules[rule].cache)/\(key)/\(Self.fileName(for: path))"
        let tree = try scratchTree(scratch)
        switch PathQuestion.status(Array(path.utf8) + [0], follow: false)?.kind {
        case .directory: break
        case nil: try makeDirectories(path)
        default: throw SystemError(call: "redirect", path: path, errno: ErrorNumber.notDirectory)
        }
        try materialiser.mount(tree, at: path)
        let redirect = Redirect(path: path, rule: rule, scratch: scratch, count: 1)
        redirects[path] = redirect
        return (redirect, true)
    }

    /// Makes a directory and its missing parents through init's own mount of the nearest directory
    /// that exists.
    private func makeDirectories(_ path: String) throws(SystemError) {
        var existing = path[...]
        while let slash = existing.lastIndex(of: "/") {
            existing = existing[..<slash]
            let parent = existing.isEmpty ? "/" : String(existing)
            if PathQuestion.status(Array(parent.utf8) + [0])?.kind == .directory { break }
        }
        let parent = existing.isEmpty ? "/" : String(existing)
        let layer = try materialiser.layer(at: parent)
        var relative = "."
        for component in path.dropFirst(existing.count).split(separator: "/") {
            relative += "/" + component
            try Files.makeDirectory(
                relative, mode: 0o755, in: layer.writable.number, existing: true)
        }
    }

    private func scratchTree(_ scratch: String) throws(SystemError) -> Descriptor {
        // Only the last directory is ever shown to a build: nothing can have been put in the
        // place of the ones above it.
        var path = "cache"
        for component in scratch.split(separator: "/") {
            path += "/" + component
            try Files.makeDirectory(path, mode: 0o700, in: privateArea.number, existing: true)
        }
        let directory = try Descriptor.open(
            path, FileFlags.pathOnly | FileFlags.directory | FileFlags.noFollow,
            in: privateArea.number)
        let tree = try cloneTree(of: directory.number)
        try setMountAttributes(tree.number, set: [.noSetuid, .noDevices], recursive: false)
        return tree
    }

    /// A name for a path, one to one: `/` becomes `+`, and `+` and `%` are percent-encoded.
    static func fileName(for path: String) -> String {
        var name = ""
        for byte in path.utf8.drop(while: { $0 == UInt8(ascii: "/") }) {
            switch byte {
            case UInt8(ascii: "/"): name += "+"
            case UInt8(ascii: "+"): name += "%2B"
            case UInt8(ascii: "%"): name += "%25"
            case 0x21..<0x7f: name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "%" + String(byte, radix: 16, uppercase: true)
            }
        }
        // File names end at 255 bytes; what is cut is replaced by a hash (FNV-1a) of the whole.
        guard name.utf8.count > 200 else { return name }
        let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "\(name.prefix(180))~\(String(hash, radix: 16))"
    }
}
