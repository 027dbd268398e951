internal import CLinuxShims
internal import Glibc

/// One end of a pair of connected sockets that carry whole messages, and descriptors with them;
/// see unix(7), SOCK_SEQPACKET.
public struct MessageSocket: ~Copyable {
    /// The socket itself, for waiting on it.
    public let descriptor: Descriptor

    /// The largest message that is sent; longer ones would be cut by the receiver.
    public static let largestMessage = 65536

    /// A message socket over one end of a pair.
    public init(descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Sends one message, waiting for room.
    public func send(_ message: [UInt8], descriptors: [Int32] = []) throws(SystemError) {
        try Self.send(message, descriptors: descriptors, to: descriptor.number)
    }

    /// Sends one message on a socket that somebody else owns.
    public static func send(
        _ message: [UInt8], descriptors: [Int32] = [], to number: Int32
    ) throws(SystemError) {
        try checkRetrying("sendmsg") {
            pks_send_message(number, message, message.count, descriptors, descriptors.count)
        }
    }

    /// Receives one message, waiting for it; an empty one is the end.
    ///
    /// - Returns: the message, and the descriptors that came with it, which the caller owns.
    public func receive() throws(SystemError) -> (message: [UInt8], descriptors: [Int32]) {
        try Self.receive(from: descriptor.number)
    }

    /// Receives one message from a socket that somebody else owns.
    public static func receive(
        from number: Int32
    ) throws(SystemError) -> (message: [UInt8], descriptors: [Int32]) {
        var failure: SystemError?
        var message: [UInt8] = []
        let numbers = [Int32](unsafeUninitializedCapacity: 8) { numbers, count in
            // Most messages are short: what is not received is not touched either.
            message = [UInt8](unsafeUninitializedCapacity: Self.largestMessage) { buffer, size in
                guard let bytes = buffer.baseAddress, let places = numbers.baseAddress else {
                    return
                }
                do throws(SystemError) {
                    size = try checkRetrying("recvmsg") {
                        pks_receive_message(number, bytes, buffer.count, places, 8, &count, 0)
                    }
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
        return (message, numbers)
    }
}

/// Two descriptors that belong together: what goes into one comes out of the other.
public struct DescriptorPair: ~Copyable {
    /// One end; for reading, of a pipe.
    public let first: Descriptor
    /// The other end; for writing, of a pipe.
    public let second: Descriptor

    /// A pipe, read from `first` and written to `second`; see pipe2(2). Close-on-exec.
    public static func pipe() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        try check(pks_pipe(&ends), "pipe2")
        return DescriptorPair(
            first: Descriptor(owning: ends[0]), second: Descriptor(owning: ends[1]))
    }

    /// The two ends of a `MessageSocket`; see socketpair(2). Close-on-exec.
    public static func messageSockets() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try check(socketpair(AF_UNIX, type, 0, &ends), "socketpair")
        return DescriptorPair(
            first: Descriptor(owning: ends[0]), second: Descriptor(owning: ends[1]))
    }

    /// Gives away one end and closes the other.
    public consuming func takeFirst() -> Descriptor { first }

    /// Gives away one end and closes the other.
    public consuming func takeSecond() -> Descriptor { second }
}
