internal import LinuxKernel
internal import SandboxModel

/// Lets a refused write through into layers that are thrown away with the sandbox.
struct AuditLayer {
    var materialiser: Materialiser

    /// Makes what a call needs writable: the directory of a name, a file's content, a directory.
    ///
    /// - Parameter path: absolute, as resolved.
    func makeWritable(_ path: [UInt8], call: DecodedCall) throws(SystemError) {
        guard let text = String(validating: path, as: UTF8.self) else {
            throw SystemError(call: "audit", errno: ErrorNumber.invalid)
        }
        let status = PathQuestion.status(path + [0], follow: false)
        if changesInode(call), status?.kind == .directory {
            _ = try materialiser.layer(at: text)
            return
        }
        try makeParentWritable(of: text)
        if changesInode(call) || call.kind == .open || call.kind == .rename || call.kind == .link,
            status?.kind == .regular
        {
            try replaceByCopy(text)
        }
        if let destination = call.destination {
            let other = PathResolver.resolve(destination.path, follow: false)
            if other != path, let text = String(validating: other, as: UTF8.self) {
                try makeParentWritable(of: text)
            }
        }
    }

    private func changesInode(_ call: DecodedCall) -> Bool {
        switch call.kind {
        case .truncate, .changeMode, .changeOwner, .changeTimes, .setAttribute, .removeAttribute:
            true
        default: false
        }
    }

    private func makeParentWritable(of path: String) throws(SystemError) {
        let parent = PathName(Array(path.utf8) + [0]).parent
        let resolved = PathResolver.resolve(parent, follow: true)
        if PathQuestion.access(parent, PathQuestion.write | PathQuestion.search) == 0 { return }
        guard let text = String(validating: resolved, as: UTF8.self) else { return }
        _ = try materialiser.layer(at: text)
    }

    /// A file of another owner cannot be written through an overlay, but it can be unlinked and
    /// made anew.
    private func replaceByCopy(_ path: String) throws(SystemError) {
        if PathQuestion.access(Array(path.utf8) + [0], PathQuestion.write) == 0 { return }
        let mode = try FileStatus.of(path).mode
        let source = try Descriptor.open(path, FileFlags.readOnly)
        let parent = try Descriptor.open(
            String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/.",
            FileFlags.pathOnly | FileFlags.directory)
        let name = String(path.split(separator: "/").last ?? "")
        try Files.unlink(name, in: parent.number)
        let copy = try Descriptor.open(
            name, FileFlags.writeOnly | FileFlags.createNew, mode: mode | 0o600, in: parent.number)
        while true {
            let part = try source.read()
            if part.isEmpty { break }
            try copy.writeAll(part)
        }
    }
}
