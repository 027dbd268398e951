internal import CLinuxShims
internal import Glibc

/// The machine and the caller, as the kernel and a few files tell.
public enum HostSystem {
    /// See uname(2): the kernel's release, the machine's architecture.
    public static func kernel() -> (release: String, architecture: String) {
        var names = utsname()
        uname(&names)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return (text(names.release), text(names.machine))
    }

    /// The caller's environment; a name without `=` is left out.
    public static func environment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                result[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }

    /// The arguments of this program as bytes, without its own name.
    public static func arguments() -> [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { place in
            CommandLine.unsafeArgv[place].map { text in
                Array(UnsafeBufferPointer(start: text, count: strlen(text))).map {
                    UInt8(bitPattern: $0)
                }
            }
        }
    }

    /// How many processors this process may use; see sched_getaffinity(2).
    public static func processors() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// A line of `/etc/passwd`: the program is linked statically, without the name service switch.
    public struct User: Sendable, Equatable {
        /// The login name.
        public var name: String
        /// The user's number.
        public var uid: UInt32
        /// The number of the main group.
        public var gid: UInt32
        /// The home directory.
        public var home: String
    }

    /// The user of a name, or with a number; nil where the file does not have it.
    public static func user(_ nameOrNumber: String) -> User? {
        guard let bytes = try? Files.read("/etc/passwd") else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]),
                fields[0] == nameOrNumber || fields[2] == nameOrNumber
            else { continue }
            return User(name: String(fields[0]), uid: uid, gid: gid, home: String(fields[5]))
        }
        return nil
    }
}
