internal import LinuxKernel
internal import SandboxModel

/// A report's way into a file.
enum ReportFile {
    /// Writes beside the file first, so that a reader sees the old report or the whole new one.
    ///
    /// - Parameter owner: whom the file is given to; nil for the caller.
    static func write(
        _ content: String, to path: String, owner: UserIdentity?
    ) throws(UserError) {
        do throws(SystemError) {
            // A device or a FIFO (/dev/stdout, a pipe of the shell) is written to as it is.
            if let kind = try? FileStatus.of(path).kind, kind != .regular {
                try Descriptor.open(path, FileFlags.writeOnly).writeAll(Array(content.utf8))
                return
            }
            let slash = path.lastIndex(of: "/")
            let directoryPath = slash.map { String(path[...$0]) } ?? "."
            let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
            let directory = try Descriptor.open(
                directoryPath, FileFlags.readOnly | FileFlags.directory)
            let partial = ".\(name.prefix(200)).\(UserIdentity.processNumber).partial"
            let file = try Descriptor.open(
                partial, FileFlags.writeOnly | FileFlags.createNew, mode: 0o644,
                in: directory.number)
            do throws(SystemError) {
                try file.writeAll(Array(content.utf8))
                if let owner { try Files.changeOwner(of: file.number, to: owner) }
                try Files.rename(partial, in: directory.number, to: name)
            } catch {
                try? Files.unlink(partial, in: directory.number)
                throw error
            }
        } catch {
            throw UserError(
                "cannot write report \(path): \(error.reason)",
                hint: "name a file in a directory that you may write", exitStatus: .setupFailed)
        }
    }
}
