/// Sizes and durations as people write them, in profiles and on the command line.
public enum Quantity {
    /// `"8g"`: a whole number of bytes, with k, m, g or t for powers of 1024, in either case.
    ///
    /// - Returns: the bytes; nil if the text is anything else, is zero or is too large.
    public static func bytes(_ text: String) -> Int? {
        parse(text, units: ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40])
    }

    /// `"90m"`: a whole number of seconds, or with m, h or d one of minutes, hours or days.
    ///
    /// - Returns: the seconds; nil if the text is anything else, is zero or is too large.
    public static func seconds(_ text: String) -> Int? {
        parse(text, units: ["s": 1, "m": 60, "h": 3600, "d": 86_400])
    }

    /// `"12"`: a positive whole number.
    public static func count(_ text: String) -> Int? {
        parse(text, units: [:])
    }

    private static func parse(_ text: String, units: [Character: Int]) -> Int? {
        var digits = text[...]
        var factor = 1
        if let unit = text.last.flatMap({ units[Character($0.lowercased())] }) {
            factor = unit
            digits = digits.dropLast()
        }
        // Int takes a sign as well.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
        else {
            return nil
        }
        let (result, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        return isTooLarge || result == 0 ? nil : result
    }
}
