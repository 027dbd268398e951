internal import SandboxModel

/// What each kind of value has to look like. Every check answers with the problem, or nil.
enum Checks {
    typealias Problem = TableReader.Problem

    static func path(_ text: String) -> Problem? {
        guard text.first == "/" else {
            let hint =
                text.first == "~"
                ? "home directories of the host are not shown" : "write \("/\(text)".quoted)"
            return Problem(
                "\(text.quoted) is not an absolute path", hint: text.isEmpty ? nil : hint)
        }
        if hasControlCharacters(text) { return Problem("\(text.quoted) holds a control character") }
        if text == "/" {
            return Problem("\"/\" is the whole host", hint: "name the directories that are needed")
        }
        let components = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if components.contains("..") || components.contains(".") {
            return Problem("\(text.quoted) has a component . or ..")
        }
        if components.contains("") { return Problem("\(text.quoted) has an empty component") }
        return nil
    }

    static func pathGlob(_ text: String) -> Problem? {
        if let problem = glob(text) { return problem }
        guard text.hasPrefix("/") || text.hasPrefix("**") else {
            return Problem(
                "glob \(text.quoted) matches no absolute path", hint: "write \("**/\(text)".quoted)"
            )
        }
        return nil
    }

    /// A glob for a cache, which is one directory and not a whole tree.
    static func cacheGlob(_ text: String) -> Problem? {
        if let problem = pathGlob(text) { return problem }
        guard let glob = try? GlobPattern(text), !glob.matchesWholeTrees, text != "/" else {
            return Problem(
                "glob \(text.quoted) matches whole trees",
                hint: "end it with the name of the cache's directory")
        }
        return nil
    }

    static func nameGlob(_ text: String) -> Problem? {
        if let problem = glob(text) { return problem }
        guard !text.contains("/") else {
            return Problem("glob \(text.quoted) is compared with names, which have no slash")
        }
        return nil
    }

    private static func glob(_ text: String) -> Problem? {
        do throws(GlobSyntaxError) {
            _ = try GlobPattern(text)
            return nil
        } catch {
            return Problem("glob \(text.quoted) \(error.message)")
        }
    }

    /// A name that may become part of a path: of a profile, a cache or a rule.
    static func identifier(_ text: String) -> Problem? {
        let isGood = consists(of: text, first: isAlphanumeric) {
            isAlphanumeric($0) || "._-".utf8.contains($0)
        }
        return isGood
            ? nil : Problem("\(text.quoted) must consist of letters, digits, dots and hyphens")
    }

    static func accountName(_ text: String) -> Problem? {
        if text == "root" {
            return Problem("a build does not run as root", hint: "use \"builder\"")
        }
        let isGood = consists(of: text, first: { isLowercase($0) || $0 == UInt8(ascii: "_") }) {
            isLowercase($0) || isDigit($0) || "_-".utf8.contains($0)
        }
        guard isGood && text.utf8.count <= 32 else {
            return Problem(
                "\(text.quoted) is no name for an account",
                hint: "up to 32 lower-case letters, digits, _ and -, a letter first")
        }
        return nil
    }

    static func accountNumber(_ number: Int) -> Problem? {
        // 2^32 - 1 is what the kernel's calls take for "leave it".
        guard (1...4_294_967_294).contains(number) else {
            return number == 0
                ? Problem("a build does not run as root", hint: "use 1000")
                : Problem("\(number) is not between 1 and 4294967294")
        }
        return nil
    }

    static func hostname(_ text: String) -> Problem? {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isGood = labels.allSatisfy { label in
            consists(of: label, first: isAlphanumeric) {
                isAlphanumeric($0) || $0 == UInt8(ascii: "-")
            }
                && label.last != "-"
        }
        guard isGood && text.utf8.count <= 64 else {
            return Problem(
                "\(text.quoted) is no host name", hint: "up to 64 letters, digits, hyphens and dots"
            )
        }
        return nil
    }

    static func device(_ text: String) -> Problem? {
        if text.hasPrefix("/dev/") {
            return Problem(
                "\(text.quoted) is a path", hint: "write \(String(text.dropFirst(5)).quoted)")
        }
        guard let problem = path("/" + text) else { return nil }
        return Problem("\(text.quoted) is no name in /dev", hint: problem.hint)
    }

    static func variableName(_ text: String) -> Problem? {
        let isGood = consists(of: text, first: { isLetter($0) || $0 == UInt8(ascii: "_") }) {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_")
        }
        guard isGood else { return Problem("\(text.quoted) is no name for a variable") }
        guard text != "HOME" else {
            return Problem("HOME is always the build's own home", hint: "see home in [identity]")
        }
        return nil
    }

    static func mode(_ number: Int) -> Problem? {
        guard (0...0o7777).contains(number) else {
            return Problem("\(number) is not between 0 and 0o7777")
        }
        // 1777 written without 0o is within the range, and never meant.
        guard number != 1777 && number != 755 && number != 700 else {
            return Problem("\(number) is decimal", hint: "write 0o\(number)")
        }
        return nil
    }

    static func temporarySize(_ text: String) -> Problem? {
        if text.last == "%", let percent = Int(text.dropLast()), (1...100).contains(percent) {
            return nil
        }
        if Quantity.bytes(text) != nil { return nil }
        return Problem("\(text.quoted) is no size", hint: "for example \"4g\" or \"50%\"")
    }

    /// One line of text for a person.
    static func sentence(_ text: String) -> Problem? {
        if text.isEmpty { return Problem("is empty") }
        return hasControlCharacters(text)
            ? Problem("must be one line without control characters") : nil
    }

    /// The value of a variable.
    static func variableValue(_ text: String) -> Problem? {
        text.utf8.contains(0) ? Problem("holds a NUL character") : nil
    }

    /// One of a few words.
    static func word(of words: [String]) -> (String) -> Problem? {
        { text in
            guard !words.contains(text) else { return nil }
            let near = nearest(to: text, in: words).map { "did you mean \($0.quoted)?" }
            return Problem(
                "unknown value \(text.quoted)",
                hint: near ?? "one of \(words.joined(separator: ", "))")
        }
    }

    // MARK: Characters

    private static func hasControlCharacters(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }

    private static func consists(
        of text: some StringProtocol, first: (UInt8) -> Bool, rest: (UInt8) -> Bool
    ) -> Bool {
        guard let start = text.utf8.first, first(start) else { return false }
        return text.utf8.dropFirst().allSatisfy(rest)
    }

    private static func isLowercase(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
