internal import CLinuxShims
internal import Glibc

/// Makes a terminal the controlling one of this session; see ioctl_tty(2), TIOCSCTTY.
public func makeControllingTerminal(_ descriptor: Int32) throws(SystemError) {
    try check(pks_ioctl_int(descriptor, UInt(TIOCSCTTY), 0), "ioctl TIOCSCTTY")
}

/// Pseudo-terminals; see pty(7).
public enum Terminal {
    /// Makes a pseudo-terminal in a devpts of one's own: `first` is the master side, `second` the
    /// terminal itself.
    ///
    /// - Parameter directory: where the devpts is mounted.
    public static func open(in directory: String) throws(SystemError) -> DescriptorPair {
        let flags = O_RDWR | O_NOCTTY
        let master = try Descriptor.open(directory + "/ptmx", flags)
        var unlocked: Int32 = 0
        try check(
            pks_ioctl(master.number, 0x4004_5431 /* TIOCSPTLCK */, &unlocked), "ioctl TIOCSPTLCK")
        let peer = try check(
            pks_ioctl_int(master.number, 0x5441 /* TIOCGPTPEER */, flags | O_CLOEXEC),
            "ioctl TIOCGPTPEER")
        return DescriptorPair(first: master, second: Descriptor(owning: peer))
    }

    /// See isatty(3).
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal; nil where it is none or does not know.
    public static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard pks_ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Gives one terminal the size of another.
    public static func copySize(from source: Int32, to destination: Int32) {
        var size = winsize()
        if pks_ioctl(source, UInt(TIOCGWINSZ), &size) == 0 {
            _ = pks_ioctl(destination, UInt(TIOCSWINSZ), &size)
        }
    }

    /// A terminal's settings, to be put back.
    public struct Settings: Sendable {
        private var raw: termios

        init(_ raw: termios) { self.raw = raw }

        /// The settings that a terminal has now; see tcgetattr(3).
        public static func of(_ descriptor: Int32) throws(SystemError) -> Settings {
            var raw = termios()
            try check(tcgetattr(descriptor, &raw), "tcgetattr")
            return Settings(raw)
        }

        /// Passes every key on as it is; see termios(3), cfmakeraw.
        public func asRaw() -> Settings {
            var copy = raw
            cfmakeraw(&copy)
            return Settings(copy)
        }

        /// Gives a terminal these settings, after its output is out; see tcsetattr(3).
        public func apply(to descriptor: Int32) {
            var copy = raw
            tcsetattr(descriptor, TCSADRAIN, &copy)
        }
    }
}
