import Foundation
import Glibc
import Testing

/// A terminal of the test's own: what a person sees and types.
final class TestTerminal {
    private let master: Int32
    /// The device that a program gets as its terminal.
    let path: String
    private(set) var shown: [UInt8] = []

    init(rows: UInt16 = 24, columns: UInt16 = 80, owner: uid_t) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        // TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which are macros that Swift does not import.
        var unlock: Int32 = 0
        var number: UInt32 = 0
        try #require(master >= 0 && ioctl(master, 0x4004_5431, &unlock) == 0)
        try #require(ioctl(master, 0x8004_5430, &number) == 0)
        path = "/dev/pts/\(number)"
        // As login does.
        if Machine.isRoot { chown(path, owner, gid_t(bitPattern: -1)) }
        resize(rows: rows, columns: columns)
    }

    deinit { close(master) }

    func resize(rows: UInt16, columns: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(master, bytes, bytes.count)
    }

    /// Reads what has been written to the terminal.
    func update() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(master, &buffer, buffer.count)
            if count <= 0 { return }
            shown += buffer[..<count]
        }
    }

    /// All that was shown, with plain ends of lines.
    var text: String {
        update()
        return String(decoding: shown, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }

    /// Waits until a text has been shown.
    func wait(
        for text: String, seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isShown = eventually(seconds: seconds) { self.text.contains(text) }
        #expect(isShown, "never showed '\(text)': \(self.text)", sourceLocation: sourceLocation)
    }

    /// Waits for the end of a program, reading what it still shows.
    func finish(
        _ program: RunningProgram, seconds: Double = 60,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> Ended {
        // A full terminal would stop the program.
        _ = eventually(seconds: seconds) {
            update()
            return program.hasEnded
        }
        let ended = program.wait(seconds: 0, sourceLocation: sourceLocation)
        update()
        return ended
    }

    /// The settings, to be compared.
    var settings: [UInt32] {
        var settings = termios()
        let file = open(path, O_RDWR | O_NOCTTY)
        defer { close(file) }
        tcgetattr(file, &settings)
        return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag]
    }
}
