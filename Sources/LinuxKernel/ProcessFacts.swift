internal import CLinuxShims
internal import Glibc

/// What `/proc` says of a process; see proc(5). Every answer is nil or empty once it has gone.
public enum ProcessFacts {
    /// The identity of a process: a number alone can come to mean another one.
    public struct Identity: Sendable, Hashable {
        /// The process number.
        public var pid: Int32
        /// In clock ticks since boot.
        public var startTime: UInt64
    }

    /// Parent and start time, from `/proc/PID/stat`.
    public static func stat(of pid: Int32) -> (identity: Identity, parent: Int32)? {
        guard let text = content("/proc/\(pid)/stat", limit: 1024),
            // The command name is in parentheses and may hold anything: the last one ends it.
            let nameEnd = text.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = text[(nameEnd + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
            let start = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        return (Identity(pid: pid, startTime: start), parent)
    }

    /// The process that a thread belongs to.
    public static func threadGroup(of thread: Int32) -> Int32? {
        guard let text = content("/proc/\(thread)/status", limit: 512) else { return nil }
        let key = Array("Tgid:".utf8)
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: key) {
            let digits = line.dropFirst(key.count).filter { $0 >= 48 && $0 <= 57 }
            return Int32(String(decoding: digits, as: UTF8.self))
        }
        return nil
    }

    /// Whether O_PATH has opened a descriptor; see proc_pid_fdinfo(5).
    public static func isPathOnly(_ thread: Int32, _ descriptor: Int32) -> Bool {
        guard let text = content("/proc/\(thread)/fdinfo/\(descriptor)", limit: 256) else {
            return false
        }
        let key = Array("flags:".utf8)
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: key) {
            let digits = line.dropFirst(key.count).filter { $0 >= 48 && $0 <= 55 }
            let flags = Int32(String(decoding: digits, as: UTF8.self), radix: 8) ?? 0
            return flags & FileFlags.pathOnly != 0
        }
        return false
    }

    /// The argument vector, up to so many bytes.
    public static func arguments(of pid: Int32, limit: Int = 4096) -> [[UInt8]] {
        guard var text = content("/proc/\(pid)/cmdline", limit: limit) else { return [] }
        if text.last == 0 { text.removeLast() }
        if text.isEmpty { return [] }
        return text.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
    }

    /// The executable's path, empty where it cannot be read.
    public static func executable(of pid: Int32) -> [UInt8] { linkTarget("/proc/\(pid)/exe") }

    /// The working directory, empty where it cannot be read.
    public static func workingDirectory(of pid: Int32) -> [UInt8] { linkTarget("/proc/\(pid)/cwd") }

    /// The number that was given to the newest process of this pid namespace.
    public static func newestProcess() -> Int32 {
        guard let text = content("/proc/loadavg", limit: 128),
            let last = text.split(whereSeparator: { $0 == 32 || $0 == 10 }).last
        else { return 0 }
        return Int32(String(decoding: last, as: UTF8.self)) ?? 0
    }

    private static func content(_ path: String, limit: Int) -> [UInt8]? {
        let number = pks_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let size = Glibc.read(number, buffer.baseAddress, limit)
            failed = size < 0
            count = max(0, size)
        }
        return failed ? nil : bytes
    }
}
