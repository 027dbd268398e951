internal import LinuxKernel
internal import SandboxModel

/// Carries out the steps of a plan, in the sandbox's init, one after the other.
///
/// While it works the host's tree is at `hostRootPath`; host paths are resolved as if that were the
/// root directory, so that an absolute symbolic link of the host means what it means there.
final class StepInterpreter {
    static let hostRootPath = "/.host"

    /// Copies of the host's mounts, one or none for each step.
    private var sources: [SharedDescriptor?]
    /// The host's root directory, from `enterRoot` to `leaveHost`.
    private var hostRoot: SharedDescriptor?
    /// Init's own area, covered so that no path leads to it.
    private(set) var privateArea: SharedDescriptor?
    /// How many files were covered: the names of what covers them.
    private var covers = 0

    /// - Parameter prepared: the mounts that the supervisor made, one or none for each step.
    init(prepared: [SharedDescriptor?]) { sources = prepared }

    /// Takes hold of what a step shows of the host, while this process still is the caller: the
    /// build's user may have to see a directory that it could not reach by itself.
    func takeSource(of step: SetupStep, index: Int) throws(SystemError) {
        // What the supervisor has prepared needs privileges that this process has given up.
        if sources[index] != nil { return }
        let hostPath: String
        switch step {
        case .bind(let path, _, _): hostPath = path
        case .privateArea(_, let cacheDirectory?): hostPath = cacheDirectory
        default: return
        }
        do throws(SystemError) {
            let file = try Descriptor.open(hostPath, FileFlags.pathOnly)
            sources[index] = SharedDescriptor(try cloneTree(of: file.number))
        } catch {
            throw SystemError(call: error.call, path: hostPath, errno: error.errno)
        }
    }

    /// Hands over init's own area, with a descriptor of at least the given number.
    func takePrivateArea(from lowest: Int32) throws(SystemError) -> SharedDescriptor? {
        guard let area = privateArea else { return nil }
        privateArea = nil
        return SharedDescriptor(try area.duplicate(from: lowest))
    }

    func execute(_ step: SetupStep, index: Int) throws(SystemError) {
        let source = sources[index]
        sources[index] = nil
        switch step {
        case .namespaces, .identity, .watch:
            // Done by the supervisor before, and in the build process after.
            break
        case .enterRoot: try enterRoot()
        case .privateArea(let path, _):
            try makePrivateArea(at: path, cache: source)
        case .directory(let path, let mode):
            try Files.makeDirectory(path, mode: mode, existing: true)
        case .symbolicLink(let path, let target):
            try Files.makeSymbolicLink(path, to: target)
        case .file(let path, let mode, let content):
            try Files.write(path, Array(content.utf8), mode: mode)
        case .fifo(let path, let mode): try Files.makeFIFO(path, mode: mode)
        case .bind(let hostPath, let path, let access):
            try bind(source, of: hostPath, at: path, access)
        case .coverFile(let path, let content): try cover(path, content)
        case .overlay(let lower, let upper, let work, let path):
            try overlay(lower: lower, upper: upper, work: work, at: path)
        case .temporary(let path, let mode, let size):
            try Files.makeDirectory(path, mode: 0o755, existing: true)
            let options = "mode=" + String(mode, radix: 8) + (size.map { ",size=\($0)" } ?? "")
            try mountFileSystem(
                type: "tmpfs", at: path, attributes: [.noSetuid, .noDevices], options: options)
        case .hide(let path): try hide(path)
        case .processes(let path):
            try mountFileSystem(
                type: "proc", at: path, attributes: [.noSetuid, .noDevices, .noExecution],
                options: "")
        case .terminals(let path):
            try Files.makeDirectory(path, mode: 0o755, existing: true)
            try mountFileSystem(
                type: "devpts", at: path, attributes: [.noSetuid, .noExecution],
                options: "newinstance,ptmxmode=0666,mode=0620")
        case .hostname(let name): try setHostName(name)
        case .loopback: try bringUpLoopback()
        case .setting(let name, let value):
            try Descriptor.open("/proc/sys/" + name, FileFlags.writeOnly)
                .writeAll(Array(value.utf8))
        case .leaveHost:
            hostRoot = nil
            try detachMount(at: Self.hostRootPath)
            try Files.removeDirectory(Self.hostRootPath)
        case .sealRoot:
            let root = try Descriptor.open("/", FileFlags.pathOnly)
            try setMountAttributes(
                root.number, set: [.readOnly, .noSetuid, .noDevices], recursive: false)
        }
    }

    private func enterRoot() throws(SystemError) {
        try makeMountsPrivate()
        hostRoot = SharedDescriptor(try Descriptor.open("/", FileFlags.pathOnly))
        // /proc is a directory that every host has and that is not needed until the sandbox has
        // its own.
        try mountFileSystem(type: "tmpfs", at: "/proc", attributes: [], options: "mode=0755")
        try Files.changeDirectory("/proc")
        let name = String(Self.hostRootPath.dropFirst())
        try Files.makeDirectory(name, mode: 0o700)
        try pivotRoot(to: ".", oldRoot: name)
        try Files.makeDirectory("/proc", mode: 0o555)
    }

    /// Opens a path of the host.
    private func onHost(
        _ path: String, directory: Bool = false
    ) throws(SystemError) -> Descriptor {
        guard let root = hostRoot?.number else {
            throw SystemError(call: "openat2", path: path, errno: ErrorNumber.staleHost)
        }
        return try Descriptor.open(
            path, inRoot: root,
            FileFlags.pathOnly | (directory ? FileFlags.directory : 0))
    }

    private func makePrivateArea(
        at path: String, cache: SharedDescriptor?
    ) throws(SystemError) {
        try mountFileSystem(
            type: "tmpfs", at: path, attributes: [.noSetuid, .noDevices], options: "mode=0700")
        if let cache {
            try setMountAttributes(cache.number, set: [.noSetuid, .noDevices], recursive: true)
            try Files.makeDirectory(path + "/cache", mode: 0o700)
            try attach(cache.number, at: path + "/cache")
        }
        privateArea = SharedDescriptor(
            try Descriptor.open(path, FileFlags.pathOnly | FileFlags.directory))
    }

    private func bind(
        _ tree: SharedDescriptor?, of hostPath: String, at path: String,
        _ access: SetupStep.BindAccess
    ) throws(SystemError) {
        guard let tree else {
            throw SystemError(call: "bind", path: hostPath, errno: ErrorNumber.staleHost)
        }
        do throws(SystemError) {
            switch access {
            case .readOnly:
                try setMountAttributes(
                    tree.number, set: [.readOnly, .noSetuid, .noDevices], recursive: true)
            case .readWrite, .readWriteAsOwner:
                try setMountAttributes(
                    tree.number, set: [.noSetuid, .noDevices], recursive: true)
            case .device:
                try setMountAttributes(
                    tree.number, set: [.noSetuid, .noExecution], recursive: false)
            }
            try attach(tree.number, at: path)
        } catch {
            throw SystemError(
                call: error.call, path: error.path ?? hostPath, errno: error.errno)
        }
    }

    private func cover(_ path: String, _ content: String) throws(SystemError) {
        // A file of our own, made in the private area so that it has no other name.
        guard let area = privateArea?.number else {
            throw SystemError(call: "cover", path: path, errno: ErrorNumber.staleHost)
        }
        covers += 1
        let file = try Descriptor.open(
            "cover-\(covers)", FileFlags.writeOnly | FileFlags.createNew, mode: 0o644, in: area)
        try file.writeAll(Array(content.utf8))
        let tree = try cloneTree(of: file.number)
        try setMountAttributes(
            tree.number, set: [.readOnly, .noSetuid, .noDevices, .noExecution], recursive: false)
        try attach(tree.number, at: path)
    }

    private func overlay(
        lower: String, upper: String, work: String, at path: String
    ) throws(SystemError) {
        let lowerDirectory = try onHost(lower, directory: true)
        let upperDirectory = try onHost(upper, directory: true)
        let workDirectory = try onHost(work, directory: true)
        let overlay = try makeOverlay(
            lower: lowerDirectory.number, upper: upperDirectory.number, work: workDirectory.number,
            attributes: [.noSetuid, .noDevices])
        try attach(overlay.number, at: path)
    }

    private func hide(_ path: String) throws(SystemError) {
        if try FileStatus.of(path).kind == .directory {
            try mountFileSystem(
                type: "tmpfs", at: path, attributes: [.readOnly, .noSetuid, .noDevices],
                options: "mode=0000,size=4k")
        } else {
            try cover(path, "")
        }
    }
}
