public import LinuxKernel

/// Takes what a build made out of scratch space, after everything of the sandbox has ended.
public struct ArtifactCollector {
    /// A file in the output directory.
    public struct Collected: Sendable, Equatable {
        /// The file's absolute path.
        public var hostPath: String
        /// The file's size.
        public var bytes: Int
    }

    /// Something in the directory of results that was left there, and why.
    public struct Refused: Sendable, Equatable {
        /// The file's name in the directory of results.
        public var name: String
        /// Why it was left there.
        public var reason: String
    }

    private let output: SharedDescriptor
    private let outputPath: String
    private let owner: UserIdentity?

    /// - Parameters:
    ///   - outputPath: an existing directory of the host.
    ///   - owner: whom the files are given to; nil for the caller.
    public init(outputPath: String, owner: UserIdentity?) throws(SystemError) {
        output = SharedDescriptor(
            try Descriptor.open(outputPath, FileFlags.readOnly | FileFlags.directory))
        self.outputPath = outputPath
        self.owner = owner
    }

    /// Copies the regular files of a directory to the output directory, each under a name of its
    /// own first and then renamed: a reader never sees a part of one, and a symbolic link that has
    /// the name there is replaced and not followed.
    public func collect(
        from directory: String
    ) throws(SystemError) -> (collected: [Collected], refused: [Refused]) {
        let source = try Descriptor.open(
            directory, FileFlags.readOnly | FileFlags.directory | FileFlags.noFollow)
        var collected: [Collected] = []
        var refused: [Refused] = []
        for name in try Files.names(in: source.number).sorted(by: {
            Files.text($0) < Files.text($1)
        }) {
            let text = Files.text(name)
            guard let status = try Files.status(name, in: source.number) else { continue }
            guard status.kind == .regular else {
                refused.append(Refused(name: text, reason: "it is not a regular file"))
                continue
            }
            guard Files.name(text) == name, !text.hasPrefix(".") else {
                refused.append(Refused(name: text, reason: "no package has such a name"))
                continue
            }
            let bytes = try copy(name, text, from: source.number)
            collected.append(Collected(hostPath: "\(outputPath)/\(text)", bytes: bytes))
        }
        return (collected, refused)
    }

    private func copy(
        _ name: FileName, _ text: String, from source: Int32
    ) throws(SystemError) -> Int {
        let file = try Files.openRegular(name, in: source)
        let partial = ".\(text.prefix(200)).\(UserIdentity.processNumber).partial"
        let copy = try Descriptor.open(
            partial, FileFlags.writeOnly | FileFlags.createNew, mode: 0o644, in: output.number)
        do throws(SystemError) {
            var bytes = 0
            while true {
                let part = try file.read(upTo: 1 << 20)
                if part.isEmpty { break }
                try copy.writeAll(part)
                bytes += part.count
            }
            if let owner { try Files.changeOwner(of: copy.number, to: owner) }
            try Files.rename(partial, in: output.number, to: text)
            return bytes
        } catch {
            try? Files.unlink(partial, in: output.number)
            throw SystemError(call: error.call, path: "\(outputPath)/\(text)", errno: error.errno)
        }
    }
}
