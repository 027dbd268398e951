internal import Crypto

/// SHA-256 of the files that are being copied, by name.
final class Checksums {
    private var hashes: [String: SHA256] = [:]

    /// Begins a file; what is returned takes its content.
    func start(_ name: String) -> ([UInt8]) -> Void {
        hashes[name] = SHA256()
        return { [self] bytes in hashes[name]?.update(data: bytes) }
    }

    /// The checksum of a file, in lower-case hexadecimal.
    ///
    /// - Parameter path: the file's path; the name it began under is the last component.
    func finish(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let hash = hashes.removeValue(forKey: name) else { return "" }
        return hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
