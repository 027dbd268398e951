internal import CLinuxShims
internal import Glibc

/// Waits on several descriptors at once; see poll(2).
public struct PollSet: Sendable {
    private var entries: [pollfd] = []

    /// An empty set.
    public init() {}

    /// Adds a descriptor to wait on until it is readable; returns its place in the set.
    @discardableResult
    public mutating func add(_ descriptor: Int32, writable: Bool = false) -> Int {
        let events = Int16(writable ? POLLOUT : POLLIN)
        entries.append(pollfd(fd: descriptor, events: events, revents: 0))
        return entries.count - 1
    }

    /// Stops waiting on the descriptor in a place; places do not move.
    public mutating func disable(_ place: Int) { entries[place].fd = -1 }

    /// Waits on another descriptor in a place.
    public mutating func replace(_ place: Int, with descriptor: Int32) {
        entries[place].fd = descriptor
    }

    /// Waits until one is ready, or for so many milliseconds; -1 waits for ever.
    public mutating func wait(milliseconds: Int32 = -1) throws(SystemError) {
        let result = poll(&entries, nfds_t(entries.count), milliseconds)
        if result < 0 {
            if errno != EINTR { throw SystemError(call: "poll", errno: errno) }
            for index in entries.indices { entries[index].revents = 0 }
        }
    }

    /// Whether there is something to read, or the other end has gone.
    public func isReady(_ place: Int) -> Bool { entries[place].revents != 0 }

    /// Whether the other end has gone and nothing is left to read.
    public func isClosed(_ place: Int) -> Bool {
        entries[place].revents & Int16(POLLIN) == 0
            && entries[place].revents & Int16(POLLHUP | POLLERR) != 0
    }
}

/// Signals that are waited for as data in place of interrupting; see signalfd(2).
public struct SignalDescriptor: ~Copyable {
    /// The descriptor itself, for waiting on it.
    public let descriptor: Descriptor

    /// Blocks the signals for this process, and for the children it makes until they unblock them.
    public init(_ numbers: [Int32]) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        try check(sigprocmask(SIG_BLOCK, &set, nil), "sigprocmask")
        descriptor = Descriptor(
            owning: try check(
                signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)),
                "signalfd"))
    }

    /// The next signal that has come, nil when there is none.
    public func next() -> (number: Int32, sender: Int32)? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        guard Glibc.read(descriptor.number, &information, size) == size else { return nil }
        return (Int32(information.ssi_signo), Int32(bitPattern: information.ssi_pid))
    }
}

/// Lets all signals through again, with their default actions, as a program that is started expects.
public func restoreDefaultSignals() {
    for number: Int32 in 1..<65 where number != SIGKILL && number != SIGSTOP {
        Glibc.signal(number, SIG_DFL)
    }
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
}

/// Ignores a signal.
public func ignoreSignal(_ number: Int32) { Glibc.signal(number, SIG_IGN) }

/// The signals that the supervisor and init have to do with, by name; see signal(7).
public enum Signal {
    /// SIGINT.
    public static let interrupt = SIGINT
    /// SIGTERM.
    public static let terminate = SIGTERM
    /// SIGHUP.
    public static let hangUp = SIGHUP
    /// SIGKILL.
    public static let kill = SIGKILL
    /// SIGCHLD.
    public static let child = SIGCHLD
    /// SIGPIPE.
    public static let pipe = SIGPIPE
    /// SIGABRT.
    public static let abort = SIGABRT
    /// SIGQUIT.
    public static let quit = SIGQUIT
    /// SIGWINCH.
    public static let windowChange = SIGWINCH
    /// SIGTSTP.
    public static let terminalStop = SIGTSTP
    /// SIGCONT.
    public static let `continue` = SIGCONT
    /// SIGSTOP.
    public static let stop = SIGSTOP
    /// SIGTTOU.
    public static let terminalOutput = SIGTTOU
}
