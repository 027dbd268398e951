internal import CLinuxShims
internal import Glibc

/// A system call that waits for a decision; see seccomp_unotify(2).
public struct CallNotification: Sendable {
    /// What the answer has to name.
    public var id: UInt64
    /// The calling thread, in the numbering of the reader's pid namespace.
    public var thread: Int32
    /// The number of the call, in the tables of `architecture`.
    public var number: Int32
    /// The AUDIT_ARCH_ value of the calling convention.
    public var architecture: UInt32
    /// The arguments, as the caller put them in registers.
    public var arguments: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// 32-bit calls on a 64-bit kernel.
    public var isCompatibility: Bool { architecture == UInt32(AUDIT_ARCH_I386) }

    /// The number of socketcall(2), by which 32-bit programs may ask for bind(2).
    static let socketCall: Int32 = 102

    /// The call that socketcall(2) stands for, with its arguments; any other call as it is.
    public func unpacked() -> CallNotification {
        guard isCompatibility, number == Self.socketCall,
            let block = ProcessMemory.bytes(of: thread, at: arguments.1, count: 12)
        else { return self }
        func word(_ place: Int) -> UInt64 {
            UInt64(
                block.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self)
                })
        }
        var result = self
        result.arguments = (word(0), word(1), word(2), 0, 0, 0)
        return result
    }

    /// One argument by its place, from 0.
    @inline(__always)
    public func argument(_ place: Int) -> UInt64 {
        switch place {
        case 0: arguments.0
        case 1: arguments.1
        case 2: arguments.2
        case 3: arguments.3
        case 4: arguments.4
        default: arguments.5
        }
    }
}

/// The receiving side of a filter's notifications.
public struct SeccompListener: ~Copyable {
    /// The listener itself, for waiting on it.
    public let descriptor: Descriptor
    /// Whether the kernel hands calls over on the caller's processor.
    public let wakesSynchronously: Bool
    // Allocated with the running kernel's sizes, which may be larger than the header's.
    private let request: UnsafeMutableRawPointer
    private let requestSize: Int
    private let response: UnsafeMutableRawPointer
    private let responseSize: Int

    /// A listener over what `loadFilter` returned.
    public init(descriptor: consuming Descriptor) throws(SystemError) {
        var sizes: (UInt16, UInt16, UInt16) = (0, 0, 0)
        try check(pks_seccomp_sizes(&sizes.0, &sizes.1, &sizes.2), "seccomp")
        requestSize = max(Int(sizes.0), MemoryLayout<seccomp_notif>.size)
        responseSize = max(Int(sizes.1), MemoryLayout<seccomp_notif_resp>.size)
        request = .allocate(byteCount: requestSize, alignment: 16)
        response = .allocate(byteCount: responseSize, alignment: 16)
        self.descriptor = descriptor
        // Faster hand-over between the caller and us where the kernel has it (6.6); not needed.
        wakesSynchronously = pks_notification_sync_wakeup(self.descriptor.number) == 0
    }

    deinit {
        request.deallocate()
        response.deallocate()
    }

    /// The next notification; nil when the caller died in between.
    public func receive() throws(SystemError) -> CallNotification? {
        memset(request, 0, requestSize)
        if pks_notification_receive(descriptor.number, request) < 0 {
            // ENOENT: the caller was killed; EINTR: a signal of ours.
            if errno == ENOENT || errno == EINTR { return nil }
            throw SystemError(call: "ioctl SECCOMP_IOCTL_NOTIF_RECV", errno: errno)
        }
        let raw = request.load(as: seccomp_notif.self)
        return CallNotification(
            id: raw.id, thread: Int32(bitPattern: raw.pid), number: raw.data.nr,
            architecture: raw.data.arch, arguments: raw.data.args)
    }

    /// Lets the kernel carry the call out.
    public func letContinue(_ id: UInt64) throws(SystemError) {
        memset(response, 0, responseSize)
        response.storeBytes(
            of: seccomp_notif_resp(
                id: id, val: 0, error: 0, flags: UInt32(PKS_NOTIFICATION_CONTINUE)),
            as: seccomp_notif_resp.self)
        if pks_notification_send(descriptor.number, response) < 0, errno != ENOENT {
            throw SystemError(call: "ioctl SECCOMP_IOCTL_NOTIF_SEND", errno: errno)
        }
    }

    /// Whether the caller still waits: what was read from `/proc` before is then about it.
    public func isValid(_ id: UInt64) -> Bool {
        pks_notification_valid(descriptor.number, id) == 0
    }
}

/// The memory of another process; see process_vm_readv(2).
public enum ProcessMemory {
    /// Reads a string that ends with a zero byte, without the zero.
    ///
    /// - Parameter limit: the most bytes the string may have, the zero included.
    /// - Returns: nil when the memory cannot be read; `.tooLong` when no zero is within the limit.
    public static func string(
        of process: Int32, at address: UInt64, limit: Int = 4096
    ) -> ReadResult {
        var bytes: [UInt8] = []
        var position = address
        while bytes.count < limit {
            // To the end of the page at the most: the next one may not be there.
            let part = min(4096 - Int(position & 4095), limit - bytes.count)
            let old = bytes.count
            var got = 0
            let readable = withUnsafeTemporaryAllocation(byteCount: part, alignment: 1) { buffer in
                guard let base = buffer.baseAddress,
                    pks_process_vm_readv(process, base, part, position, &got) == 0, got > 0
                else { return false }
                let end = memchr(base, 0, got).map { $0 - UnsafeMutableRawPointer(base) } ?? got
                bytes.append(contentsOf: buffer[..<end])
                return true
            }
            guard readable else { return .unreadable }
            if bytes.count - old < got { return .string(bytes) }
            position += UInt64(got)
        }
        return .tooLong
    }

    /// What became of reading a string.
    public enum ReadResult: Sendable, Equatable {
        case string([UInt8])
        case tooLong
        case unreadable
    }

    /// Reads so many bytes; nil when they cannot all be read.
    public static func bytes(of process: Int32, at address: UInt64, count: Int) -> [UInt8]? {
        var got = 0
        let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            guard let base = buffer.baseAddress,
                pks_process_vm_readv(process, base, count, address, &got) == 0, got == count
            else { return }
            filled = count
        }
        return result.count == count ? result : nil
    }
}
