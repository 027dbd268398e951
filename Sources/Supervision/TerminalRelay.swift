internal import LinuxKernel

/// Passes keys and output between the caller's terminal and the sandbox's own.
///
/// The caller's terminal is made raw meanwhile: line editing and signals are the inner terminal's.
final class TerminalRelay {
    private let master: SharedDescriptor
    private let saved: Terminal.Settings?
    /// The caller's terminal.
    private let screen: Int32
    private let hasKeyboard: Bool

    /// - Parameter hasKeyboard: whether keys are passed on, too.
    init(master: SharedDescriptor, hasKeyboard: Bool) {
        self.master = master
        self.hasKeyboard = hasKeyboard
        screen = Terminal.isTerminal(1) ? 1 : 2
        saved = hasKeyboard ? try? Terminal.Settings.of(0) : nil
        saved?.asRaw().apply(to: 0)
        resize()
    }

    /// The descriptor that keys come from; nil where they are not the sandbox's business.
    var keyboard: Int32? { hasKeyboard ? 0 : nil }

    var number: Int32 { master.number }

    func resize() { Terminal.copySize(from: screen, to: master.number) }

    /// Shows what the sandbox wrote; false when the terminal has no more users.
    func drain() -> Bool {
        guard let bytes = try? Descriptor.read(from: master.number), !bytes.isEmpty else {
            return false
        }
        try? Descriptor.write(bytes, to: screen)
        return true
    }

    /// Shows what is still in the terminal, without waiting for more.
    func drainRest() {
        var set = PollSet()
        let place = set.add(master.number)
        while true {
            do throws(SystemError) { try set.wait(milliseconds: 0) } catch { return }
            guard set.isReady(place), drain() else { return }
        }
    }

    /// Passes on what was typed; false at the end of input.
    func typeKeys() -> Bool {
        guard let bytes = try? Descriptor.read(from: 0), !bytes.isEmpty else { return false }
        return (try? Descriptor.write(bytes, to: master.number)) != nil
    }

    func end() { saved?.apply(to: 0) }
}
