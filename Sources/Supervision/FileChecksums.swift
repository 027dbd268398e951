internal import LinuxKernel

/// SHA-256 checksums, made by the host's sha256sum(1): makepkg needs it too, so it is there.
public enum FileChecksums {
    /// - Parameters:
    ///   - paths: absolute paths of regular files.
    ///   - searchPath: where sha256sum is looked for, directories separated by colons.
    /// - Returns: lower-case hexadecimal, in the order of the paths; nil where the program could not
    ///   be run or did not answer for every file.
    public static func sha256(of paths: [String], searchPath: String) -> [String]? {
        if paths.isEmpty { return [] }
        // --zero: names are then printed as they are, and entries end with a zero byte.
        guard
            let output = try? output(
                of: ["sha256sum", "--zero", "--"] + paths, searchPath: searchPath)
        else { return nil }
        let sums = output.split(separator: 0).map { String(decoding: $0.prefix(64), as: UTF8.self) }
        let isHexadecimal = sums.allSatisfy { sum in
            sum.utf8.count == 64 && sum.allSatisfy { $0.isHexDigit && !$0.isUppercase }
        }
        return sums.count == paths.count && isHexadecimal ? sums : nil
    }

    private static func output(
        of command: [String], searchPath: String
    ) throws(SystemError) -> [UInt8] {
        let pipe = try DescriptorPair.pipe()
        guard let child = try spawnCopy(in: []) else {
            do throws(SystemError) {
                let null = try Descriptor.open("/dev/null", FileFlags.readOnly)
                try redirect(0, to: null.number)
                try redirect(1, to: pipe.second.number)
                try closeOnExecute(from: 3)
                restoreDefaultSignals()
                try setParentDeathSignal(Signal.kill)
                try execute(
                    command, environment: ["PATH": searchPath, "LC_ALL": "C"],
                    searchPath: searchPath)
            } catch { exitNow(127) }
            exitNow(127)
        }
        // The end for writing has to go, or the output would never end.
        let readEnd = pipe.takeFirst()
        let output = try readEnd.readAll()
        _ = try wait(for: child.pid)
        return output
    }
}
