internal import LinuxKernel
internal import SandboxModel

/// A program that is started with `--version`, as the build's user, with nothing to read.
struct ProgramProbe: ~Copyable {
    /// Seconds for all programs together: a cold disk is slow, a program that waits is broken.
    static let patience = 5.0
    private static let mostOutput = 65536

    private let path: String
    private let child: ChildProcess
    private let output: Descriptor
    private let start: MessageSocket

    /// Starts it; it runs until `finish`.
    init(path: String, searchPath: String, user: UserIdentity?) throws(SystemError) {
        self.path = path
        let pipe = try DescriptorPair.pipe()
        let sockets = try DescriptorPair.messageSockets()
        guard let child = try spawnCopy(in: []) else {
            let socket = SharedDescriptor(sockets.takeSecond())
            do throws(SystemError) {
                try Self.become(path, searchPath, user, output: pipe.second.number)
            } catch {
                try? MessageSocket.send(
                    ProbeMessage(.makepkg, .failed(ProbeFailure(error))).encoded, to: socket.number)
            }
            exitNow(127)
        }
        self.child = child
        output = pipe.takeFirst()
        start = MessageSocket(descriptor: sockets.takeFirst())
    }

    private static func become(
        _ path: String, _ searchPath: String, _ user: UserIdentity?, output: Int32
    ) throws(SystemError) {
        try startSession()
        let null = try Descriptor.open("/dev/null", FileFlags.readOnly)
        try redirect(0, to: null.number)
        try redirect(1, to: output)
        try redirect(2, to: output)
        try closeOnExecute(from: 3)
        restoreDefaultSignals()
        try Files.changeDirectory("/")
        if let user {
            try becomeUser(user, dropGroups: true)
            try Capabilities.dropAll()
        }
        try setNoNewPrivileges()
        try setParentDeathSignal(Signal.kill)
        try execute(
            [path, "--version"],
            environment: ["PATH": searchPath, "LANG": "C", "HOME": "/nonexistent"],
            searchPath: searchPath)
    }

    /// Waits for it.
    ///
    /// - Parameter deadline: by the monotonic clock.
    consuming func finish(deadline: Double) -> ProbeOutcome {
        var text: [UInt8] = []
        var isOver = false
        do throws(SystemError) {
            var set = PollSet()
            let place = set.add(output.number)
            while !isOver, monotonicSeconds() < deadline {
                try set.wait(milliseconds: 100)
                guard set.isReady(place) else { continue }
                let part = try output.read()
                isOver = part.isEmpty
                if text.count < Self.mostOutput { text += part }
            }
        } catch {
            isOver = false
        }
        // Whatever it left behind, too.
        if !isOver { child.signalGroup(Signal.kill) }
        guard let end = try? wait(for: child.pid) else {
            return .failed(ProbeFailure("\(path) --version could not be waited for"))
        }
        if !isOver { return .failed(ProbeFailure("\(path) --version did not end in time")) }
        if let (bytes, _) = try? start.receive(), let message = ProbeMessage(bytes) {
            return message.outcome
        }
        let output = ByteText.decode(text)
        guard end == .exited(0) else {
            let said = output.split(separator: "\n").first.map { ": \($0)" } ?? ""
            return .failed(ProbeFailure("\(path) --version \(Self.words(end))\(said)"))
        }
        return .worked(detail: [Self.version(in: output), path].compactMap(\.self).joined(separator: ", "))
    }

    private static func words(_ end: ProcessEnd) -> String {
        switch end {
        case .exited(let status): "ended with status \(status)"
        case .signalled(let number): "was ended by signal \(number)"
        }
    }

    /// The first word that begins with a number and a dot, without a `v` before it.
    static func version(in output: String) -> String? {
        for word in output.split(whereSeparator: \.isWhitespace) {
            let number = word.first == "v" ? word.dropFirst() : word
            let digits = number.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty, number.dropFirst(digits.count).first == "." { return String(number) }
        }
        return nil
    }
}
