internal import LinuxKernel
internal import SandboxModel

/// A notified call with its arguments read from the caller.
struct DecodedCall {
    /// One file that the call names.
    struct Operand {
        /// What the caller wrote; empty where only a descriptor was given.
        var requested: [UInt8]
        /// A path by which init reaches the same file, ending with a zero byte.
        var path: [UInt8]
        /// The call works on an open file and not on a name.
        var isDescriptor: Bool
    }

    /// Times as utimensat(2) sees them.
    enum Times { case now, omitted, explicit }

    var call: TracedCall
    var kind: TracedCall.Kind
    var thread: Int32
    var target: Operand
    var destination: Operand?
    var flags: UInt64 = 0
    var times: Times = .now
    var owner: (uid: UInt32, gid: UInt32) = (.max, .max)
    var nodeType: UInt32 = 0
    var attributeName: [UInt8] = []

    enum Failure: Error {
        /// The caller's memory could not be read: the kernel will answer EFAULT, or the caller ended.
        case unreadable
        /// The kernel will refuse the arguments for what they are, whatever the place.
        case refusedForItself
        /// The call does not touch a path (an abstract socket, for example).
        case notAPath
    }
}

/// Reads the arguments of notified calls.
struct CallDecoder {
    /// AT_FDCWD as the lower half of an argument.
    private static let workingDirectory = Int32(-100)
    /// PATH_MAX, which counts the zero byte.
    private static let longestPath = 4096

    func decode(
        _ notification: CallNotification, as call: TracedCall
    ) throws(DecodedCall.Failure) -> DecodedCall {
        guard let operand = call.target else { throw .notAPath }
        var flags = call.impliedFlags
        if let place = call.flags { flags |= notification.argument(place) & 0xffff_ffff }
        if call.kind == .openHow { flags = try openHowFlags(notification, call) }

        let target = try self.operand(operand, notification, flags: flags, kind: call.kind)
        var decoded = DecodedCall(
            call: call, kind: call.kind, thread: notification.thread, target: target, flags: flags)
        if let destination = call.destination {
            decoded.destination = try self.operand(
                destination, notification, flags: 0, kind: call.kind)
        }
        try decodeValue(of: &decoded, notification)
        return decoded
    }

    private func decodeValue(
        of decoded: inout DecodedCall, _ notification: CallNotification
    ) throws(DecodedCall.Failure) {
        let value = decoded.call.value.map { notification.argument($0) } ?? 0
        switch decoded.kind {
        case .openHow: decoded.kind = .open
        case .unlink where decoded.flags & CallFlag.atRemoveDirectory != 0:
            decoded.kind = .removeDirectory
        case .makeNode: decoded.nodeType = UInt32(truncatingIfNeeded: value) & 0o170000
        case .makeSymbolicLink:
            // An empty target is refused before the new name is looked at.
            guard case .string(let text) = string(notification, at: value), !text.isEmpty else {
                throw .refusedForItself
            }
        case .changeOwner:
            let group = decoded.call.value.map { notification.argument($0 + 1) } ?? 0
            decoded.owner = owner(decoded.call.name, value, group, notification)
        case .changeTimes: decoded.times = times(decoded.call.name, at: value, notification)
        case .setAttribute, .removeAttribute:
            guard case .string(let name) = string(notification, at: value, limit: 256) else {
                throw .refusedForItself
            }
            decoded.attributeName = name
        default: break
        }
    }

    // MARK: Operands

    private func operand(
        _ operand: TracedCall.Operand, _ notification: CallNotification, flags: UInt64,
        kind: TracedCall.Kind
    ) throws(DecodedCall.Failure) -> DecodedCall.Operand {
        switch operand {
        case .path(let place):
            return try named(
                notification, at: notification.argument(place), from: Self.workingDirectory,
                flags: flags, kind: kind)
        case .pathAt(let directory, let place):
            return try named(
                notification, at: notification.argument(place),
                from: Int32(truncatingIfNeeded: notification.argument(directory)), flags: flags,
                kind: kind)
        case .descriptor(let place):
            return opened(
                Int32(truncatingIfNeeded: notification.argument(place)), notification.thread)
        case .address(let place, let length):
            return try socketAddress(
                notification, at: notification.argument(place),
                length: notification.argument(length))
        }
    }

    private func named(
        _ notification: CallNotification, at address: UInt64, from directory: Int32,
        flags: UInt64, kind: TracedCall.Kind
    ) throws(DecodedCall.Failure) -> DecodedCall.Operand {
        if address == 0, kind == .changeTimes {
            // utimensat(fd, NULL, …) and futimesat(fd, NULL, …) are about the open file.
            return opened(directory, notification.thread)
        }
        switch string(notification, at: address) {
        case .unreadable: throw .unreadable
        case .tooLong: throw .refusedForItself
        case .string(let text):
            if text.isEmpty {
                guard flags & CallFlag.atEmptyPath != 0 else { throw .refusedForItself }
                return opened(directory, notification.thread)
            }
            return DecodedCall.Operand(
                requested: text, path: reachable(text, from: directory, notification.thread),
                isDescriptor: false)
        }
    }

    /// An open file of the caller, through its `/proc/PID/fd`.
    private func opened(_ descriptor: Int32, _ thread: Int32) -> DecodedCall.Operand {
        let path =
            descriptor == Self.workingDirectory
            ? "/proc/\(thread)/cwd" : "/proc/\(thread)/fd/\(descriptor)"
        return DecodedCall.Operand(
            requested: [], path: Array(path.utf8) + [0], isDescriptor: true)
    }

    /// The path by which init reaches what the caller would: through the caller's own working
    /// directory or descriptor, so that mounts and symbolic links mean what they mean there.
    private func reachable(_ text: [UInt8], from directory: Int32, _ thread: Int32) -> [UInt8] {
        if text.first == UInt8(ascii: "/") { return asSeen(text, by: thread) + [0] }
        let start =
            directory == Self.workingDirectory
            ? "/proc/\(thread)/cwd/" : "/proc/\(thread)/fd/\(directory)/"
        return Array(start.utf8) + text + [0]
    }

    /// An absolute path in which what stands for the process that asks is replaced by the caller.
    private func asSeen(_ text: [UInt8], by thread: Int32) -> [UInt8] {
        guard text.starts(with: Self.slashProc) || text.starts(with: Self.slashDev) else {
            return text
        }
        for (prefix, replacement) in Self.selfReferences where text.starts(with: prefix) {
            let rest = text[prefix.count...]
            guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { continue }
            return Array("/proc/\(thread)\(replacement)".utf8) + rest
        }
        return text
    }

    private static let slashProc = Array("/proc/".utf8)
    private static let slashDev = Array("/dev/".utf8)
    private static let selfReferences: [([UInt8], String)] = [
        ("/proc/self", ""), ("/proc/thread-self", ""), ("/dev/fd", "/fd"), ("/dev/stdin", "/fd/0"),
        ("/dev/stdout", "/fd/1"), ("/dev/stderr", "/fd/2"),
    ].map { (Array($0.0.utf8), $0.1) }

    private func string(
        _ notification: CallNotification, at address: UInt64, limit: Int = longestPath
    ) -> ProcessMemory.ReadResult {
        ProcessMemory.string(of: notification.thread, at: address, limit: limit)
    }

    // MARK: Values

    private func openHowFlags(
        _ notification: CallNotification, _ call: TracedCall
    ) throws(DecodedCall.Failure) -> UInt64 {
        let address = notification.argument(call.flags ?? 2)
        guard
            let bytes = ProcessMemory.bytes(of: notification.thread, at: address, count: 24)
        else { throw .unreadable }
        let flags = word(bytes, 0)
        let writing =
            CallFlag.writeOnly | CallFlag.readWrite | CallFlag.create | CallFlag.truncate
        // As the filter does for openat(2): plain reads are none of our business.
        guard flags & writing != 0 else { throw .notAPath }
        return flags
    }

    private func owner(
        _ name: String, _ uid: UInt64, _ gid: UInt64, _ notification: CallNotification
    ) -> (UInt32, UInt32) {
        // The 16-bit calls of i386 have their own "no change".
        if notification.isCompatibility, !name.hasSuffix("32"), name != "fchownat" {
            func widen(_ id: UInt64) -> UInt32 {
                let short = UInt16(truncatingIfNeeded: id)
                return short == .max ? .max : UInt32(short)
            }
            return (widen(uid), widen(gid))
        }
        return (UInt32(truncatingIfNeeded: uid), UInt32(truncatingIfNeeded: gid))
    }

    private func times(
        _ name: String, at address: UInt64, _ notification: CallNotification
    ) -> DecodedCall.Times {
        if address == 0 { return .now }
        guard name.hasPrefix("utimensat") else { return .explicit }
        let wide = !notification.isCompatibility || name.hasSuffix("64")
        let size = wide ? 32 : 16
        guard let bytes = ProcessMemory.bytes(of: notification.thread, at: address, count: size)
        else { return .explicit }
        // The nanoseconds' special values, UTIME_NOW and UTIME_OMIT.
        func nanoseconds(_ place: Int) -> UInt64 {
            wide ? word(bytes, place * 16 + 8) : UInt64(word(bytes, place * 8) >> 32)
        }
        let values = [nanoseconds(0), nanoseconds(1)].map { $0 & 0xffff_ffff }
        if values == [0x3fff_fffe, 0x3fff_fffe] { return .omitted }
        return values == [0x3fff_ffff, 0x3fff_ffff] ? .now : .explicit
    }

    private func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }

    private func socketAddress(
        _ notification: CallNotification, at address: UInt64, length: UInt64
    ) throws(DecodedCall.Failure) -> DecodedCall.Operand {
        let familyUnix: UInt16 = 1
        guard length > 2, length <= 110,
            let bytes = ProcessMemory.bytes(
                of: notification.thread, at: address, count: Int(length)),
            UInt16(bytes[0]) | UInt16(bytes[1]) << 8 == familyUnix,
            // A zero first byte is an abstract name, which is in no directory.
            bytes[2] != 0
        else { throw .notAPath }
        let text = Array(bytes[2...].prefix { $0 != 0 })
        return DecodedCall.Operand(
            requested: text,
            path: reachable(text, from: Self.workingDirectory, notification.thread),
            isDescriptor: false)
    }
}
