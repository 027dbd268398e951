/// A glob over a path, compiled once.
///
/// - `*` matches any run of characters within one component, `?` one character, `[a-z]` one of a
///   set and `[!a-z]` one not in it (ASCII only); `\` takes the next character literally.
/// - `**` as a whole component matches any number of components, also none: `/usr/**` matches
///   `/usr` as well as everything below it.
/// - A glob that starts with `/` matches absolute paths, one that starts with `**` any path, every
///   other one relative paths and plain names. A leading dot is nothing special.
///
/// Matching does not allocate, and takes time in proportion to the lengths of path and glob at
/// worst, whatever they are: the process that watches a build asks on every write-capable call.
public struct GlobPattern: Sendable, Equatable {
    /// The glob as it was written.
    public let source: String

    /// What one piece of a component matches.
    enum Token: Sendable, Equatable {
        case byte(UInt8)
        case anyCharacter
        case anyRun
        /// One ASCII character whose bit is set, or with `inverted` any character whose is not.
        case set(low: UInt64, high: UInt64, inverted: Bool)
    }

    /// One component: its tokens, or `**`.
    struct Segment: Sendable, Equatable {
        var isAnyDepth: Bool
        var tokens: Range<Int>
    }

    let tokens: [Token]
    let segments: [Segment]
    let isAbsolute: Bool

    /// The most components a glob may have; one bit of a word stands for each, one for the end.
    static let maximumSegments = 63

    /// Compiles `source`.
    ///
    /// - Throws: `GlobSyntaxError` for a glob that is empty or malformed, or can never match.
    public init(_ source: String) throws(GlobSyntaxError) {
        var compiler = GlobCompiler(Array(source.utf8))
        try compiler.compile()
        self.source = source
        tokens = compiler.tokens
        segments = compiler.segments
        isAbsolute = compiler.isAbsolute
    }

    /// Whether the last component is `**`, so that whole trees match from their root on.
    public var matchesWholeTrees: Bool { segments.last?.isAnyDepth ?? false }

    /// Whether the whole of `path` matches.
    public func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        match(path, stopAtPrefix: false) != nil
    }

    /// Whether the whole of `path` matches.
    public func matches(_ path: [UInt8]) -> Bool {
        path.withUnsafeBufferPointer { matches($0) }
    }

    /// Whether the whole of `path`, in UTF-8, matches.
    public func matches(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { matches($0) }
    }

    /// The length in bytes of the shortest prefix of `path`, cut where a component ends, that
    /// matches the whole glob: for `**/.cache` and `/usr/x/.cache/a.tmp` that of `/usr/x/.cache`.
    /// nil if no prefix does.
    public func firstMatchedPrefix(_ path: UnsafeBufferPointer<UInt8>) -> Int? {
        match(path, stopAtPrefix: true)
    }

    /// The same for an array.
    public func firstMatchedPrefix(_ path: [UInt8]) -> Int? {
        path.withUnsafeBufferPointer { match($0, stopAtPrefix: true) }
    }
}

/// Why a glob cannot be used.
public struct GlobSyntaxError: Error, Sendable, Equatable {
    /// Lower case, no full stop, to stand after the glob itself.
    public var message: String

    /// Creates the error from its message.
    public init(_ message: String) { self.message = message }
}

// MARK: - Matching

extension GlobPattern {
    private static let slash = UInt8(ascii: "/")

    /// Walks over the path once, with the set of segments that may come next as bits of a word.
    /// Answers with the length of the matched part, which is all of `path` unless `stopAtPrefix`.
    private func match(_ path: UnsafeBufferPointer<UInt8>, stopAtPrefix: Bool) -> Int? {
        let startsAtRoot = path.first == Self.slash
        let startsAnyDepth = segments.first?.isAnyDepth ?? false
        guard startsAtRoot == isAbsolute || (startsAnyDepth && !isAbsolute) else { return nil }

        let end = UInt64(1) << UInt64(segments.count)
        var active = skippingAnyDepth(1)
        if stopAtPrefix && startsAtRoot && active & end != 0 { return 1 }

        var position = 0
        while true {
            while position < path.count && path[position] == Self.slash { position += 1 }
            if position == path.count { return active & end != 0 ? path.count : nil }
            var componentEnd = position + 1
            while componentEnd < path.count && path[componentEnd] != Self.slash {
                componentEnd += 1
            }
            active = step(
                active, over: UnsafeBufferPointer(rebasing: path[position..<componentEnd]))
            if active == 0 { return nil }
            if stopAtPrefix && active & end != 0 { return componentEnd }
            position = componentEnd
        }
    }

    /// The segments that may come after `component` when those in `active` may come before it.
    private func step(_ active: UInt64, over component: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var next: UInt64 = 0
        var rest = active & ~(UInt64(1) << UInt64(segments.count))
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            let bit = UInt64(1) << UInt64(index)
            rest ^= bit
            if segments[index].isAnyDepth {
                next |= skippingAnyDepth(bit)
            } else if matches(component, segments[index].tokens) {
                next |= skippingAnyDepth(bit << 1)
            }
        }
        return next
    }

    /// Adds what follows a `**` that matches no component at all.
    private func skippingAnyDepth(_ bit: UInt64) -> UInt64 {
        var result = bit
        var index = bit.trailingZeroBitCount
        while index < segments.count && segments[index].isAnyDepth {
            index += 1
            result |= UInt64(1) << UInt64(index)
        }
        return result
    }

    /// Whether one component matches. Only the latest `*` is ever tried again, which is enough
    /// because whatever an earlier one could give up, the latest can take.
    private func matches(_ name: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        var position = 0
        var token = range.lowerBound
        var retry: (token: Int, position: Int)?
        while true {
            if token < range.upperBound, tokens[token] == .anyRun {
                retry = (token + 1, position)
                token += 1
            } else if token == range.upperBound && position == name.count {
                return true
            } else if token < range.upperBound, let length = consume(tokens[token], name, position)
            {
                token += 1
                position += length
            } else if let latest = retry, latest.position < name.count {
                position = latest.position + characterLength(name, latest.position)
                token = latest.token
                retry = (token, position)
            } else {
                return false
            }
        }
    }

    /// How many bytes of `name` from `position` on `token` takes; nil if it does not match there.
    private func consume(
        _ token: Token, _ name: UnsafeBufferPointer<UInt8>, _ position: Int
    ) -> Int? {
        guard position < name.count else { return nil }
        let byte = name[position]
        switch token {
        case .byte(let wanted): return byte == wanted ? 1 : nil
        case .anyRun: return nil
        case .anyCharacter: return characterLength(name, position)
        case .set(let low, let high, let inverted):
            let isMember =
                byte < 64
                ? low >> UInt64(byte) & 1 == 1
                : byte < 128 ? high >> UInt64(byte - 64) & 1 == 1 : false
            return isMember != inverted ? characterLength(name, position) : nil
        }
    }

    /// The bytes of the UTF-8 character at `position`; 1 for a byte that starts none.
    private func characterLength(_ name: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        guard name[position] >= 0xC0 else { return 1 }
        var end = position + 1
        while end < name.count && end < position + 4 && name[end] & 0xC0 == 0x80 { end += 1 }
        return end - position
    }
}
