internal import LinuxKernel

/// Turns a path by which init reaches a file into the one the kernel knows it by.
enum PathResolver {
    /// Whether a path of `/proc` is one of init's own, which init may look through and nobody else.
    static func belongsToInit(_ path: [UInt8]) -> Bool {
        path.split(separator: UInt8(ascii: "/")).dropFirst().first.map(Array.init)
            == [UInt8(ascii: "1")]
    }

    /// Absolute, symbolic links resolved as far as the path exists; what does not exist is added as
    /// written.
    ///
    /// - Parameters:
    ///   - path: ends with a zero byte.
    ///   - follow: whether a symbolic link at the end stands for what it points to.
    static func resolve(_ path: [UInt8], follow: Bool) -> [UInt8] {
        var missing: [[UInt8]] = []
        var current = path
        var follow = follow
        // As many as a path can have components.
        for _ in 0..<2048 {
            if case .descriptor(let file) = PathQuestion.open(current, follow: follow) {
                var result = kernelPath(of: file.number)
                for name in missing.reversed() {
                    if result.last != UInt8(ascii: "/") { result.append(UInt8(ascii: "/")) }
                    result += name
                }
                return result
            }
            let name = PathName(current)
            guard !name.name.isEmpty else { break }
            // A parent ends with "/.": that dot is no component of the caller's.
            if name.last != .dot { missing.append(name.name) }
            let parent =
                name.last == .dot ? Array(name.parent.dropLast(2)) + [0] : name.parent
            guard parent.count < current.count || name.last != .dot else { break }
            current = parent
            follow = true
        }
        return Array(path.dropLast())
    }
}
