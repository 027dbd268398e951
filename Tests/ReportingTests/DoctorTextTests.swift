import Foundation
import Reporting
import SandboxModel
import Testing

@Suite("Doctor's text")
struct DoctorTextTests {
    private static let host = HostSummary(
        kernel: "6.18.5", architecture: "x86_64", distribution: "Debian 12", version: "0.1.0",
        buildUser: 1000)

    /// All is well but for the given ones.
    private static func facts(_ special: [HostProbe]) -> HostFacts {
        HostFacts(
            host: host,
            probes: HostProbe.Name.allCases.map { name in
                special.first { $0.name == name } ?? HostProbe(name, .ok)
            })
    }

    private static let container = facts([
        HostProbe(
            .proc, .missing, reason: "mount proc: Operation not permitted (EPERM)",
            cause: "/proc/kcore and 5 more of this container's /proc are covered, so the kernel "
                + "refuses a new one",
            remedy: "podman run --security-opt unmask=ALL …"),
        HostProbe(.overlayScratch, .untried, reason: "there is no scratch directory"),
        HostProbe(.scratch, .ok, detail: "/var/tmp, 73.8 GiB free"),
        HostProbe(
            .pacmanDatabase, .degraded,
            reason: "open /var/lib/pacman/local: No such file or directory (ENOENT)"),
    ])

    @Test("aligned, with reason, cause and what mends it")
    func text() throws {
        try expectSnapshot(DoctorText(Self.container).rendered(), "doctor.txt")
        try expectSnapshot(DoctorText(Self.container).rendered(width: 72), "doctor.narrow.txt")
        try expectSnapshot(DoctorText(Self.container).rendered(colour: true), "doctor.colour.txt")
    }

    @Test("the last line says what can be done")
    func conclusion() {
        func line(_ special: [HostProbe]) -> Substring? {
            DoctorText(Self.facts(special)).rendered().split(separator: "\n").last
        }
        #expect(line([]) == "builds can run")
        #expect(
            line([HostProbe(.makepkg, .missing)])
                == "builds cannot run, `run` and `shell` can: makepkg")
        #expect(line([HostProbe(.tmpfs, .missing)]) == "no sandbox can be made: tmpfs")
        #expect(line([HostProbe(.tmpfs, .untried)]) == "no sandbox can be made: tmpfs")
    }

    @Test("nothing acts on a terminal")
    func hostile() throws {
        let facts = Self.facts([
            HostProbe(
                .scratch, .missing, reason: "mkdir /tmp/\u{1B}[2J\n: \u{202E}", cause: "\r",
                remedy: "\u{7}")
        ])
        for text in [DoctorText(facts).rendered(), try DoctorText(facts).json()] {
            let acting = text.unicodeScalars.filter {
                $0 != "\n" && $0.value < 0x20 || $0 == "\u{202E}"
            }
            #expect(acting.isEmpty)
        }
    }

    @Test("what was not heard of counts as untried, and builds cannot run")
    func silence() {
        let facts = HostFacts(host: Self.host, probes: [])
        #expect(!facts.canRun)
        #expect(facts.probes.count == HostProbe.Name.allCases.count)
        #expect(
            facts.userNamespaces
                == .missing(reason: "nothing was heard of it", remedy: nil))
        #expect(Self.facts([]).overlay == .available)
    }
}
