internal import CLinuxShims
internal import Glibc

/// The kinds of namespace that a sandbox is made of; see namespaces(7).
public struct Namespaces: OptionSet, Sendable {
    /// The flags of clone3(2).
    public var rawValue: UInt64
    /// Kinds by the flags of clone3(2).
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// user_namespaces(7).
    public static let user = Namespaces(rawValue: UInt64(PKS_NEWUSER))
    /// mount_namespaces(7).
    public static let mount = Namespaces(rawValue: UInt64(PKS_NEWNS))
    /// pid_namespaces(7).
    public static let pid = Namespaces(rawValue: UInt64(PKS_NEWPID))
    /// ipc_namespaces(7).
    public static let ipc = Namespaces(rawValue: UInt64(PKS_NEWIPC))
    /// uts_namespaces(7).
    public static let uts = Namespaces(rawValue: UInt64(PKS_NEWUTS))
    /// network_namespaces(7).
    public static let network = Namespaces(rawValue: UInt64(PKS_NEWNET))
    /// cgroup_namespaces(7).
    public static let cgroup = Namespaces(rawValue: UInt64(PKS_NEWCGROUP))
}

/// A child process, known by its number and by a descriptor that cannot come to mean another one.
public struct ChildProcess: ~Copyable {
    /// The process number, in the caller's pid namespace.
    public let pid: Int32
    /// See pidfd_open(2).
    public let descriptor: Descriptor

    /// Sends a signal; a process that has ended already is not an error.
    public func signal(_ number: Int32) throws(SystemError) {
        if pks_pidfd_send_signal(descriptor.number, number) < 0 && errno != ESRCH {
            throw SystemError(call: "pidfd_send_signal", errno: errno)
        }
    }
}

extension ChildProcess {
    /// Sends a signal to the process group that the child leads. Only before the child was waited
    /// for: until then its number is nobody else's. See kill(2).
    public func signalGroup(_ number: Int32) { kill(-pid, number) }
}

/// Makes a child in new namespaces; corresponds to clone3(2) without CLONE_VM: the child is a copy
/// that returns from this call too, with `nil`.
///
/// The caller must be single-threaded: a lock held by another thread would never be released in
/// the copy. That is checked, not trusted.
///
/// - Throws: also `EAGAIN` as "single thread" when the process has more than one thread.
public func spawnCopy(in namespaces: Namespaces) throws(SystemError) -> ChildProcess? {
    guard try threadCount() == 1 else {
        throw SystemError(call: "clone3 with more than one thread", errno: EAGAIN)
    }
    var pidfd: Int32 = -1
    let pid = try check(pks_clone3(namespaces.rawValue, &pidfd, SIGCHLD), "clone3")
    if pid == 0 { return nil }
    // CLONE_PIDFD's descriptor is close-on-exec.
    return ChildProcess(pid: pid, descriptor: Descriptor(owning: pidfd))
}

private func threadCount() throws(SystemError) -> Int {
    var status = stat()
    // The link count of a directory is two more than its subdirectories: one per thread.
    try check(stat("/proc/self/task", &status), "stat", "/proc/self/task")
    return Int(status.st_nlink) - 2
}

/// How a process ended.
public enum ProcessEnd: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }

    /// As a shell says it: 128 + N for a signal.
    public var shellStatus: Int {
        switch self {
        case .exited(let status): Int(status)
        case .signalled(let signal): 128 + Int(signal)
        }
    }
}

/// What a process and its children have used; see getrusage(2).
public struct ResourceUsage: Sendable, Equatable {
    /// Processor time in user mode.
    public var userSeconds = 0.0
    /// Processor time in the kernel.
    public var systemSeconds = 0.0
    /// The largest resident set of any one process.
    public var peakMemoryBytes = 0

    /// Nothing used.
    public init() {}

    init(_ usage: rusage) {
        userSeconds = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
        systemSeconds = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
        peakMemoryBytes = usage.ru_maxrss * 1024
    }

    /// Of the children that were waited for.
    public static func ofChildren() -> ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        return ResourceUsage(usage)
    }
}

/// Waits for any child that has ended, without blocking; nil when there is none.
public func reapAnyChild() -> (pid: Int32, end: ProcessEnd)? {
    var status: Int32 = 0
    let pid = waitpid(-1, &status, WNOHANG)
    return pid > 0 ? (pid, ProcessEnd(waitStatus: status)) : nil
}

/// Waits until this process has no children any more. As PID 1 it has all of its namespace.
public func reapAllChildren() {
    while waitpid(-1, nil, 0) > 0 || errno == EINTR {}
}

/// Waits until one child has ended.
public func wait(for pid: Int32) throws(SystemError) -> ProcessEnd {
    var status: Int32 = 0
    try checkRetrying("waitpid") { waitpid(pid, &status, 0) }
    return ProcessEnd(waitStatus: status)
}

/// A copy of this process, fork(2): 0 in the child.
public func forkProcess() throws(SystemError) -> Int32 {
    try check(fork(), "fork")
}

/// Ends the process at once, without running exit handlers: for children made by a copy.
public func exitNow(_ status: Int32) -> Never { _exit(status) }

/// Ends this process by a signal, as it would have ended by default.
public func endBySignal(_ number: Int32) -> Never {
    // It is blocked, as are all that were waited for as data.
    restoreDefaultSignals()
    raise(number)
    _exit(128 + number)
}

/// Replaces the program; only returns by throwing. Corresponds to execve(2).
///
/// - Parameters:
///   - searchPath: directories separated by colons, for a name without a slash.
public func execute(
    _ command: [String], environment: [String: String], searchPath: String
) throws(SystemError) {
    try execute(
        command.map { Array($0.utf8) }, environment: environment, searchPath: searchPath)
}

/// As the other form, with arguments that need not be UTF-8.
public func execute(
    _ command: [[UInt8]], environment: [String: String], searchPath: String
) throws(SystemError) {
    guard let first = command.first else { throw SystemError(call: "execve", errno: ENOENT) }
    let name = String(decoding: first, as: UTF8.self)
    let arguments = nullTerminated(command)
    let variables = nullTerminated(
        environment.map { "\($0.key)=\($0.value)" }.sorted().map { Array($0.utf8) })
    var failure = ENOENT
    let candidates =
        name.utf8.contains(UInt8(ascii: "/"))
        ? [name]
        : searchPath.split(separator: ":").map { "\($0)/\(name)" }
    for candidate in candidates {
        execve(candidate, arguments, variables)
        // As execvp(3): a file that may not be executed is remembered, the search goes on.
        if errno == EACCES {
            failure = EACCES
        } else if errno != ENOENT && errno != ENOTDIR {
            failure = errno
            break
        }
    }
    throw SystemError(call: "execve", path: name, errno: failure)
}

/// Copies of texts as execve(2) wants them. They are never freed: the program is about to go.
private func nullTerminated(
    _ texts: [[UInt8]]
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let result = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: texts.count + 1)
    for (place, text) in texts.enumerated() {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 1)
        for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[text.count] = 0
        (result + place).initialize(to: copy)
    }
    (result + texts.count).initialize(to: nil)
    return result
}

/// A signal to end this process with when its parent ends; see prctl(2), PR_SET_PDEATHSIG.
/// Cleared by a change of user id, so set it after that.
public func setParentDeathSignal(_ number: Int32) throws(SystemError) {
    try check(pks_prctl(PR_SET_PDEATHSIG, UInt(number), 0, 0, 0), "prctl PR_SET_PDEATHSIG")
}

/// Whether other processes of the user may look into this one; see prctl(2), PR_SET_DUMPABLE.
public func setDumpable(_ dumpable: Bool) throws(SystemError) {
    try check(pks_prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0), "prctl PR_SET_DUMPABLE")
}

/// Gives up for ever what set-user-ID files would give; see prctl(2), PR_SET_NO_NEW_PRIVS.
public func setNoNewPrivileges() throws(SystemError) {
    try check(pks_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl PR_SET_NO_NEW_PRIVS")
}

/// Marks every descriptor from `first` on close-on-exec; see close_range(2).
public func closeOnExecute(from first: UInt32) throws(SystemError) {
    try check(pks_close_range(first, .max, 4 /* CLOSE_RANGE_CLOEXEC */), "close_range")
}

/// Makes `number` the same open file as `source`, kept across exec; see dup2(2).
public func redirect(_ number: Int32, to source: Int32) throws(SystemError) {
    if number == source {
        try check(pks_fcntl(number, F_SETFD, 0), "fcntl")
    } else {
        try check(dup2(source, number), "dup2")
    }
}

/// Makes this process the leader of a new session; see setsid(2).
public func startSession() throws(SystemError) { try check(setsid(), "setsid") }

/// Sends a signal to every process that this one may signal, except itself; see kill(2).
public func signalEveryone(_ number: Int32) { kill(-1, number) }

/// The soft and hard limit of open files, lowered to at most `limit`; see setrlimit(2).
public func limitOpenFiles(to limit: Int) throws(SystemError) {
    var current = rlimit()
    try check(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &current), "getrlimit")
    current.rlim_cur = min(UInt(limit), current.rlim_max)
    try check(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &current), "setrlimit")
}

/// Seconds of the monotonic clock.
public func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
