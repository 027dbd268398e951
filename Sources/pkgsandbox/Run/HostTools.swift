internal import LinuxKernel
internal import SandboxModel

/// The packaging tools of the host.
enum HostTools {
    /// Whether pacman knows what is installed here.
    static var hasPacmanDatabase: Bool { PathQuestion.isThere("/var/lib/pacman/local") }

    /// Where the host's own programs are.
    static let searchPath = "/usr/sbin:/usr/bin:/sbin:/bin"

    /// Where a program is; nil if it is in none of the directories.
    static func find(_ name: String, searchPath: String) -> String? {
        searchPath.split(separator: ":").map { "\($0)/\(name)" }.first {
            PathQuestion.access(Array($0.utf8) + [0], PathQuestion.search) == 0
        }
    }

    /// - Throws: a `UserError` with the command that installs what is missing.
    static func requireMakepkg(searchPath: String) throws(UserError) {
        let missing = ["makepkg", "pacman", "bsdtar", "fakeroot"].filter {
            find($0, searchPath: searchPath) == nil
        }
        if missing.isEmpty { return }
        throw UserError(
            "cannot build a PKGBUILD: \(missing.joined(separator: ", ")) "
                + "\(missing.count == 1 ? "is" : "are") not installed",
            hint: installCommand(for: missing), exitStatus: .setupFailed)
    }

    /// The host's command that installs programs.
    ///
    /// - Parameter again: they are there, but something of them is missing or broken.
    static func installCommand(for programs: [String], again: Bool = false) -> String {
        let manager =
            PackageManager.all.first { find($0.program, searchPath: searchPath) != nil }
            ?? PackageManager.pacman
        var packages: [String] = []
        for program in programs {
            let package = manager.packages[program] ?? program
            if !packages.contains(package) { packages.append(package) }
        }
        let sudo = UserIdentity.current().uid == 0 ? "" : "sudo "
        let action = again ? manager.reinstall : manager.install
        return "\(sudo)\(manager.program) \(action) \(packages.joined(separator: " "))"
    }
}

/// How a distribution installs programs, and what it calls the packages.
private struct PackageManager {
    var program: String
    var install: String
    var reinstall: String
    /// Packages that are not called as the program that they hold.
    var packages: [String: String]

    static let pacman = PackageManager(
        program: "pacman", install: "-S --needed", reinstall: "-S",
        packages: ["makepkg": "pacman", "bsdtar": "libarchive"])

    static let all = [
        PackageManager(
            program: "apt-get", install: "install", reinstall: "install --reinstall",
            packages: ["pacman": "pacman-package-manager", "bsdtar": "libarchive-tools"]),
        PackageManager(
            program: "dnf", install: "install", reinstall: "reinstall",
            packages: ["makepkg": "pacman"]),
        PackageManager(
            program: "zypper", install: "install", reinstall: "install --force",
            packages: ["makepkg": "pacman"]),
        pacman,
    ]
}
