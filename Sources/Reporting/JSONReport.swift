internal import FoundationEssentials
public import SandboxModel

/// The JSON form of a report, as `docs/report.schema.json` describes it.
public enum JSONReport {
    /// The version of the contract that is written and read.
    public static let schemaVersion = 1

    /// The report as JSON: keys sorted, pretty printed, ended by a newline.
    ///
    /// Control and format characters stand as `\u….`, so that the text can be shown on a terminal.
    ///
    /// - Throws: A `UserError` if a number of the report is not finite.
    public static func encode(_ report: RunReport) throws(UserError) -> String {
        try JSONText.encode(report)
    }

    /// Reads a report.
    ///
    /// Fields that are unknown are ignored, fields that were added to the contract may be missing.
    ///
    /// - Parameters:
    ///   - bytes: The content of the file.
    ///   - name: The file, for messages.
    /// - Throws: A `UserError` with exit status 2 that names the file and the place in it.
    public static func decode(_ bytes: [UInt8], from name: String) throws(UserError) -> RunReport {
        let decoder = JSONDecoder()
        let data = Data(bytes)
        do {
            let version = try decoder.decode(Version.self, from: data).schemaVersion
            guard version == schemaVersion else {
                throw UserError(
                    "cannot read report \(name): its schema version is \(version)",
                    cause: "this pkgsandbox reads version \(schemaVersion)",
                    hint: version > schemaVersion ? "use a newer pkgsandbox" : nil,
                    exitStatus: .usage)
            }
            return try decoder.decode(RunReport.self, from: data)
        } catch let error as UserError {
            throw error
        } catch {
            throw UserError(
                "cannot read report \(name): \(summary(error, in: bytes))",
                hint: "`pkgsandbox build --report json=FILE` writes one", exitStatus: .usage)
        }
    }

    private struct Version: Decodable {
        var schemaVersion: Int
    }

    /// What is wrong, and where.
    private static func summary(_ error: any Error, in bytes: [UInt8]) -> String {
        guard let error = error as? DecodingError else { return String(describing: error) }
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            guard let fault = JSONSyntax.firstFault(in: bytes) else {
                return "a number in it is no whole number, or out of range"
            }
            return "not JSON: line \(fault.line), column \(fault.column): \(fault.message)"
        case .dataCorrupted(let context):
            return "\(place(context.codingPath)): \(sentence(context.debugDescription))"
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            return "\(place(context.codingPath)) is not \(name(of: type))"
        case .valueNotFound(_, let context):
            return "\(place(context.codingPath)) is null"
        @unknown default:
            return String(describing: error)
        }
    }

    /// JSON's name for a type of the report.
    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type: "a whole number"
        case is Double.Type: "a number"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }

    /// A place in the JSON text: `writeFailures[3].errno`.
    private static func place(_ path: [any CodingKey]) -> String {
        var result = ""
        for key in path {
            if let index = key.intValue {
                result += "[\(index)]"
            } else {
                result += (result.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return result.isEmpty ? "the report" : result
    }

    /// Lower case, no full stop.
    private static func sentence(_ text: String) -> String {
        var text = Substring(text)
        while text.last == "." { text.removeLast() }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
