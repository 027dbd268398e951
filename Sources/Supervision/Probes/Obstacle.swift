public import LinuxKernel
internal import SandboxModel

/// What makes the kernel refuse a part of a sandbox, as far as it can be measured, and what mends it.
///
/// Asked only after something failed: a setting that forbids something in theory is no reason.
public struct Obstacle: Sendable, Equatable {
    /// Nil where nothing that was looked at explains the failure.
    public var cause: String?
    /// A command, or what to set; nil where nothing is known to help.
    public var remedy: String?

    /// What keeps user namespaces, and what is done in them, from being made.
    public static func ofNamespaces(_ error: SystemError) -> Obstacle? {
        ofNamespaces(errno: error.errno)
    }

    static func ofNamespaces(errno: Int32) -> Obstacle? {
        switch errno {
        case ErrorNumber.noSpace, ErrorNumber.tooManyUsers: limit()
        case ErrorNumber.notPermitted, ErrorNumber.accessDenied:
            forbiddingSetting() ?? changedRoot() ?? securityModule() ?? systemCallFilter()
        case ErrorNumber.notImplemented:
            systemCallFilter() ?? Obstacle(remedy: "use Linux 5.12 or later")
        case ErrorNumber.invalid:
            Obstacle(remedy: "use a kernel with CONFIG_USER_NS and the other namespaces")
        default: nil
        }
    }

    /// What keeps a probe from working.
    static func of(_ name: HostProbe.Name, _ failure: ProbeFailure, scratch: String) -> Obstacle? {
        let isRefused =
            failure.errno == ErrorNumber.notPermitted || failure.errno == ErrorNumber.accessDenied
        let isUnknown =
            [ErrorNumber.notImplemented, ErrorNumber.invalid, ErrorNumber.noDevice]
            .contains(failure.errno)
        switch name {
        case .proc where isRefused: return coveredProcesses() ?? ofNamespaces(errno: failure.errno)
        case .namespaceLimit where failure.errno == ErrorNumber.readOnly:
            return Obstacle(
                cause: "the /proc of this container is read-only",
                remedy: ContainerEngine.remedy(.processes, in: .current()))
        case .overlayTmpfs, .overlayScratch:
            return ofOverlay(name, failure, isRefused, scratch: scratch)
        case .seccompListener where failure.errno == ErrorNumber.busy:
            return Obstacle(
                cause: "this process is watched already: only one listener can watch a process",
                remedy: "start pkgsandbox outside of this sandbox")
        case .seccompListener where isUnknown:
            return Obstacle(remedy: "use Linux 5.5 or later with CONFIG_SECCOMP_FILTER")
        case .seccompWaitKillable:
            return Obstacle(
                cause: "the kernel is older than 5.19: Go programs may be slow",
                remedy: "use Linux 5.19 or later")
        case .seccompSyncWakeup:
            return Obstacle(
                cause: "the kernel is older than 6.6: watched calls take longer",
                remedy: "use Linux 6.6 or later")
        case .readOnlyBind where isUnknown: return Obstacle(remedy: "use Linux 5.12 or later")
        case .devpts where isUnknown:
            return Obstacle(remedy: "use a kernel with CONFIG_UNIX98_PTYS")
        case .callerMemory:
            return systemCallFilter()
        default: return ofNamespaces(errno: failure.errno)
        }
    }

    private static func ofOverlay(
        _ name: HostProbe.Name, _ failure: ProbeFailure, _ isRefused: Bool, scratch: String
    ) -> Obstacle? {
        if failure.errno == ErrorNumber.noDevice {
            return Obstacle(
                cause: "the kernel has no overlay file system, or has not loaded it",
                remedy: command("modprobe overlay"))
        }
        if name == .overlayScratch, failure.errno == ErrorNumber.invalid {
            guard let type = MountEntry.type(of: scratch),
                !["ext4", "xfs", "btrfs", "tmpfs", "f2fs"].contains(type)
            else { return nil }
            return Obstacle(
                cause: "\(scratch) is on \(type), which cannot hold an overlay's changes: "
                    + "recipe directories are copied",
                remedy: "name a directory on ext4, xfs, btrfs or tmpfs: --scratch DIR")
        }
        if isRefused {
            return ofNamespaces(errno: failure.errno)
                ?? Obstacle(remedy: "use Linux 5.11 or later, which lets users mount overlays")
        }
        return nil
    }

    /// What keeps root from giving things to the build's user, and from becoming that user.
    static func ofIdentity(_ identity: HostProbeRequest.Identity, errno: Int32) -> Obstacle? {
        guard identity.privilegedCaller,
            errno == ErrorNumber.notPermitted || errno == ErrorNumber.invalid
        else { return nil }
        let user = identity.outside.uid
        if !isMapped(user) {
            return Obstacle(
                cause: "user \(user) is not mapped in the user namespace that this process is in",
                remedy: "name a user that is: --user UID, or start pkgsandbox as an ordinary user")
        }
        // The numbers of CAP_CHOWN, CAP_SETGID and CAP_SETUID; see capabilities(7).
        if let capabilities = effectiveCapabilities, capabilities & 0b1100_0001 != 0b1100_0001 {
            return Obstacle(
                cause: "this root has not all of CAP_CHOWN, CAP_SETGID and CAP_SETUID",
                remedy: "start pkgsandbox as an ordinary user, or the container with "
                    + "--cap-add CHOWN --cap-add SETGID --cap-add SETUID")
        }
        return nil
    }

    // MARK: Measurements

    private static func isMapped(_ user: UInt32) -> Bool {
        guard let bytes = try? Files.read("/proc/self/uid_map") else { return true }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            return numbers.count == 3 && user >= numbers[0] && user - numbers[0] < numbers[2]
        }
    }

    private static var effectiveCapabilities: UInt64? {
        statusField("CapEff").flatMap { UInt64($0, radix: 16) }
    }

    /// A field of proc_pid_status(5) of this process.
    private static func statusField(_ name: String) -> String? {
        guard let bytes = try? Files.read("/proc/self/status") else { return nil }
        let start = "\(name):\t"
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(start) }
            .map { String($0.dropFirst(start.count)) }
    }

    private static func forbiddingSetting() -> Obstacle? {
        for (name, forbidding, allowing) in [
            ("kernel.apparmor_restrict_unprivileged_userns", 1, 0),
            ("kernel.unprivileged_userns_clone", 0, 1),
        ] where setting(name) == forbidding {
            return Obstacle(
                cause: "\(name) is \(forbidding)", remedy: command("sysctl -w \(name)=\(allowing)"))
        }
        return nil
    }

    private static func limit() -> Obstacle? {
        for kind in ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup"] {
            let name = "user.max_\(kind)_namespaces"
            guard setting(name) == 0 else { continue }
            let cause = "\(name) is 0"
            if isInUserNamespace {
                return Obstacle(
                    cause: cause + " in the user namespace that this process is in",
                    remedy: "start pkgsandbox outside of this sandbox or container")
            }
            return Obstacle(cause: cause, remedy: command("sysctl -w \(name)=15000"))
        }
        return Obstacle(remedy: command("sysctl -w user.max_user_namespaces=15000"))
    }

    /// In a chroot that is no mount point of its own, no mount is at `/`.
    private static func changedRoot() -> Obstacle? {
        let mounts = MountEntry.all()
        guard !mounts.isEmpty, !mounts.contains(where: { $0.path == "/" }) else { return nil }
        return Obstacle(
            cause: "this process is in a chroot, and the kernel makes no user namespace there",
            remedy: "enter the directory with `systemd-nspawn -D DIR` in place of chroot")
    }

    /// The AppArmor profile or the SELinux type that confines this process.
    private static func securityModule() -> Obstacle? {
        guard let bytes = try? Files.read("/proc/self/attr/current") else { return nil }
        let label = ByteText.decode(Array(bytes.prefix { $0 > 0x20 }))
        let text = ByteText.decode(bytes.filter { $0 >= 0x20 })
        if text.hasSuffix("(enforce)") {
            return Obstacle(
                cause: "AppArmor confines this process to the profile \(label)",
                remedy: ContainerEngine.remedy(.confinement, in: .current()))
        }
        if label.contains(":container_t:") {
            return Obstacle(
                cause: "SELinux confines this process to \(label)",
                remedy: ContainerEngine.remedy(.labels, in: .current()))
        }
        return nil
    }

    private static func systemCallFilter() -> Obstacle? {
        guard statusField("Seccomp") == "2" else { return nil }
        return Obstacle(
            cause: "a seccomp filter is on this process, as container engines load one",
            remedy: ContainerEngine.remedy(.systemCalls, in: .current()))
    }

    /// The kernel gives no new /proc to those who cannot see all of their own.
    public static func coveredProcesses() -> Obstacle? {
        let covers = MountEntry.all().map(\.path).filter {
            $0.hasPrefix("/proc/") && $0 != "/proc/sys/fs/binfmt_misc"
        }
        guard let first = covers.first else { return nil }
        let others = covers.count > 1 ? " and \(covers.count - 1) more" : ""
        return Obstacle(
            cause: "\(first)\(others) \(covers.count > 1 ? "are" : "is") covered, as in a "
                + "container, and the kernel gives no new /proc to those who cannot see all of one",
            remedy: ContainerEngine.remedy(.processes, in: .current()))
    }

    /// The value of a sysctl(8) name; nil where the kernel does not have it.
    private static func setting(_ name: String) -> Int? {
        let path = "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
        guard let bytes = try? Files.read(path) else { return nil }
        return Int(String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self))
    }

    /// Whether the host's users are mapped, as they are in a container or a sandbox.
    private static var isInUserNamespace: Bool {
        guard let bytes = try? Files.read("/proc/self/uid_map") else { return false }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            != ["0", "0", "4294967295"]
    }

    /// A command for the host's administrator.
    private static func command(_ text: String) -> String {
        if ContainerEngine.current() != nil { return "on the host: sudo \(text)" }
        return UserIdentity.current().uid == 0 ? text : "sudo \(text)"
    }
}
