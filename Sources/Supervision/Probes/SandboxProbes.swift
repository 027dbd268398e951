internal import LinuxKernel
internal import SandboxModel

/// What is tried inside new namespaces, in a process that is not needed afterwards.
struct SandboxProbes {
    /// A directory that every machine has and that no probe needs: in this process' mount namespace
    /// alone a tmpfs covers it.
    private static let area = "/dev"

    var identity: HostProbeRequest.Identity
    var available: Namespaces
    var scratchPath: String?
    var reporter: ProbeReporter

    func run() {
        let becomes = reporter.attempt(.identityMap) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                try becomeUser(identity.inside, dropGroups: identity.privilegedCaller)
                // As the sandbox's init: it must not be looked into. The change of user has
                // cleared the signal that ends this process with its parent.
                try setDumpable(false)
                try setParentDeathSignal(Signal.kill)
            }
            setFileModeMask(0)
            return nil
        }
        guard becomes else { return SeccompProbe(reporter: reporter).run() }
        // These worked already as far as making them goes: only a failure is news.
        if available.contains(.uts) {
            reporter.attempt(.utsNamespace) { () throws(ProbeFailure) in
                try trying { () throws(SystemError) in try setHostName("pkgsandbox") }
                return nil
            }
        }
        if available.contains(.network) {
            reporter.attempt(.networkNamespace) { () throws(ProbeFailure) in
                try trying { () throws(SystemError) in try bringUpLoopback() }
                return nil
            }
        }
        // Its children have to be seen in /proc by the numbers that they have here.
        SeccompProbe(reporter: reporter, readsMemory: true).run()
        if available.contains(.mount) {
            mounts()
        } else {
            for name: HostProbe.Name in [
                .tmpfs, .readOnlyBind, .newRoot, .proc, .devpts, .overlayTmpfs, .overlayScratch,
            ] {
                reporter.tell(name, .untried("there is no mount namespace to try it in"))
            }
            limit(in: "/proc")
        }
    }

    private func mounts() {
        // Opened before anything is covered.
        let scratch = scratchPath.flatMap { path in
            try? SharedDescriptor(
                Descriptor.open(path, FileFlags.pathOnly | FileFlags.directory))
        }
        let hasArea = reporter.attempt(.tmpfs) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                try makeMountsPrivate()
                try mountFileSystem(
                    type: "tmpfs", at: Self.area, attributes: [.noSetuid, .noDevices],
                    options: "mode=0755")
                try Files.write("\(Self.area)/file", [0], mode: 0o600)
            }
            return nil
        }
        guard hasArea else {
            for name: HostProbe.Name in [
                .readOnlyBind, .newRoot, .proc, .devpts, .overlayTmpfs, .overlayScratch,
            ] {
                reporter.tell(name, .untried("there is no tmpfs to try it on"))
            }
            return limit(in: "/proc")
        }
        readOnlyBind()
        overlays(scratch)
        terminals()
        let hasProcesses = processes()
        limit(in: hasProcesses ? "\(Self.area)/proc" : "/proc")
        newRoot()
    }

    private func readOnlyBind() {
        reporter.attempt(.readOnlyBind) { () throws(ProbeFailure) in
            let isReadOnly = try trying { () throws(SystemError) in
                let place = "\(Self.area)/bind"
                try Files.makeDirectory(place, mode: 0o755)
                let source = try Descriptor.open("/usr", FileFlags.pathOnly | FileFlags.directory)
                let tree = try cloneTree(of: source.number)
                try setMountAttributes(
                    tree.number, set: [.readOnly, .noSetuid, .noDevices], recursive: true)
                try attach(tree.number, at: place)
                let bound = try Descriptor.open(place, FileFlags.pathOnly | FileFlags.directory)
                return try isOnReadOnlyMount(bound.number)
            }
            guard isReadOnly else { throw ProbeFailure("the bind stayed writable") }
            return nil
        }
    }

    private func overlays(_ scratch: SharedDescriptor?) {
        reporter.attempt(.overlayTmpfs) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                try Files.makeDirectory("\(Self.area)/layers", mode: 0o700)
                let layers = try Descriptor.open(
                    "\(Self.area)/layers", FileFlags.pathOnly | FileFlags.directory)
                try writeToOverlay(layers: layers.number)
            }
            return nil
        }
        guard let scratch else {
            reporter.tell(
                .overlayScratch, .untried("there is no scratch directory to try it with"))
            return
        }
        reporter.attempt(.overlayScratch) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in try writeToOverlay(layers: scratch.number) }
            return nil
        }
    }

    /// Makes a directory and a file in an overlay of `/usr`, attached nowhere.
    private func writeToOverlay(layers: Int32) throws(SystemError) {
        let flags = FileFlags.pathOnly | FileFlags.directory
        for name in ["upper", "work"] {
            try Files.makeDirectory(name, mode: 0o755, in: layers)
        }
        let overlay = try makeOverlay(
            lower: try Descriptor.open("/usr", flags).number,
            upper: try Descriptor.open("upper", flags, in: layers).number,
            work: try Descriptor.open("work", flags, in: layers).number,
            attributes: [.noSetuid, .noDevices])
        try Files.makeDirectory(".pkgsandbox", mode: 0o755, in: overlay.number)
        let file = try Descriptor.open(
            ".pkgsandbox/file", FileFlags.writeOnly | FileFlags.createNew, mode: 0o644,
            in: overlay.number)
        try file.writeAll([0])
    }

    private func terminals() {
        reporter.attempt(.devpts) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                let place = "\(Self.area)/pts"
                try Files.makeDirectory(place, mode: 0o755)
                try mountFileSystem(
                    type: "devpts", at: place, attributes: [.noSetuid, .noExecution],
                    options: "newinstance,ptmxmode=0666,mode=0620")
                _ = try Terminal.open(in: place)
            }
            return nil
        }
    }

    private func processes() -> Bool {
        guard available.contains(.pid) else {
            reporter.tell(.proc, .untried("there is no pid namespace to try it in"))
            return false
        }
        return reporter.attempt(.proc) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                let place = "\(Self.area)/proc"
                try Files.makeDirectory(place, mode: 0o555)
                try mountFileSystem(
                    type: "proc", at: place, attributes: [.noSetuid, .noDevices, .noExecution],
                    options: "")
                _ = try Descriptor.open("\(place)/1/stat", FileFlags.readOnly)
            }
            return nil
        }
    }

    /// - Parameter processes: where a `/proc` is.
    private func limit(in processes: String) {
        reporter.attempt(.namespaceLimit) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                try Descriptor.open(
                    "\(processes)/sys/user/max_user_namespaces", FileFlags.writeOnly
                ).writeAll([UInt8(ascii: "0")])
            }
            do throws(SystemError) {
                guard let child = try spawnCopy(in: .user) else { exitNow(0) }
                _ = try wait(for: child.pid)
            } catch { return nil }
            throw ProbeFailure("a user namespace could be made all the same")
        }
    }

    /// The last one: nothing of the host is left to be found after it.
    private func newRoot() {
        reporter.attempt(.newRoot) { () throws(ProbeFailure) in
            try trying { () throws(SystemError) in
                try mountFileSystem(
                    type: "tmpfs", at: "/proc", attributes: [], options: "mode=0755")
                try Files.changeDirectory("/proc")
                try Files.makeDirectory(".host", mode: 0o700)
                try pivotRoot(to: ".", oldRoot: ".host")
                try detachMount(at: "/.host")
            }
            return nil
        }
    }
}
