/// A path taken apart as the kernel does it: the parent directory and the last component.
struct PathName {
    enum Last { case normal, dot, dotDot, root }

    /// The parent directory, as a path that ends with `/.` and a zero byte.
    var parent: [UInt8]
    var last: Last
    /// The path without slashes at its end, ending with a zero byte.
    var withoutSlash: [UInt8]
    var hasTrailingSlash: Bool
    /// The last component.
    var name: [UInt8]

    /// - Parameter path: ends with a zero byte, and holds a slash.
    init(_ path: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var end = path.count - 1
        while end > 0, path[end - 1] == slash { end -= 1 }
        hasTrailingSlash = end < path.count - 1
        var start = end
        while start > 0, path[start - 1] != slash { start -= 1 }
        name = Array(path[start..<end])
        parent = Array(path[..<start]) + (start == 0 ? [dot, slash, dot, 0] : [dot, 0])
        withoutSlash = Array(path[..<end]) + [0]
        switch name {
        case []:
            last = .root
            parent = [slash, dot, 0]
            withoutSlash = [slash, 0]
        case [dot]: last = .dot
        case [dot, dot]: last = .dotDot
        default: last = .normal
        }
    }
}
