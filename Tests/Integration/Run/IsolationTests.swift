import Foundation
import Glibc
import Testing

/// What a command in the sandbox is, sees and may do.
@Suite(.needs(.sandbox, .ordinaryUser))
struct IsolationTests {
    /// The network namespace of the tests themselves.
    private static var hostNetwork: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
    }

    @Test(arguments: Caller.available)
    func identity(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell("id -u; id -g; id -un; id -G; hostname; umask")
            #expect(ended.lines == ["1000", "1000", "builder", "1000", "pkgsandbox", "0022"])
        }
    }

    /// On the host the command is never root.
    @Test(.needs(.root)) func hostSeesAnUnprivilegedUser() throws {
        try Place.with(.root) { place in
            let running = try place.start(
                place.sandboxed(["sh", "-c", "echo ready; sleep 1000; :", place.root]))
            running.waitForOutput("ready")
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            let users = names.compactMap { pid -> uid_t? in
                let arguments = String(decoding: bytes(of: "/proc/\(pid)/cmdline"), as: UTF8.self)
                var status = stat()
                guard arguments.hasPrefix("sh\0-c\0echo ready"), arguments.contains(place.root),
                    stat("/proc/\(pid)", &status) == 0
                else { return nil }
                return status.st_uid
            }
            #expect(!users.isEmpty && !users.contains(0), "\(users)")
            running.send(SIGTERM)
            running.wait()
        }
    }

    @Test(.needs(.root)) func rootChoosesTheUser() throws {
        try Place.with(.root) { place in
            let user = Caller.unusedUser()
            chown(place.work, user, user)
            let ended = try place.sandbox(["touch", "file"], options: ["--user", "\(user)"])
            #expect(ended.status == 0, "\(ended.errorText)")
            #expect(entries(of: place.work + "/file").map(\.uid) == [user])
            let refused = try place.sandbox(["true"], options: ["--user", "root"])
            #expect(refused.status == 2)
            #expect(refused.errorText.contains("a build never runs as root"))
        }
    }

    @Test(arguments: Caller.available)
    func hasNoPrivileges(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell("cat /proc/self/status")
            for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                #expect(ended.lines.contains("\(name):\t0000000000000000"))
            }
            #expect(ended.lines.contains("NoNewPrivs:\t1"))
            #expect(ended.lines.contains("Seccomp:\t2"))
        }
    }

    /// A program with the set-user-id bit gives nothing.
    @Test(.needs(.tool("su"))) func setUserIdPrograms() throws {
        try Place.with(.user) { place in
            let ended = try place.shell(
                "su -c id root 2>&1; sudo -n id 2>&1; newgrp root 2>&1; id -u")
            #expect(!ended.text.contains("uid=0"))
            #expect(ended.lines.last == "1000")
        }
    }

    @Test(arguments: Caller.available)
    func seesOnlyItsOwnProcesses(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell(
                "ls /proc | grep -c '^[0-9]*$'; readlink /proc/1/exe; echo $PPID")
            let count = try #require(ended.lines.first.flatMap { Int($0) })
            #expect(count <= 5, "init, the shell, ls and grep")
            #expect(ended.lines.last == "1")
        }
    }

    /// Init can be neither ended, traced nor read.
    @Test(arguments: Caller.available)
    func initIsOutOfReach(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell(
                """
                for signal in $(seq 1 64); do kill -$signal 1; done 2>/dev/null
                cat /proc/1/environ >/dev/null 2>&1 && echo environment
                cat /proc/1/mem >/dev/null 2>&1 && echo memory
                ls /proc/1/fd >/dev/null 2>&1 && echo descriptors
                ls /proc/1/root/ >/dev/null 2>&1 && echo root
                ls /proc/1/cwd/ >/dev/null 2>&1 && echo directory
                echo alive
                """)
            #expect(ended.lines == ["alive"])
            #expect(ended.status == 0)
        }
    }

    @Test(arguments: Caller.available)
    func hostDirectoriesAreHidden(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell(
                """
                ls -A /home; echo -; ls -A /root /srv /mnt /media /boot /sys /.host 2>/dev/null
                ls -A '\(place.home)' 2>/dev/null; cat /etc/shadow 2>/dev/null
                ls /var/run/docker.sock /run/dbus /run/systemd 2>/dev/null; echo end
                """)
            #expect(ended.lines == ["builder", "-", "end"], "\(ended.text)")
        }
    }

    /// What is visible is read-only, with every call one might try.
    @Test(arguments: Caller.available)
    func systemIsReadOnly(caller: Caller) throws {
        try Place.with(caller) { place in
            let name = "pkgsandbox-test-\(UUID().uuidString)"
            let ended = try place.shell(
                """
                exec 2>/dev/null
                for d in / /usr /usr/bin /usr/lib /usr/local /etc /opt /run /dev /var /var/lib /home /proc /proc/sys; do
                  mkdir "$d/\(name)" && echo "mkdir $d"
                  (: > "$d/\(name)") && echo "create $d"
                  ln -s x "$d/\(name)" && echo "symlink $d"
                  touch "$d" && echo "touch $d"
                  chmod 777 "$d" && echo "chmod $d"
                done
                mount -t tmpfs none /mnt && echo mount
                mount -o remount,rw /usr && echo remount
                umount -l /usr && echo umount
                echo 1 > /proc/sys/kernel/hostname && echo sysctl
                hostname other && echo hostname
                echo end
                """)
            #expect(ended.lines == ["end"], "\(ended.text)")
            for directory in ["/usr", "/usr/bin", "/etc", "/opt"] {
                #expect(!FileManager.default.fileExists(atPath: "\(directory)/\(name)"))
            }
        }
    }

    /// As root of the host, `/usr` is read-only by the mount and not by the mode.
    @Test(.needs(.root)) func systemIsReadOnlyByMount() throws {
        try Place.with(.root) { place in
            let ended = try place.shell("grep -E ' /(usr|etc) ' /proc/self/mounts")
            #expect(ended.lines.count == 2)
            for line in ended.lines {
                #expect(line.split(separator: " ")[3].hasPrefix("ro,nosuid,nodev"), "\(line)")
            }
        }
    }

    @Test(arguments: Caller.available)
    func temporaryDirectoriesArePrivate(caller: Caller) throws {
        try Place.with(caller) { place in
            let name = "pkgsandbox-test-\(UUID().uuidString)"
            let script =
                "for d in /tmp /var/tmp /dev/shm \"$HOME\"; do echo x > $d/\(name) && cat $d/\(name); done"
            let used = try place.shell(script)
            #expect(used.text == "x\nx\nx\nx\n")
            for directory in ["/tmp", "/var/tmp", "/dev/shm", "/home/builder"] {
                #expect(!FileManager.default.fileExists(atPath: "\(directory)/\(name)"))
            }
            #expect(try place.shell("ls -A /tmp /dev/shm").lines == ["/dev/shm:", "/tmp:"])
        }
    }

    @Test(arguments: Caller.available)
    func devicesAreFew(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.shell("ls /dev")
            #expect(
                Set(ended.lines) == [
                    "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
                    "stdout",
                    "tty", "urandom", "zero",
                ])
            let used = try place.shell(
                "echo x > /dev/null && head -c 2 /dev/zero | wc -c && head -c 2 /dev/urandom | wc -c "
                    + "&& ! echo x 2>/dev/null > /dev/full && ls /dev/pts")
            #expect(used.status == 0, "\(used.errorText)")
            #expect(used.lines == ["2", "2", "ptmx"])
        }
    }

    @Test(.needs(.tool("python3")), arguments: Caller.available)
    func networkIsOff(caller: Caller) throws {
        try Place.with(caller) { place in
            let script = """
                import socket
                print([name for _, name in socket.if_nameindex()])
                server = socket.create_server(("127.0.0.1", 0))
                client = socket.create_connection(server.getsockname())
                print("loopback")
                for address in ("192.0.2.1", "1.1.1.1"):
                    try:
                        socket.create_connection((address, 80), timeout=5)
                        print("connected")
                    except OSError as error:
                        print(error.errno)
                """
            let ended = try place.sandbox(["python3", "-c", script])
            #expect(ended.lines == ["['lo']", "loopback", "101", "101"], "\(ended.errorText)")
            // Abstract sockets belong to the network's namespace: the host's cannot be reached.
            let mine = try place.shell("readlink /proc/self/ns/net")
            #expect(mine.lines.count == 1 && mine.lines != [Self.hostNetwork])
        }
    }

    @Test(arguments: Caller.available)
    func networkOnRequest(caller: Caller) throws {
        try Place.with(caller) { place in
            let ended = try place.sandbox(
                ["readlink", "/proc/self/ns/net"], options: ["--network", "host"])
            #expect(ended.lines == [Self.hostNetwork])
        }
    }

    @Test(.needs(.tool("python3")), arguments: Caller.available)
    func waysAroundAreShut(caller: Caller) throws {
        try Place.with(caller) { place in
            let nested = try place.shell("unshare -U true")
            #expect(nested.status != 0)
            // io_uring_setup, bpf, perf_event_open, userfaultfd, add_key and ptrace of init.
            let script = """
                import ctypes, platform
                if platform.machine() == "x86_64":
                    numbers = {"io_uring_setup": 425, "bpf": 321, "perf_event_open": 298, "add_key": 248}
                else:
                    numbers = {"io_uring_setup": 425, "bpf": 280, "perf_event_open": 241, "add_key": 217}
                libc = ctypes.CDLL(None, use_errno=True)
                for name, number in numbers.items():
                    result = libc.syscall(number, 0, 0, 0, 0, 0)
                    print(name, result, ctypes.get_errno())
                print("ptrace", libc.ptrace(16, 1, 0, 0), ctypes.get_errno())
                """
            let ended = try place.sandbox(["python3", "-c", script])
            #expect(
                ended.lines == [
                    "io_uring_setup -1 38", "bpf -1 1", "perf_event_open -1 1", "add_key -1 38",
                    "ptrace -1 1",
                ], "\(ended.errorText)")
        }
    }

    /// No descriptor of the caller's or of pkgsandbox's own is open in the command.
    @Test(arguments: Caller.available)
    func noDescriptorsLeakIn(caller: Caller) throws {
        try Place.with(caller) { place in
            // Of four, one is the directory that ls reads.
            #expect(try place.shell("exec ls /proc/self/fd").lines == ["0", "1", "2", "3"])
            let secret = try place.write("secret", to: "home/secret")
            let line = try place.sandboxed(["ls", "/proc/self/fd"])
                .map { "'\($0)'" }.joined(separator: " ")
            let ended = try place.run(["bash", "-c", "exec 9< '\(secret)'; exec \(line)"])
            #expect(ended.lines == ["0", "1", "2", "3"], "\(ended.errorText)")
        }
    }

    @Test(arguments: Caller.available)
    func addedDirectories(caller: Caller) throws {
        try Place.with(caller) { place in
            let readable = try place.makeDirectory("readable dir")
            let writable = try place.makeDirectory("writable dir")
            try place.write("shown", to: "readable dir/file")
            chmod(writable, 0o777)
            let ended = try place.shell(
                "cat '\(readable)/file'; touch '\(readable)/new' 2>/dev/null; echo $?; "
                    + "touch '\(writable)/new'; echo $?; ls -A /usr/share/doc 2>/dev/null | wc -l",
                options: [
                    "--read-only", readable, "--writable", writable, "--hide", "/usr/share/doc",
                ])
            #expect(ended.lines == ["shown1", "0", "0"], "\(ended.text)\(ended.errorText)")
            #expect(entries(of: readable).count == 2)
            #expect(entries(of: writable).count == 2)
        }
    }
}
