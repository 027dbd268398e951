/// What a value without quotation marks stands for.
enum TOMLWord {
    /// Why a word is no value.
    struct Refusal: Error {
        var message: String
    }

    /// The value that `word` stands for.
    static func node(of word: ArraySlice<UInt8>) throws(Refusal) -> TOMLNode {
        let name = String(decoding: word, as: UTF8.self)
        switch name {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": return .float
        default: break
        }
        if let kind = dateKind(of: word) { return .other(kind) }
        if let node = try number(of: word) { return node }
        switch name.lowercased() {
        case "true", "false": throw Refusal(message: "write \(name.lowercased()), not \(name)")
        case _ where looksLikeNumber(word):
            throw Refusal(message: "\(name.quoted) is neither a number nor a date")
        default:
            throw Refusal(
                message: "\(name.quoted) is no value: a string needs quotation marks")
        }
    }

    // MARK: Numbers

    /// The number in `digits`, which are nothing but digits; nil also where it does not fit.
    static func number(_ digits: ArraySlice<UInt8>, radix: Int = 10) -> Int? {
        guard !digits.isEmpty else { return nil }
        var result = 0
        for byte in digits {
            guard let value = digitValue(byte), value < radix else { return nil }
            let (product, overflow) = result.multipliedReportingOverflow(by: radix)
            // Downwards, where there is room for one number more.
            let (sum, carry) = product.subtractingReportingOverflow(value)
            if overflow || carry { return nil }
            result = sum
        }
        return result == .min ? nil : -result
    }

    /// The integer or float; nil if the word is neither.
    private static func number(of word: ArraySlice<UInt8>) throws(Refusal) -> TOMLNode? {
        if word.first == UInt8(ascii: "0"), let radix = radix(of: word.dropFirst().first) {
            guard let digits = withoutUnderscores(word.dropFirst(2), radix: radix) else {
                return nil
            }
            guard let value = number(digits[...], radix: radix) else { throw tooLarge(word) }
            return .integer(value)
        }
        let isNegative = word.first == UInt8(ascii: "-")
        let unsigned = isNegative || word.first == UInt8(ascii: "+") ? word.dropFirst() : word
        if let digits = withoutUnderscores(unsigned, radix: 10) {
            try refuseLeadingZero(digits[...], of: word)
            // By way of the text, because the least number has no positive counterpart.
            let text = (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
            guard let value = Int(text) else { throw tooLarge(word) }
            return .integer(value)
        }
        return try isFloat(unsigned, of: word) ? .float : nil
    }

    /// `digits[.digits][e[sign]digits]`.
    private static func isFloat(
        _ unsigned: ArraySlice<UInt8>, of word: ArraySlice<UInt8>
    ) throws(Refusal) -> Bool {
        let parts = unsigned.split(maxSplits: 1, omittingEmptySubsequences: false) {
            $0 | 0x20 == UInt8(ascii: "e")
        }
        if parts.count == 2 {
            let hasSign =
                parts[1].first == UInt8(ascii: "-") || parts[1].first == UInt8(ascii: "+")
            let digits = parts[1].dropFirst(hasSign ? 1 : 0)
            guard withoutUnderscores(digits, radix: 10) != nil else { return false }
        }
        let sides = parts[0].split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.allSatisfy({ withoutUnderscores($0, radix: 10) != nil }) else { return false }
        try refuseLeadingZero(sides[0], of: word)
        return true
    }

    /// `text` without underscores, if it is digits with single underscores between them.
    private static func withoutUnderscores(
        _ text: ArraySlice<UInt8>, radix: Int
    ) -> [UInt8]? {
        let groups = text.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        let isGood = groups.allSatisfy { group in
            !group.isEmpty && group.allSatisfy { (digitValue($0) ?? radix) < radix }
        }
        return isGood ? Array(groups.joined()) : nil
    }

    private static func refuseLeadingZero(
        _ digits: ArraySlice<UInt8>, of word: ArraySlice<UInt8>
    ) throws(Refusal) {
        guard digits.count > 1, digits.first == UInt8(ascii: "0") else { return }
        let name = String(decoding: word, as: UTF8.self)
        throw Refusal(
            message: "\(name.quoted) begins with a zero: an octal number is written 0o755")
    }

    private static func tooLarge(_ word: ArraySlice<UInt8>) -> Refusal {
        Refusal(message: "\(String(decoding: word, as: UTF8.self).quoted) does not fit in 64 bits")
    }

    private static func radix(of letter: UInt8?) -> Int? {
        switch letter {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
    }

    private static func digitValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// Whether `byte` is one of 0 to 9.
    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func looksLikeNumber(_ word: ArraySlice<UInt8>) -> Bool {
        word.first.map { isDigit($0) || "+-.".utf8.contains($0) } ?? false
    }

    // MARK: Dates

    /// Whether `word` is `YYYY-MM-DD`, of a day that exists.
    static func isDate(_ word: ArraySlice<UInt8>) -> Bool {
        guard let fields = fields(of: word, like: "0000-00-00") else { return false }
        let (year, month, day) = (fields[0], fields[1], fields[2])
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days =
            switch month {
            case 2: isLeapYear ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        return (1...12).contains(month) && (1...days).contains(day)
    }

    /// What sort of date or time `word` is (RFC 3339); nil if it is none.
    private static func dateKind(of word: ArraySlice<UInt8>) -> String? {
        if isTime(word) { return "a time" }
        guard isDate(word.prefix(10)) else { return nil }
        let rest = word.dropFirst(10)
        guard let separator = rest.first else { return "a date" }
        guard "Tt ".utf8.contains(separator) else { return nil }
        return isTime(withoutOffset(rest.dropFirst())) ? "a date and time" : nil
    }

    /// `HH:MM:SS`, with a fraction or not.
    private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
        guard let fields = fields(of: word.prefix(8), like: "00:00:00"),
            fields[0] < 24, fields[1] < 60, fields[2] <= 60
        else { return false }
        let fraction = word.dropFirst(8)
        guard let point = fraction.first else { return true }
        return point == UInt8(ascii: ".") && fraction.count > 1
            && fraction.dropFirst().allSatisfy(isDigit)
    }

    /// `time` without `Z` or `+HH:MM`.
    private static func withoutOffset(_ time: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if let last = time.last, last | 0x20 == UInt8(ascii: "z") { return time.dropLast() }
        let offset = time.suffix(6)
        guard let sign = offset.first, "+-".utf8.contains(sign),
            let fields = fields(of: offset.dropFirst(), like: "00:00"), fields[0] < 24,
            fields[1] < 60
        else { return time }
        return time.dropLast(6)
    }

    /// The numbers in `word`, which has digits where `shape` has zeros and the same characters
    /// elsewhere.
    private static func fields(of word: ArraySlice<UInt8>, like shape: StaticString) -> [Int]? {
        guard word.count == shape.utf8CodeUnitCount else { return nil }
        var fields = [0]
        for (offset, byte) in word.enumerated() {
            let expected = shape.utf8Start[offset]
            if expected == UInt8(ascii: "0") {
                guard isDigit(byte) else { return nil }
                fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int(byte - expected)
            } else {
                guard byte == expected else { return nil }
                fields.append(0)
            }
        }
        return fields
    }
}

extension TOMLNode {
    /// No profile has a use for one, so its value is not kept.
    fileprivate static var float: TOMLNode { .other("a floating-point number") }
}
