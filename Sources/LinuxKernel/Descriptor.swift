internal import CLinuxShims
internal import Glibc

/// An open file description, closed when the value goes out of scope.
///
/// Always opened close-on-exec; what a child is to inherit is handed over explicitly.
public struct Descriptor: ~Copyable, Sendable {
    /// The number that system calls take.
    public let number: Int32

    /// Takes over a descriptor that nobody else closes.
    public init(owning number: Int32) { self.number = number }

    deinit {
        // EBADF would mean that somebody else closed it: a bug that can close a stranger's file.
        if Glibc.close(number) != 0 && errno == EBADF {
            fatalErrorWithoutAllocation("descriptor closed twice")
        }
    }

    /// Gives the descriptor away: the caller closes it.
    public consuming func take() -> Int32 {
        let taken = number
        discard self
        return taken
    }

    /// A second descriptor for the same open file, close-on-exec; see fcntl(2), F_DUPFD_CLOEXEC.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(owning: try check(pks_fcntl(number, F_DUPFD_CLOEXEC, 3), "fcntl"))
    }

    /// The same, with a number that is at least `lowest`.
    public func duplicate(from lowest: Int32) throws(SystemError) -> Descriptor {
        Descriptor(owning: try check(pks_fcntl(number, F_DUPFD_CLOEXEC, lowest), "fcntl"))
    }

    /// Opens a path; corresponds to openat(2) with O_CLOEXEC added.
    ///
    /// - Parameters:
    ///   - directory: where a relative path starts; nil for the working directory.
    ///   - mode: permission bits of a file that is created.
    public static func open(
        _ path: String, _ flags: Int32, mode: UInt32 = 0, in directory: Int32? = nil
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try checkRetrying("open", path) {
                pks_openat(directory ?? AT_FDCWD, path, flags | O_CLOEXEC, mode)
            })
    }

    /// Opens a path as if `root` were the root directory: absolute symbolic links and `..` stay
    /// inside. Corresponds to openat2(2) with RESOLVE_IN_ROOT.
    public static func open(
        _ path: String, inRoot root: Int32, _ flags: Int32
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try check(
                pks_openat2(
                    root, path, UInt64(flags | O_CLOEXEC), 0, UInt64(PKS_RESOLVE_IN_ROOT)),
                "openat2", path))
    }

    /// Reads what is there, up to `limit` bytes; an empty result is the end of the file.
    public func read(upTo limit: Int = 65536) throws(SystemError) -> [UInt8] {
        try Self.read(from: number, upTo: limit)
    }

    /// Reads from a descriptor that somebody else owns.
    public static func read(
        from number: Int32, upTo limit: Int = 65536
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(SystemError) {
                count = try checkRetrying("read") { Glibc.read(number, buffer.baseAddress, limit) }
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads to the end of the file, or to `limit` bytes.
    public func readAll(limit: Int = .max) throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < limit {
            let part = try read(upTo: min(65536, limit - all.count))
            if part.isEmpty { break }
            all += part
        }
        return all
    }

    /// Writes all of the bytes.
    public func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        try Self.write(bytes, to: number)
    }

    /// Writes all of the bytes to a descriptor that somebody else owns.
    public static func write(_ bytes: [UInt8], to number: Int32) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try checkRetrying("write") {
                bytes.withUnsafeBytes {
                    Glibc.write(number, $0.baseAddress.map { $0 + done }, $0.count - done)
                }
            }
        }
    }
}

/// Makes every free number below `end` a descriptor of a file that nobody may use, and so makes later
/// descriptors have higher numbers.
///
/// - Parameter replaced: open descriptors that become such ones too.
public func shieldDescriptors(
    below end: Int32, with path: String, replacing replaced: [Int32] = []
) throws(SystemError) {
    let file = try Descriptor.open(path, FileFlags.pathOnly)
    for number in replaced { try check(pks_duplicate(file.number, number), "dup3") }
    while true {
        let copy = try file.duplicate(from: 0)
        if copy.number >= end { return }
        _ = copy.take()
    }
}

/// Opens `/dev/null` for those of the first three descriptors that the caller has closed, so that no
/// file opened later takes the place of a standard stream.
public func fillStandardDescriptors() throws(SystemError) {
    while true {
        let file = try Descriptor.open("/dev/null", FileFlags.readWrite)
        if file.number > 2 { return }
        _ = file.take()
    }
}

/// A descriptor with several owners, closed when the last one lets it go.
public final class SharedDescriptor: Sendable {
    private let descriptor: Descriptor

    /// Shares a descriptor among several owners.
    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// The number that system calls take.
    public var number: Int32 { descriptor.number }

    /// A second descriptor for the same open file, with a number that is at least `lowest`.
    public func duplicate(from lowest: Int32) throws(SystemError) -> Descriptor {
        try descriptor.duplicate(from: lowest)
    }
}

/// Ends the process with a message; for broken invariants where allocating may not be possible.
func fatalErrorWithoutAllocation(_ message: StaticString) -> Never {
    _ = Glibc.write(2, message.utf8Start, message.utf8CodeUnitCount)
    _ = Glibc.write(2, "\n", 1)
    abort()
}
