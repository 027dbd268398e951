/// Text made of bytes that need not be UTF-8: paths, arguments, names.
public enum ByteText {
    /// The bytes as text; those that are not UTF-8 are kept percent-encoded, `%FF`.
    public static func decode(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var result = ""
        var pending: [UInt8] = []
        func flush() {
            result += String(decoding: pending, as: UTF8.self)
            pending.removeAll(keepingCapacity: true)
        }
        var rest = bytes[...]
        while let first = rest.first {
            let length = sequenceLength(first)
            let candidate = rest.prefix(max(1, length))
            if length > 0, candidate.count == length,
                String(validating: candidate, as: UTF8.self) != nil
            {
                pending += candidate
                rest = rest.dropFirst(length)
            } else {
                flush()
                result += "%" + hexadecimal(first)
                rest = rest.dropFirst()
            }
        }
        flush()
        return result
    }

    private static func sequenceLength(_ first: UInt8) -> Int {
        switch first {
        case 0..<0x80: 1
        case 0xc2..<0xe0: 2
        case 0xe0..<0xf0: 3
        case 0xf0..<0xf5: 4
        default: 0
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count == 1 ? "0" + text : text
    }
}
