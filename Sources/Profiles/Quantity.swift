/// Sizes and durations as people write them, in profiles and on the command line.
public enum Quantity {
    /// `"8g"`: a whole number of bytes, with k, m, g or t for powers of 1024, in either case.
    ///
    /// - Returns: the bytes; nil if the text is anything else, is zero or is too large.
    public static func bytes(_ text: String) -> Int? {
        parse(text) { unit in
            switch unit {
            case "k": 1 << 10
            case "m": 1 << 20
            case "g": 1 << 30
            case "t": 1 << 40
            default: nil
            }
        }
    }

    /// `"90m"`: a whole number of seconds, or with m, h or d one of minutes, hours or days.
    ///
    /// - Returns: the seconds; nil if the text is anything else, is zero or is too large.
    public static func seconds(_ text: String) -> Int? {
        parse(text) { unit in
            switch unit {
            case "s": 1
            case "m": 60
            case "h": 3600
            case "d": 86_400
            default: nil
            }
        }
    }

    /// `"12"`: a positive whole number.
    public static func count(_ text: String) -> Int? {
        parse(text) { _ in nil }
    }

    private static func parse(_ text: String, factor: (Unicode.Scalar) -> Int?) -> Int? {
        var digits = text.utf8[...]
        var unit = 1
        // In either case: the bit is what tells a small letter.
        if let last = digits.last, let found = factor(Unicode.Scalar(last | 0x20)) {
            unit = found
            digits = digits.dropLast()
        }
        // Int takes a sign as well.
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(Substring(digits))
        else { return nil }
        let (result, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        return isTooLarge || result == 0 ? nil : result
    }
}
