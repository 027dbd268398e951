internal import LinuxKernel
internal import SandboxModel

/// Tries the directories of the host that builds write to.
enum PlaceProbes {
    /// Less than this is not enough for a build of any size.
    private static let littleSpace = 1 << 30
    private static let fewFiles = 10_000

    /// Makes a directory in scratch for the build's user, and writes to it.
    ///
    /// - Returns: what came of it, and the directory, which the caller removes.
    static func scratch(
        in parent: String, owner: UserIdentity
    ) -> (outcome: ProbeOutcome, path: String?) {
        do throws(SystemError) {
            // A name of the kind that the next run collects if this one is killed.
            let path = try Files.makeTemporaryDirectory("\(parent)/pkgsandbox-XXXXXX")
            do throws(SystemError) {
                return (try use(path, in: parent, owner: owner), path)
            } catch {
                return (.failed(ProbeFailure(error)), path)
            }
        } catch {
            return (.failed(ProbeFailure(error)), nil)
        }
    }

    private static func use(
        _ path: String, in parent: String, owner: UserIdentity
    ) throws(SystemError) -> ProbeOutcome {
        if owner != UserIdentity.current() { try Files.changeOwner(path, to: owner) }
        let program = "\(path)/program"
        try Files.write(program, [UInt8](repeating: 0x0a, count: 4096), mode: 0o755)
        // Builds start what they have just made: configure's tests, for one.
        guard Files.mayAccess(program, PathQuestion.search) else {
            return .weak(
                ProbeFailure(
                    "\(parent) is mounted noexec: programs in it cannot be started",
                    errno: ErrorNumber.accessDenied))
        }
        let space = try FileSystemSpace.of(path)
        if space.freeBytes < littleSpace {
            return .weak(
                ProbeFailure("\(parent) has only \(size(space.freeBytes)) free"))
        }
        if let files = space.freeFiles, files < fewFiles {
            return .weak(ProbeFailure("\(parent) has room for only \(files) more files"))
        }
        return .worked(detail: "\(parent), \(size(space.freeBytes)) free")
    }

    /// `76.3 GiB`.
    static func size(_ bytes: Int) -> String {
        var value = bytes
        var unit = "B"
        var rest = 0
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
            rest = value % 1024
            value /= 1024
            unit = next
        }
        return unit == "B" ? "\(value) B" : "\(value).\(rest * 10 / 1024) \(unit)"
    }

    /// Makes a file in the directory for caches, as the build's user; in the nearest directory that
    /// exists, as the caller, where it is yet to be made.
    static func cache(_ path: String, owner: UserIdentity) -> ProbeOutcome {
        guard PathQuestion.isThere(path) else {
            return ProbeOutcome { () throws(ProbeFailure) in
                try trying { () throws(SystemError) in
                    try makeDirectory(in: Descriptor.open(nearest(path), directory).number)
                }
                return "\(path), made when it is needed"
            }
        }
        let user = owner == UserIdentity.current() ? nil : owner
        do throws(SystemError) {
            let process = try ProbeProcess.start { reporter in
                reporter.attempt(.cache) { () throws(ProbeFailure) in
                    try trying { () throws(SystemError) in
                        // As the caller: the sandbox shows the directory, not the way to it.
                        let cache = try Descriptor.open(path, directory)
                        if let user {
                            try becomeUser(user, dropGroups: true)
                            try Capabilities.dropAll()
                        }
                        try makeDirectory(in: cache.number)
                    }
                    return path
                }
            }
            return process.collect().first?.outcome
                ?? .untried("the probing process ended before it came to this")
        } catch {
            return .failed(ProbeFailure(error))
        }
    }

    private static let directory = FileFlags.readOnly | FileFlags.directory

    private static func makeDirectory(in parent: Int32) throws(SystemError) {
        let name = ".pkgsandbox-doctor-\(UserIdentity.processNumber)"
        try Files.makeDirectory(name, mode: 0o700, in: parent)
        try Files.removeDirectory(name, in: parent)
    }

    private static func nearest(_ path: String) -> String {
        var path = path[...]
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            if path.isEmpty { break }
            if PathQuestion.isThere(String(path)) { return String(path) }
        }
        return "/"
    }

    /// What pacman knows to be installed.
    static func pacmanDatabase() -> ProbeOutcome {
        let path = "/var/lib/pacman/local"
        do throws(SystemError) {
            let directory = try Descriptor.open(path, FileFlags.readOnly | FileFlags.directory)
            // Beside the packages there is one file, ALPM_DB_VERSION.
            let count = try Files.names(in: directory.number).count - 1
            if count > 0 { return .worked(detail: "\(count) packages") }
            return .weak(ProbeFailure("\(path) holds no package"))
        } catch {
            return .weak(ProbeFailure(error))
        }
    }
}
