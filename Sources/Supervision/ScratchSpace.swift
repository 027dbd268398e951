public import LinuxKernel

/// A directory of one run's own, for all that a build writes; removed when the run is over.
///
/// It is locked as long as the run lives, so that a later run can tell what a killed one left behind.
public final class ScratchSpace {
    private static let prefix = "pkgsandbox-"
    /// Seconds in which a new directory may be without its lock.
    private static let lockTime = 60

    /// Where it is on the host.
    public let hostPath: String
    private let lock: SharedDescriptor
    private var isRemoved = false

    /// Makes the directory, and removes those of the same caller whose runs were killed.
    ///
    /// - Parameters:
    ///   - parent: where, an existing directory.
    ///   - owner: who the build is on the host; what is in it belongs to it.
    public init(in parent: String, owner: UserIdentity) throws(SystemError) {
        Self.collectLeftovers(in: parent)
        hostPath = try Files.makeTemporaryDirectory("\(parent)/\(Self.prefix)XXXXXX")
        let directory = try Descriptor.open(hostPath, FileFlags.readOnly | FileFlags.directory)
        _ = try lockFile(directory.number)
        lock = SharedDescriptor(directory)
        // The directory itself stays the caller's: no other process of the build's user can put
        // something in the place of what is in it. It only has to be passed through.
        if owner != UserIdentity.current() { try Files.changeMode(of: lock.number, to: 0o711) }
        self.owner = owner
    }

    private let owner: UserIdentity

    /// Makes a directory in it.
    ///
    /// - Returns: its path on the host.
    public func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws(SystemError) -> String {
        let path = "\(hostPath)/\(name)"
        try Files.makeDirectory(path, mode: mode)
        if owner != UserIdentity.current() { try Files.changeOwner(path, to: owner) }
        return path
    }

    /// Makes a file in it.
    public func makeFile(
        _ name: String, _ content: [UInt8], mode: UInt32 = 0o644
    ) throws(SystemError) {
        let path = "\(hostPath)/\(name)"
        try Files.write(path, content, mode: mode)
        if owner != UserIdentity.current() { try Files.changeOwner(path, to: owner) }
    }

    /// Removes it with all in it. Nothing of the sandbox may be running any more.
    public func remove() throws(SystemError) {
        if isRemoved { return }
        isRemoved = true
        try Files.removeTree(hostPath)
    }

    private static func collectLeftovers(in parent: String) {
        guard
            let directory = try? Descriptor.open(parent, FileFlags.readOnly | FileFlags.directory),
            let names = try? Files.names(in: directory.number)
        else { return }
        let start = prefix.utf8.map { CChar(bitPattern: $0) }
        for name in names where name.starts(with: start) && name.count == start.count + 7 {
            let text = String(
                decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let path = "\(parent)/\(text)"
            let flags = FileFlags.readOnly | FileFlags.directory | FileFlags.noFollow
            guard let leftover = try? Descriptor.open(path, flags),
                let status = try? FileStatus.of(leftover.number),
                status.uid == UserIdentity.current().uid,
                status.secondsSinceChange > lockTime,
                (try? lockFile(leftover.number)) == true
            else { continue }
            // What cannot be removed now is tried again by the next run.
            try? Files.removeTree(path)
        }
    }
}
