internal import LinuxKernel
internal import SandboxModel

extension HostSummary {
    /// The machine that this process runs on.
    static func current(buildUser: UInt32?) -> HostSummary {
        let kernel = HostSystem.kernel()
        return HostSummary(
            kernel: kernel.release, architecture: kernel.architecture,
            distribution: distribution(), version: programVersion,
            buildUser: buildUser.map(Int.init))
    }

    /// See os-release(5).
    private static func distribution() -> String? {
        guard let bytes = try? Files.read("/etc/os-release") else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("PRETTY_NAME=") else { continue }
            return String(line.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" })
        }
        return nil
    }
}
