internal import LinuxKernel

/// How the processes ended that had to do with a failed write, and what their parents did next.
///
/// Only they are kept: the process that made the write, and its ancestors. Ends are learnt from the
/// processes' own last calls, before the kernel carries them out; whoever is gone without one was
/// ended by a signal.
struct ProcessLedger {
    struct Entry {
        var identity: ProcessFacts.Identity
        var end: End?
        /// The largest number of a child that was seen to end.
        var newestChild: Int32 = 0
    }

    struct End {
        /// The exit status, or 128 + N.
        var status: Int32
        /// The newest process of the sandbox at that moment: a higher number began later.
        var newestProcess: Int32
        /// The number of recipe commands traced at that moment.
        var commandCount: UInt64
    }

    static let mostEntries = 16384
    private(set) var entries: [Int32: Entry] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// Starts to keep a process; an older one with the same number is forgotten.
    mutating func follow(_ identity: ProcessFacts.Identity) {
        if entries[identity.pid]?.identity == identity { return }
        if entries.count >= Self.mostEntries { return }
        entries[identity.pid] = Entry(identity: identity)
    }

    /// A thread is about to end its whole process.
    mutating func willExit(thread: Int32, status: Int32, commandCount: UInt64) {
        if entries[thread] != nil {
            end(thread, status: status, commandCount)
        } else if let (_, parent) = ProcessFacts.stat(of: thread) {
            // The number of a thread other than the first is no process's; it can only be higher.
            noteChild(thread, of: parent)
        }
        if let process = ProcessFacts.threadGroup(of: thread), process != thread,
            entries[process] != nil
        {
            end(process, status: status, commandCount)
        }
    }

    /// A process is about to end itself by a signal.
    mutating func willAbort(process: Int32, signal: Int32, commandCount: UInt64) {
        if entries[process] != nil { end(process, status: 128 + signal, commandCount) }
    }

    private mutating func noteChild(_ child: Int32, of parent: Int32) {
        guard let newest = entries[parent]?.newestChild else { return }
        entries[parent]?.newestChild = max(newest, child)
    }

    private mutating func end(_ pid: Int32, status: Int32, _ commandCount: UInt64) {
        if let (identity, parent) = ProcessFacts.stat(of: pid) {
            guard identity == entries[pid]?.identity else { return }
            noteChild(pid, of: parent)
        }
        entries[pid]?.end = End(
            status: status & 0xff, newestProcess: ProcessFacts.newestProcess(),
            commandCount: commandCount)
    }

    /// The status a process ended with: nil while it runs, 128 + 9 where it is gone without a word.
    func status(of identity: ProcessFacts.Identity) -> Int32? {
        guard let entry = entries[identity.pid], entry.identity == identity else { return nil }
        if let end = entry.end { return end.status }
        return ProcessFacts.stat(of: identity.pid)?.identity == identity ? nil : 128 + 9
    }

    func end(of identity: ProcessFacts.Identity) -> End? {
        guard let entry = entries[identity.pid], entry.identity == identity else { return nil }
        return entry.end
    }

    /// Whether a process has started a child after a moment.
    ///
    /// - Parameter moment: the number of the newest process then.
    func hasStarted(_ parent: ProcessFacts.Identity, childAfter moment: Int32) -> Bool {
        guard let entry = entries[parent.pid], entry.identity == parent else { return false }
        return entry.newestChild > moment
    }
}
