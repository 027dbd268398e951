internal import LinuxKernel
internal import SandboxModel

/// The packaging tools of the host.
enum HostTools {
    /// Whether pacman knows what is installed here.
    static var hasPacmanDatabase: Bool { PathQuestion.isThere("/var/lib/pacman/local") }

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
    static func installCommand(for programs: [String]) -> String {
        let all = "/usr/sbin:/usr/bin:/sbin:/bin"
        func names(_ packages: [String: String]) -> String {
            var result: [String] = []
            for program in programs {
                let package = packages[program] ?? program
                if !result.contains(package) { result.append(package) }
            }
            return result.joined(separator: " ")
        }
        if find("apt-get", searchPath: all) != nil {
            let packages = names([
                "makepkg": "makepkg", "pacman": "pacman-package-manager",
                "bsdtar": "libarchive-tools",
            ])
            return "sudo apt-get install \(packages)"
        }
        if find("dnf", searchPath: all) != nil {
            return "sudo dnf install \(names(["makepkg": "pacman", "bsdtar": "bsdtar"]))"
        }
        if find("zypper", searchPath: all) != nil {
            return "sudo zypper install \(names(["makepkg": "pacman"]))"
        }
        return "sudo pacman -S \(names(["makepkg": "pacman", "bsdtar": "libarchive"]))"
    }
}
