/// Turns the text of a glob into the tokens and segments of a `GlobPattern`.
struct GlobCompiler {
    private let text: [UInt8]
    private var position = 0
    private(set) var tokens: [GlobPattern.Token] = []
    private(set) var segments: [GlobPattern.Segment] = []
    private(set) var isAbsolute = false

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func compile() throws(GlobSyntaxError) {
        guard !text.isEmpty else { throw GlobSyntaxError("is empty") }
        guard !text.contains(0) else { throw GlobSyntaxError("holds a NUL character") }
        isAbsolute = text[0] == UInt8(ascii: "/")
        if isAbsolute { position = 1 }
        // Otherwise the glob is "/" alone: the root, no segments.
        guard position < text.count else { return }
        while true {
            try compileSegment()
            guard position < text.count else { return }
            position += 1
        }
    }

    /// One component, up to the next slash or the end.
    private mutating func compileSegment() throws(GlobSyntaxError) {
        let first = tokens.count
        let start = position
        while position < text.count && text[position] != UInt8(ascii: "/") {
            try compileToken()
        }
        switch text[start..<position] {
        case []: throw GlobSyntaxError("has an empty component")
        case [UInt8(ascii: ".")], [UInt8(ascii: "."), UInt8(ascii: ".")]:
            throw GlobSyntaxError("has a component . or .., which no resolved path has")
        case [UInt8(ascii: "*"), UInt8(ascii: "*")]:
            tokens.removeSubrange(first...)
            // Two in a row mean the same as one.
            guard segments.last?.isAnyDepth != true else { return }
            try append(GlobPattern.Segment(isAnyDepth: true, tokens: first..<first))
        default:
            guard !hasAdjacentRuns(from: first) else {
                throw GlobSyntaxError("has ** beside other characters; it must stand alone")
            }
            try append(GlobPattern.Segment(isAnyDepth: false, tokens: first..<tokens.count))
        }
    }

    private mutating func append(_ segment: GlobPattern.Segment) throws(GlobSyntaxError) {
        guard segments.count < GlobPattern.maximumSegments else {
            throw GlobSyntaxError("has more than \(GlobPattern.maximumSegments) components")
        }
        segments.append(segment)
    }

    private func hasAdjacentRuns(from first: Int) -> Bool {
        zip(tokens[first...], tokens[first...].dropFirst()).contains {
            $0 == .anyRun && $1 == .anyRun
        }
    }

    private mutating func compileToken() throws(GlobSyntaxError) {
        let byte = text[position]
        position += 1
        switch byte {
        case UInt8(ascii: "*"): tokens.append(.anyRun)
        case UInt8(ascii: "?"): tokens.append(.anyCharacter)
        case UInt8(ascii: "["): try compileSet()
        case UInt8(ascii: "{"), UInt8(ascii: "}"):
            throw GlobSyntaxError("has a brace: write one glob for each alternative")
        case UInt8(ascii: "\\"):
            guard position < text.count, text[position] != UInt8(ascii: "/") else {
                throw GlobSyntaxError("has a backslash with nothing to escape")
            }
            tokens.append(.byte(text[position]))
            position += 1
        default: tokens.append(.byte(byte))
        }
    }

    /// A set, from after its `[` to after its `]`.
    private mutating func compileSet() throws(GlobSyntaxError) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        let inverted =
            position < text.count
            && [UInt8(ascii: "!"), UInt8(ascii: "^")].contains(text[position])
        if inverted { position += 1 }
        var isFirst = true
        while true {
            guard position < text.count, text[position] != UInt8(ascii: "/") else {
                throw GlobSyntaxError("has a [ without ]")
            }
            // A ] right at the start is a member.
            if text[position] == UInt8(ascii: "]") && !isFirst { break }
            isFirst = false
            let lower = try setMember()
            var upper = lower
            if position + 1 < text.count, text[position] == UInt8(ascii: "-"),
                text[position + 1] != UInt8(ascii: "]")
            {
                position += 1
                upper = try setMember()
            }
            guard lower <= upper else { throw GlobSyntaxError("has a range that runs backwards") }
            for member in lower...upper {
                if member < 64 {
                    low |= 1 << UInt64(member)
                } else {
                    high |= 1 << UInt64(member - 64)
                }
            }
        }
        position += 1
        tokens.append(.set(low: low, high: high, inverted: inverted))
    }

    private mutating func setMember() throws(GlobSyntaxError) -> UInt8 {
        if text[position] == UInt8(ascii: "\\"), position + 1 < text.count { position += 1 }
        let byte = text[position]
        guard byte < 128 else { throw GlobSyntaxError("has a set with a non-ASCII character") }
        guard byte != UInt8(ascii: "/") else { throw GlobSyntaxError("has a [ without ]") }
        position += 1
        return byte
    }
}
