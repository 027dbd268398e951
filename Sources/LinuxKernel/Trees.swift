internal import CLinuxShims
internal import Glibc

/// A file's name as the kernel has it: bytes, ending with a zero.
public typealias FileName = [CChar]

extension Files {
    /// The names in an open directory, without `.` and `..`.
    public static func names(in directory: Int32) throws(SystemError) -> [FileName] {
        let copy = try Descriptor.open(".", O_RDONLY | O_DIRECTORY, in: directory)
        guard let stream = fdopendir(copy.take()) else {
            throw SystemError(call: "fdopendir", errno: errno)
        }
        defer { closedir(stream) }
        var names: [FileName] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    FileName(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
                }
            }
            if name != dot && name != dotDot { names.append(name) }
        }
        return names
    }

    /// Removes a file, or a directory with all below it, whatever modes the build gave its
    /// directories and however deep it nested them, never following a symbolic link.
    ///
    /// - Throws: the first error, after removing what can be removed. A missing file is none.
    public static func removeTree(_ path: String) throws(SystemError) {
        let components = path.utf8.split(separator: UInt8(ascii: "/"))
        guard let last = components.last else {
            throw SystemError(call: "remove", path: path, errno: EINVAL)
        }
        let parentPath =
            String(path.dropLast(last.count)).isEmpty ? "." : String(path.dropLast(last.count))
        let parent = try Descriptor.open(parentPath, FileFlags.pathOnly | O_DIRECTORY)
        var removal = TreeRemoval(top: parent.number)
        removal.remove(last.map { CChar(bitPattern: $0) } + [0], in: parent.number, depth: 0)
        if let failure = removal.failure {
            throw SystemError(call: failure.call, path: path, errno: failure.errno)
        }
    }
}

private let dot: FileName = [46, 0]
private let dotDot: FileName = [46, 46, 0]

/// Removes depth first. A directory nested too deep for one descriptor a level is moved up to the
/// top and taken from there.
private struct TreeRemoval {
    static let deepest = 64
    let top: Int32
    var failure: SystemError?
    var moved = 0

    mutating func remove(_ name: FileName, in parent: Int32, depth: Int) {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR else { return fail("unlink") }
        // An empty directory needs no opening.
        if unlinkat(parent, name, AT_REMOVEDIR) == 0 { return }
        if depth > Self.deepest {
            moved += 1
            let aside = Array("\(getpid())-removing-\(moved)".utf8CString)
            // The directory itself has to be writable: its .. entry changes.
            fchmodat(parent, name, 0o700, 0)
            guard renameat(parent, name, top, aside) == 0 else { return fail("rename") }
            return remove(aside, in: top, depth: 0)
        }
        guard let directory = openListable(name, in: parent) else { return fail("open") }
        // Entries can only be removed from a directory that its owner may write.
        fchmod(directory.number, 0o700)
        do throws(SystemError) {
            for entry in try Files.names(in: directory.number) {
                remove(entry, in: directory.number, depth: depth + 1)
            }
        } catch { failure = failure ?? error }
        if unlinkat(parent, name, AT_REMOVEDIR) != 0 { fail("rmdir") }
    }

    private mutating func fail(_ call: String) {
        let number = errno
        failure = failure ?? SystemError(call: call, errno: number)
    }

    private func openListable(_ name: FileName, in parent: Int32) -> Descriptor? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = pks_openat(parent, name, flags, 0)
        if number < 0, errno == EACCES {
            // Made listable through its descriptor's own path, so that nothing can take the
            // name's place in between.
            let reference = pks_openat(
                parent, name, FileFlags.pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
            guard reference >= 0 else { return nil }
            let path = "/proc/self/fd/\(reference)"
            chmod(path, 0o700)
            number = pks_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
            close(reference)
        }
        return number >= 0 ? Descriptor(owning: number) : nil
    }
}
