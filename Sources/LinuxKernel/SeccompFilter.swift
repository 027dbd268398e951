internal import CLinuxShims
internal import CSeccomp
internal import Glibc

/// A seccomp filter, compiled by libseccomp to the kernel's program; see seccomp(2).
///
/// Everything that no rule names is allowed. The program covers 64-bit and 32-bit calls; calls of
/// another architecture, x32 among them, answer ENOSYS.
public struct SeccompFilter: ~Copyable {
    private let context: scmp_filter_ctx
    /// Numbers of reported calls that the library does not know.
    private var newCalls: [Int32] = []

    /// A condition on one argument.
    public enum Condition: Sendable {
        /// At least one of these bits is set, tried one by one.
        case anyBit(argument: Int, of: [UInt64])
        /// The lower half of the argument has one of these values.
        case equalsAny(argument: Int, [UInt64])
    }

    /// A filter that allows everything.
    public init() throws(SystemError) {
        context = try Self.makeContext()
    }

    private static func makeContext() throws(SystemError) -> scmp_filter_ctx {
        guard let context = seccomp_init(SCMP_ACT_ALLOW_) else {
            throw SystemError(call: "seccomp_init", errno: ENOMEM)
        }
        if seccomp_arch_native() == SCMP_ARCH_X86_64_ {
            try check(seccomp_arch_add(context, SCMP_ARCH_X86_), "seccomp_arch_add")
        }
        try check(
            seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, failing(ENOSYS)), "seccomp_attr_set")
        // A binary tree over the call numbers in place of a list: the filter runs at every call.
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "seccomp_attr_set")
        return context
    }

    deinit { seccomp_release(context) }

    /// Has a call reported to the listener; a name that no architecture knows is left out.
    ///
    /// - Parameter number: the call's number on every architecture, for a call that is newer than
    ///   the library. Such a call cannot have a condition.
    public mutating func notify(
        _ name: String, number: Int32? = nil, when condition: Condition? = nil
    ) throws(SystemError) {
        let isKnown = try add(SCMP_ACT_NOTIFY_, name, condition)
        if !isKnown, let number, condition == nil { newCalls.append(number) }
    }

    /// Has a call answer an error without being carried out.
    @discardableResult
    public func refuse(
        _ name: String, with error: Int32, when condition: Condition? = nil
    ) throws(SystemError) -> Bool {
        try add(Self.failing(error), name, condition)
    }

    private static func failing(_ error: Int32) -> UInt32 { SCMP_ACT_ERRNO_ | UInt32(error) }

    private func add(
        _ action: UInt32, _ name: String, _ condition: Condition?
    ) throws(SystemError) -> Bool {
        let number = seccomp_syscall_resolve_name(name)
        guard number != __NR_SCMP_ERROR else { return false }
        switch condition {
        case nil:
            try Self.check(seccomp_rule_add_array(context, action, number, 0, nil), name)
        case .anyBit(let argument, let bits):
            for bit in bits {
                var comparison = scmp_arg_cmp(
                    arg: UInt32(argument), op: SCMP_CMP_MASKED_EQ, datum_a: bit, datum_b: bit)
                try Self.check(
                    seccomp_rule_add_array(context, action, number, 1, &comparison), name)
            }
        case .equalsAny(let argument, let values):
            for value in values {
                var comparison = scmp_arg_cmp(
                    arg: UInt32(argument), op: SCMP_CMP_MASKED_EQ, datum_a: 0xffff_ffff,
                    datum_b: value)
                try Self.check(
                    seccomp_rule_add_array(context, action, number, 1, &comparison), name)
            }
        }
        return true
    }

    /// The kernel's program, as an array of instructions of eight bytes.
    public func program() throws(SystemError) -> [UInt64] {
        // The library writes to a file only; this one is in memory.
        let file = Descriptor(
            owning: try LinuxKernel.check(pks_memory_file("filter"), "memfd_create"))
        try Self.check(seccomp_export_bpf(context, file.number), "seccomp_export_bpf")
        guard lseek(file.number, 0, SEEK_SET) == 0 else {
            throw SystemError(call: "lseek", errno: errno)
        }
        let bytes = try file.readAll()
        let library = bytes.withUnsafeBytes { raw in
            (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
        return reportNewCalls() + library
    }

    /// Instructions that report the calls the library does not know and leave the rest to what
    /// follows; see the kernel's Documentation/networking/filter.rst.
    private func reportNewCalls() -> [UInt64] {
        guard let lowest = newCalls.min() else { return [] }
        func instruction(_ code: UInt64, _ value: UInt32, yes: Int = 0, no: Int = 0) -> UInt64 {
            code | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(value) << 32
        }
        let (load, jump, ifEqual, ifAtLeast, answer): (UInt64, UInt64, UInt64, UInt64, UInt64) =
            (0x20, 0x05, 0x15, 0x35, 0x06)
        let count = newCalls.count
        var result = [
            // The number of the call is the first word of seccomp_data.
            instruction(load, 0),
            instruction(ifAtLeast, UInt32(lowest), no: count + 2),
        ]
        for (place, number) in newCalls.enumerated() {
            result.append(instruction(ifEqual, UInt32(number), yes: count - place))
        }
        return result + [instruction(jump, 1), instruction(answer, SCMP_ACT_NOTIFY_)]
    }

    private static func check(_ result: Int32, _ call: String) throws(SystemError) {
        if result < 0 { throw SystemError(call: call, errno: -result) }
    }
}

// libseccomp's actions and _a are macros that Swift does not import.
private let SCMP_ACT_ALLOW_: UInt32 = 0x7fff_0000
private let SCMP_ACT_NOTIFY_: UInt32 = 0x7fc0_0000
private let SCMP_ACT_ERRNO_: UInt32 = 0x0005_0000
private let SCMP_ARCH_X86_64_: UInt32 = 0xc000_003e
private let SCMP_ARCH_X86_: UInt32 = 0x4000_0003

/// Which of several names each call number of an architecture stands for.
public struct SystemCallNumbers: Sendable {
    /// AUDIT_ARCH_X86_64.
    public static let amd64: UInt32 = SCMP_ARCH_X86_64_
    /// AUDIT_ARCH_I386: 32-bit programs.
    public static let i386: UInt32 = SCMP_ARCH_X86_

    private var places: [Int32]

    /// - Parameter calls: names, with the number of those that are newer than libseccomp; their
    ///   positions are what `place` answers.
    public init(_ calls: [(name: String, number: Int32?)], architecture: UInt32) {
        places = []
        for (place, call) in calls.enumerated() {
            var number = seccomp_syscall_resolve_name_arch(architecture, call.name)
            if number == __NR_SCMP_ERROR, let known = call.number { number = known }
            set(number, place)
            // An older way to the same call, which libseccomp includes in a rule for it.
            if architecture == Self.i386, call.name == "bind" {
                set(CallNotification.socketCall, place)
            }
        }
    }

    private mutating func set(_ number: Int32, _ place: Int) {
        // Negative numbers stand for calls that this architecture lacks.
        guard number >= 0, number < 4096 else { return }
        while places.count <= number { places.append(-1) }
        places[Int(number)] = Int32(place)
    }

    /// The position of the name that a number stands for, nil for one that was not given.
    @inline(__always)
    public func place(of number: Int32) -> Int? {
        guard number >= 0, number < places.count, places[Int(number)] >= 0 else { return nil }
        return Int(places[Int(number)])
    }
}

/// Loads a filter without notifications into this thread; see seccomp(2).
public func loadRefusingFilter(_ program: [UInt64]) throws(SystemError) {
    try check(pks_seccomp_load(0, UInt16(clamping: program.count), program), "seccomp")
}

/// Loads a filter into this thread and returns the listener for its notifications.
///
/// The calling thread must have no_new_privs set. Tries `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`
/// first: without it a signal that arrives while a call is looked at starts the call anew, and Go's
/// preemption signals would do so for ever.
public func loadFilter(_ program: [UInt64]) throws(SystemError) -> Descriptor {
    do throws(SystemError) {
        return try loadFilter(program, waitKillable: true)
    } catch {
        guard error.errno == EINVAL else { throw error }
        return try loadFilter(program, waitKillable: false)
    }
}

/// Loads a filter, with or without `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`; a kernel before 5.19
/// answers EINVAL to the flag.
public func loadFilter(
    _ program: [UInt64], waitKillable: Bool
) throws(SystemError) -> Descriptor {
    let flags =
        UInt32(PKS_FILTER_NEW_LISTENER) | (waitKillable ? UInt32(PKS_FILTER_WAIT_KILLABLE) : 0)
    let count = UInt16(clamping: program.count)
    return Descriptor(owning: try check(pks_seccomp_load(flags, count, program), "seccomp"))
}
