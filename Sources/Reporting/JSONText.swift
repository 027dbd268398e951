internal import FoundationEssentials
internal import SandboxModel

/// JSON that can be shown on a terminal.
enum JSONText {
    /// A value as JSON: keys sorted, pretty printed, ended by a newline.
    ///
    /// - Throws: A `UserError` if a number in it is not finite.
    static func encode(_ value: some Encodable) throws(UserError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(value)
            return escaped(String(decoding: data, as: UTF8.self)) + "\n"
        } catch {
            throw UserError(
                "cannot write the report as JSON: \(error)", exitStatus: .usage)
        }
    }

    /// Escapes what JSON allows in a string but a terminal acts on. Such characters occur in strings
    /// only, so each can be replaced where it stands.
    private static func escaped(_ json: String) -> String {
        var result = String.UnicodeScalarView()
        result.reserveCapacity(json.utf8.count)
        for scalar in json.unicodeScalars {
            if scalar == "\n" || !Escaping.isUnsafe(scalar) {
                result.append(scalar)
                continue
            }
            for unit in UTF16.encode(scalar) ?? EncodedScalar() {
                let digits = String(unit, radix: 16)
                let padding = String(repeating: "0", count: 4 - digits.count)
                result.append(contentsOf: ("\\u" + padding + digits).unicodeScalars)
            }
        }
        return String(result)
    }

    private typealias EncodedScalar = UTF16.EncodedScalar
}
