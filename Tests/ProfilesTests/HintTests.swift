import Profiles
import SandboxModel
import Testing

@Suite struct HintTests {
    private func failure(
        _ path: String, phase: String? = "package", program: String = "/usr/bin/install",
        parents: [String] = ["/usr/bin/make"], reason: WriteFailure.Reason = .readOnlySystem
    ) -> WriteFailure {
        WriteFailure(
            path: path, requestedPath: path, call: "openat", operation: "create-file",
            errno: "EROFS", reason: reason, phase: phase,
            process: ProcessSummary(pid: 2, executable: program, arguments: [program]),
            ancestry: parents.map { ProcessSummary(pid: 1, executable: $0, arguments: [$0]) })
    }

    /// What the default profile's rules say of writes that real builds make.
    @Test(
        arguments: [
            ("/usr/bin/hello", "package", "missing-destdir"),
            ("/usr/share/man/man1/hello.1", "package_hello-doc", "missing-destdir"),
            ("/etc/hello.conf", "package", "missing-destdir"),
            ("/lib64/libhello.so", "package", "missing-destdir"),
            ("/usr/local/bin/hello", "package", "missing-prefix"),
            ("/var/lib/hello", "package", "service-state"),
            ("/usr/bin/hello", "build", "install-outside-package"),
            ("/usr/local/bin/hello", "check", "install-outside-package"),
            ("/usr/bin/hello", nil, "system-directory"),
            ("/var/log/hello.log", "check", "var-state"),
            ("/usr/lib/modules/6.1/build/.thinlto-cache", "build", "thinlto-cache"),
            ("/usr/lib/modules/6.1/build/.thinlto-cache/Thin-*.tmp.o", "build", "thinlto-cache"),
            ("/usr/lib/modules/6.1/build/scripts/x", "build", "kernel-headers"),
            ("/usr/src/linux-headers-6.1/x", "build", "kernel-headers"),
            ("/usr/lib/modules/6.1/extra/foo.ko", "package", "modules-install"),
            ("/usr/lib/modules/6.1/modules.dep.1.tmp", "package", "depmod"),
            ("/usr/lib/python3/dist-packages/__pycache__/x.pyc.123", "build", "python-bytecode"),
            ("/usr/lib/python3.11/site-packages/hello/__init__.py", "package", "python-install"),
            ("/usr/local/lib/python3.11/dist-packages/hello.py", "package", "python-install"),
            ("/usr/local/share/perl/5.36.0/Hello.pm", "package", "perl-install"),
            ("/usr/share/perl5/Hello.pm", "package", "perl-install"),
            ("/usr/lib/x86_64-linux-gnu/perl5/5.36/Hello.so", "package", "perl-install"),
            ("/etc/ld.so.cache~", "package", "ldconfig-cache"),
            ("/usr/share/icons/hicolor/.icon-theme.cache", "package", "icon-cache"),
            ("/usr/share/applications/.mimeinfo.cache.AB12", "package", "desktop-cache"),
            ("/usr/share/applications/hello.desktop", "package", "missing-destdir"),
            ("/usr/share/mime/packages/hello.xml", "package", "missing-destdir"),
            ("/usr/share/glib-2.0/schemas/gschemas.compiled.AB12", "package", "gsettings-schemas"),
            ("/usr/lib/systemd/system/hello.service", "package", "systemd-units"),
            ("/home/alice/.config/hello", "build", "other-home"),
            ("/root/.cargo/registry", "build", "cargo-home"),
            ("/root/.bashrc", "build", "other-home"),
            ("/run/hello.pid", "check", "run-directory"),
            ("/proc/sys/vm/overcommit_memory", "check", "kernel-settings"),
            ("/sys/kernel/mm/transparent_hugepage/enabled", "check", "kernel-settings"),
            ("/dev/hello", "check", "device"),
            ("/var/lib/texmf/ls-R", "build", "texmf"),
            ("/var/lib/pacman/db.lck", "build", "package-database"),
            ("/etc/.pwd.lock", "package", "accounts"),
            ("/var/cache/fontconfig/abc.cache-8", "build", "fontconfig-cache"),
            ("/var/lib/dkms/hello", "build", "dkms-tree"),
            ("/srv/http/hello", "package", "missing-destdir"),
            ("/build/src/hello", "build", nil),
        ] as [(String, String?, String?)])
    func defaultRules(path: String, phase: String?, rule: String?) throws {
        let matcher = try HintMatcher(try ProfileLoader.builtIn().rules)
        #expect(matcher.hint(for: failure(path, phase: phase))?.id == rule)
    }

    @Test func processesAreThoseThatWriteOrStartThem() throws {
        let matcher = try HintMatcher(try ProfileLoader.builtIn().rules)
        let mime = "/usr/share/mime/globs"
        #expect(
            matcher.hint(for: failure(mime, program: "/usr/bin/update-mime-database"))?.id
                == "mime-cache")
        let go = "/usr/lib/go-1.21/pkg/linux_amd64/x.a"
        #expect(
            matcher.hint(
                for: failure(go, phase: "build", program: "/x/compile", parents: ["/usr/bin/go"]))?
                .id == "go-cache")
        #expect(
            matcher.hint(for: failure(go, phase: "build", program: "/x/compile"))?.id
                == "install-outside-package")
        let fonts = "/var/cache/fontconfig/a"
        #expect(matcher.hint(for: failure(fonts, program: "/usr/bin/fc-cache"))?.harmless == false)
        #expect(matcher.hint(for: failure(fonts, program: "/usr/bin/dot"))?.harmless == true)
    }

    @Test func conditions() throws {
        let rule = HintRule(
            id: "a", paths: ["/x/**"], processes: ["ld.lld"], phases: ["build"],
            reasons: ["permission"], cause: "c", remedy: "r")
        let matcher = try HintMatcher([rule])
        let good = failure(
            "/x/y", phase: "build", program: "/bin/ld.lld", reason: .permission)
        #expect(matcher.hint(for: good) == rule)
        var other = good
        other.phase = nil
        #expect(matcher.hint(for: other) == nil)
        other = good
        other.reason = .immutable
        #expect(matcher.hint(for: other) == nil)
        other = good
        other.path = "/y"
        #expect(matcher.hint(for: other) == nil)
        other = good
        other.process.executable = "/bin/lld"
        // Called by the name of a link.
        #expect(matcher.hint(for: other) == rule)
        other.process.arguments = []
        #expect(matcher.hint(for: other) == nil)
        #expect(
            try HintMatcher([HintRule(id: "b", cause: "c", remedy: "r")]).hint(for: other) != nil)
    }

    @Test func everyRemedyNamesWhatToWrite() throws {
        for rule in try ProfileLoader.builtIn().rules where !rule.harmless {
            #expect(rule.remedy.contains("`"), "\(rule.id)")
            #expect(!rule.remedy.hasSuffix(".") && !rule.cause.hasSuffix("."), "\(rule.id)")
        }
    }
}
