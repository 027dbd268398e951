public import LinuxKernel

/// Copies a directory into scratch space, for a build that may not have the original even to read.
public enum TreeCopy {
    /// Regular files, directories and symbolic links, with their permission bits; sharing blocks
    /// where the file system can. Other kinds of file are left out.
    ///
    /// - Parameters:
    ///   - source: a directory that stays as it is.
    ///   - destination: a directory that exists and is empty.
    ///   - owner: whom the copies are given to.
    public static func copy(
        _ source: String, to destination: String, owner: UserIdentity
    ) throws(SystemError) {
        let flags = FileFlags.readOnly | FileFlags.directory
        let from = try Descriptor.open(source, flags)
        let into = try Descriptor.open(destination, flags | FileFlags.noFollow)
        let giveAway = owner != UserIdentity.current() ? owner : nil
        try copyEntries(from.number, into.number, giveAway, depth: 0)
    }

    /// A source tree nested deeper than this is not a recipe's.
    private static let deepest = 128

    private static func copyEntries(
        _ from: Int32, _ into: Int32, _ owner: UserIdentity?, depth: Int
    ) throws(SystemError) {
        guard depth < deepest else {
            throw SystemError(call: "copy", errno: ErrorNumber.nameTooLong)
        }
        for name in try Files.names(in: from) {
            guard let status = try Files.status(name, in: from) else { continue }
            switch status.kind {
            case .regular:
                try Files.copyFile(name, from: from, into: into, mode: status.mode, owner)
            case .symbolicLink: try Files.copyLink(name, from: from, into: into, owner)
            case .directory:
                try Files.copyDirectory(name, into: into, mode: status.mode, owner)
                let inner = try Files.openDirectory(name, in: from)
                let copy = try Files.openDirectory(name, in: into)
                try copyEntries(inner.number, copy.number, owner, depth: depth + 1)
            default: break
            }
        }
    }
}
