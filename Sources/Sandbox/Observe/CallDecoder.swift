internal import LinuxKernel
internal import SandboxModel

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
        var resolve: UInt64 = 0
        if call.kind == .openHow {
            (flags, resolve) = try openHow(notification, call)
        } else if let place = call.flags {
            flags |= notification.argument(place) & 0xffff_ffff
        }
        if let known = call.knownFlags, flags & ~known != 0 { throw .refusedForItself }

        let target = try self.operand(operand, notification, flags: flags, kind: call.kind)
        var decoded = DecodedCall(
            call: call, kind: call.kind, thread: notification.thread, target: target, flags: flags,
            resolve: resolve)
        if decoded.lastComponent == .followed { replaceSelf(&decoded.target, notification.thread) }
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
        case .makeNode:
            // A regular file, a device, a FIFO or a socket; the rest is refused for itself.
            guard [0, 0o100000, 0o020000, 0o060000, 0o010000, 0o140000].contains(value & 0o170000)
            else { throw .refusedForItself }
        case .rename:
            let exclusive = CallFlag.renameNoReplace | CallFlag.renameWhiteout
            if decoded.flags & CallFlag.renameExchange != 0, decoded.flags & exclusive != 0 {
                throw .refusedForItself
            }
        case .truncate: if isNegativeLength(decoded.call, notification) { throw .refusedForItself }
        case .makeSymbolicLink:
            // An empty target is refused before the new name is looked at.
            guard case .string(let text) = string(notification, at: value), !text.isEmpty else {
                throw .refusedForItself
            }
        case .changeOwner:
            let group = decoded.call.value.map { notification.argument($0 + 1) } ?? 0
            decoded.owner = owner(decoded.call.name, value, group, notification)
        case .changeTimes: decoded.times = try times(decoded.call.name, at: value, notification)
        case .setAttribute, .removeAttribute:
            guard case .string(let name) = string(notification, at: value, limit: 256),
                !name.isEmpty
            else { throw .refusedForItself }
            decoded.attributeName = name
            if decoded.kind == .setAttribute, !isPossibleAttribute(decoded.call, notification) {
                throw .refusedForItself
            }
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
            return try opened(
                Int32(truncatingIfNeeded: notification.argument(place)), notification.thread,
                mustBeOpen: true)
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
        let acceptsEmpty = flags & CallFlag.atEmptyPath != 0
        if address == 0, directory != Self.workingDirectory, kind == .changeTimes {
            // utimensat(fd, NULL, …) and futimesat(fd, NULL, …) are about the open file, and then
            // there is no name whose link could be followed or not.
            if flags != 0 { throw .refusedForItself }
            return try opened(directory, notification.thread, mustBeOpen: true)
        }
        // The newer calls take a null pointer for the empty path, but no file of O_PATH.
        let mustBeOpen = Self.takesNoPath.contains(kind) && directory != Self.workingDirectory
        if address == 0, acceptsEmpty, Self.takesNoPath.contains(kind) {
            return try opened(directory, notification.thread, mustBeOpen: mustBeOpen)
        }
        switch string(notification, at: address) {
        case .unreadable: throw .unreadable
        case .tooLong: throw .refusedForItself
        case .string(let text):
            if text.isEmpty {
                guard acceptsEmpty else { throw .refusedForItself }
                return try opened(directory, notification.thread, mustBeOpen: mustBeOpen)
            }
            return operand(text, from: directory, notification.thread)
        }
    }

    private static let takesNoPath: [TracedCall.Kind] = [
        .setAttribute, .removeAttribute, .setFileFlags,
    ]

    /// An open file of the caller, through its `/proc/PID/fd`.
    private func opened(
        _ descriptor: Int32, _ thread: Int32, mustBeOpen: Bool
    ) throws(DecodedCall.Failure) -> DecodedCall.Operand {
        if descriptor < 0, mustBeOpen || descriptor != Self.workingDirectory {
            throw .refusedForItself
        }
        let path = start(descriptor, thread)
        return DecodedCall.Operand(
            requested: [], path: path + [0], isDescriptor: true, start: path,
            descriptor: descriptor, mustBeOpen: mustBeOpen)
    }

    private func start(_ directory: Int32, _ thread: Int32) -> [UInt8] {
        Array(
            (directory == Self.workingDirectory
                ? "/proc/\(thread)/cwd" : "/proc/\(thread)/fd/\(directory)").utf8)
    }

    /// A name with the path by which init reaches what the caller would: through the caller's own
    /// working directory or descriptor, so that mounts and symbolic links mean what they mean there.
    private func operand(
        _ text: [UInt8], from directory: Int32, _ thread: Int32
    ) -> DecodedCall.Operand {
        let isAbsolute = text.first == UInt8(ascii: "/")
        let start = isAbsolute ? [] : start(directory, thread)
        return DecodedCall.Operand(
            requested: text, path: start + (isAbsolute ? [] : [UInt8(ascii: "/")]) + text + [0],
            isDescriptor: false, start: start)
    }

    /// Replaces by the caller what, in the usual spellings, stands for the process that asks. Only
    /// so that such a path need not be looked into: `CallerPaths` knows all spellings.
    private func replaceSelf(_ operand: inout DecodedCall.Operand, _ thread: Int32) {
        let text = operand.requested
        guard text.starts(with: Self.slashProc) || text.starts(with: Self.slashDev) else { return }
        for (prefix, replacement) in Self.selfReferences where text.starts(with: prefix) {
            let rest = text[prefix.count...]
            guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { continue }
            operand.path = Array("/proc/\(thread)\(replacement)".utf8) + rest + [0]
            return
        }
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

    /// The flags and RESOLVE_ flags of openat2(2), refused as build_open_flags() does.
    private func openHow(
        _ notification: CallNotification, _ call: TracedCall
    ) throws(DecodedCall.Failure) -> (flags: UInt64, resolve: UInt64) {
        let address = notification.argument(call.flags ?? 2)
        guard notification.argument(3) >= 24 else { throw .refusedForItself }
        guard
            let bytes = ProcessMemory.bytes(of: notification.thread, at: address, count: 24)
        else { throw .unreadable }
        let (flags, mode, resolve) = (word(bytes, 0), word(bytes, 8), word(bytes, 16))
        let writing =
            CallFlag.writeOnly | CallFlag.readWrite | CallFlag.create | CallFlag.truncate
        // As the filter does for openat(2): plain reads are none of our business.
        guard flags & writing != 0 else { throw .notAPath }
        let makes = flags & (CallFlag.create | CallFlag.temporary) != 0
        let contradicting = CallFlag.resolveBeneath | CallFlag.resolveInRoot
        guard flags & ~CallFlag.allOfOpen == 0, resolve & ~CallFlag.allOfResolve == 0,
            resolve & contradicting != contradicting, mode & ~(makes ? 0o7777 : 0) == 0,
            flags & CallFlag.pathOnly == 0 || flags & ~CallFlag.allOfPathOnly == 0
        else { throw .refusedForItself }
        return (flags, resolve)
    }

    private func isNegativeLength(_ call: TracedCall, _ notification: CallNotification) -> Bool {
        let place = call.value ?? 1
        // 32-bit calls give the length in one word, or in two.
        if call.name.hasSuffix("64") {
            return Int32(truncatingIfNeeded: notification.argument(place + 1)) < 0
        }
        let value = notification.argument(place)
        return notification.isCompatibility
            ? Int32(truncatingIfNeeded: value) < 0 : Int64(bitPattern: value) < 0
    }

    /// setxattr_copy(): XATTR_CREATE and XATTR_REPLACE, and up to XATTR_SIZE_MAX bytes. The newer
    /// call has both in memory.
    private func isPossibleAttribute(_ call: TracedCall, _ notification: CallNotification) -> Bool {
        let place = call.value ?? 1
        if call.name == "setxattrat" {
            guard notification.argument(5) >= 16,
                let bytes = ProcessMemory.bytes(
                    of: notification.thread, at: notification.argument(4), count: 16)
            else { return false }
            return word(bytes, 8) & 0xffff_ffff <= 65536 && word(bytes, 8) >> 32 & ~3 == 0
        }
        return notification.argument(place + 2) <= 65536
            && notification.argument(place + 3) & 0xffff_ffff & ~3 == 0
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

    /// Times as the kernel understands them; see utimensat(2) and utimes(2).
    private func times(
        _ name: String, at address: UInt64, _ notification: CallNotification
    ) throws(DecodedCall.Failure) -> DecodedCall.Times {
        if address == 0 { return .now }
        let isFine = name.hasPrefix("utimensat")
        let wide = !notification.isCompatibility || name.hasSuffix("64")
        // Two times of two words each; utime(2) has two words altogether.
        let size = (wide ? 32 : 16) / (name == "utime" ? 2 : 1)
        guard let bytes = ProcessMemory.bytes(of: notification.thread, at: address, count: size)
        else { throw .unreadable }
        if name == "utime" { return .explicit }
        let parts = [0, 1].map { place in
            wide
                ? Int64(bitPattern: word(bytes, place * 16 + 8))
                : Int64(Int32(truncatingIfNeeded: word(bytes, place * 8) >> 32))
        }
        if !isFine {
            // The kernel looks at microseconds before it looks at the path.
            if parts.contains(where: { $0 < 0 || $0 >= 1_000_000 }) { throw .refusedForItself }
            return .explicit
        }
        let (now, omit): (Int64, Int64) = (0x3fff_ffff, 0x3fff_fffe)
        if parts == [omit, omit] { return .omitted }
        if parts.contains(where: { $0 != now && $0 != omit && ($0 < 0 || $0 > 999_999_999) }) {
            return .invalid
        }
        return parts == [now, now] ? .now : .explicit
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
        return operand(text, from: Self.workingDirectory, notification.thread)
    }
}
