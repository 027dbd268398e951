internal import LinuxKernel
internal import SandboxModel

/// A process and its ancestors up to the sandbox's init, read while it waits in a notified call.
struct Family {
    struct Member {
        var identity: ProcessFacts.Identity
        var summary: ProcessSummary
        /// The base name of the executable.
        var name: String
    }

    /// The longest line of ancestors that is told.
    private static let deepest = 64
    /// Bytes of arguments that are kept, of the process and of each ancestor.
    private static let argumentBytes = 4096
    private static let ancestorArgumentBytes = 512

    /// Nearest first; init itself is not among them.
    private(set) var members: [Member] = []

    init(of process: Int32) {
        var pid = process
        while pid > 1, members.count < Self.deepest,
            let (identity, parent) = ProcessFacts.stat(of: pid)
        {
            let executable = ByteText.decode(ProcessFacts.executable(of: pid))
            let isFirst = members.isEmpty
            let arguments = ProcessFacts.arguments(
                of: pid, limit: isFirst ? Self.argumentBytes : Self.ancestorArgumentBytes)
            let directory = isFirst ? ByteText.decode(ProcessFacts.workingDirectory(of: pid)) : nil
            members.append(
                Member(
                    identity: identity,
                    summary: ProcessSummary(
                        pid: Int(pid), executable: executable,
                        arguments: arguments.map { ByteText.decode($0) },
                        workingDirectory: directory),
                    name: executable.split(separator: "/").last.map(String.init) ?? "process \(pid)"
                ))
            pid = parent
        }
    }
}
