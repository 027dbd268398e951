internal import LinuxKernel
internal import SandboxModel

/// Rewrites the paths of a call so that init, going along them, comes where the caller would.
///
/// As they are, paths mean the same to both except where they lead through what `/proc` shows to
/// each process of itself: `/proc/self`, and by it `/dev/stdout` or a symbolic link to either. And
/// init may not be allowed to look through `/proc/PID/cwd` where it asks as the build's user. So
/// symbolic links are followed here one by one. That is slow, and only done for calls that seem to
/// fail; `shieldDescriptors` in SandboxInit sees to it that those that fail do seem so.
struct CallerPaths {
    /// The kernel would stop before it comes to the file.
    struct Stop: Error {
        var errno: Int32
        var subject: Predictor.Refusal.Subject
    }

    private static let mostLinks = 40
    private static let slash = UInt8(ascii: "/")

    func walk(_ call: inout DecodedCall) throws(Stop) {
        call.isWalked = true
        let thread = call.thread
        let process = ProcessFacts.threadGroup(of: thread) ?? thread
        let inRoot = call.resolve & CallFlag.resolveInRoot != 0
        do throws(StopErrno) {
            try follow(
                &call.target, thread: thread, process: process, last: call.lastComponent,
                inRoot: inRoot)
            if call.resolve & ~CallFlag.resolveInRoot != 0 { try check(call.target, call.resolve) }
        } catch {
            throw Stop(errno: error.errno, subject: .target)
        }
        guard var destination = call.destination else { return }
        do throws(StopErrno) {
            try follow(
                &destination, thread: thread, process: process, last: .name, inRoot: false)
        } catch {
            throw Stop(errno: error.errno, subject: .destination)
        }
        call.destination = destination
    }

    private struct StopErrno: Error { var errno: Int32 }

    private func follow(
        _ operand: inout DecodedCall.Operand, thread: Int32, process: Int32,
        last: DecodedCall.LastComponent, inRoot: Bool
    ) throws(StopErrno) {
        if operand.mustBeOpen, ProcessFacts.isPathOnly(thread, operand.descriptor) {
            throw StopErrno(errno: ErrorNumber.badDescriptor)
        }
        hold(&operand)
        if operand.isDescriptor { return }
        var walk = Walk(
            done: operand.start, rest: operand.requested, root: inRoot ? operand.start : [],
            process: process, thread: thread)
        let isLetThrough = walk.run(last)
        operand.path = walk.path
        if !isLetThrough { throw StopErrno(errno: ErrorNumber.accessDenied) }
    }

    /// Where init as the build's user may not look through `/proc/PID`, because the process keeps
    /// others from reading it, init with its capabilities still may.
    private func hold(_ operand: inout DecodedCall.Operand) {
        guard !operand.start.isEmpty,
            PathQuestion.access(operand.start + [0], PathQuestion.exists)
                == ErrorNumber.accessDenied,
            case .descriptor(let file) = PathQuestion.open(operand.start + [0])
        else { return }
        let held = SharedDescriptor(file)
        operand.held = held
        operand.start = Array("/proc/self/fd/\(held.number)".utf8)
        operand.path =
            operand.start + (operand.isDescriptor ? [] : [Self.slash] + operand.requested) + [0]
    }

    /// openat2(2) may be told not to go everywhere; what it then answers is not about permission.
    private func check(_ operand: DecodedCall.Operand, _ resolve: UInt64) throws(StopErrno) {
        let start: SharedDescriptor?
        if operand.start.isEmpty {
            start = nil
        } else if case .descriptor(let file) = PathQuestion.open(operand.start + [0]) {
            start = SharedDescriptor(file)
        } else {
            return
        }
        let errno = PathQuestion.resolve(operand.requested + [0], from: start?.number, resolve)
        if errno == ErrorNumber.loop || errno == ErrorNumber.crossDevice
            || errno == ErrorNumber.tryAgain
        {
            throw StopErrno(errno: errno)
        }
    }

    /// One path, taken component by component.
    private struct Walk {
        /// What was gone through, without symbolic links; empty for the root directory.
        var done: [UInt8]
        /// What is still to be gone through.
        var rest: [UInt8]
        /// What counts as the root directory.
        var root: [UInt8]
        var process: Int32
        var thread: Int32

        /// Goes as far as there are symbolic links; false where the caller is not let through.
        mutating func run(_ last: DecodedCall.LastComponent) -> Bool {
            if rest.first == slash { done = root }
            var links = 0
            while let (name, remaining) = next() {
                let isLast = remaining.allSatisfy { $0 == slash }
                if name == [UInt8(ascii: ".")], !isLast {
                    rest = remaining
                    continue
                }
                if name == [UInt8(ascii: "."), UInt8(ascii: ".")], !root.isEmpty {
                    // Not out of what counts as the root directory.
                    if done.count > root.count {
                        done = Array(done[..<(done.lastIndex(of: slash) ?? 0)])
                    }
                    rest = isLast ? [UInt8(ascii: ".")] + remaining : remaining
                    if isLast { break }
                    continue
                }
                let path = done + [slash] + name
                if isLast, last == .name || (last == .kept && remaining.isEmpty) { break }
                let text = PathQuestion.link(path + [0])
                if text.isEmpty {
                    if isLast { break }
                    done = path
                    rest = remaining
                    if PathResolver.isClosedByInit(path) { return false }
                    continue
                }
                links += 1
                // What may not be gone through, the kernel says of the path as it is.
                if links > mostLinks
                    || PathQuestion.access(done + [slash, 0], PathQuestion.search) != 0
                {
                    break
                }
                guard follow(text, at: path, name, remaining) else { return false }
            }
            return true
        }

        /// What was gone through with what was not, ending with a zero byte.
        var path: [UInt8] {
            if rest.isEmpty { return (done.isEmpty ? [slash] : done) + [0] }
            return done + [slash] + rest.drop { $0 == slash } + [0]
        }

        /// The next component, and what comes after it, with its slashes.
        private func next() -> (name: [UInt8], remaining: [UInt8])? {
            let text = rest.drop { $0 == slash }
            if text.isEmpty { return nil }
            let end = text.firstIndex(of: slash) ?? text.endIndex
            return (Array(text[..<end]), Array(text[end...]))
        }

        /// Goes where a symbolic link points; false where only its owner may.
        private mutating func follow(
            _ text: [UInt8], at path: [UInt8], _ name: [UInt8], _ remaining: [UInt8]
        ) -> Bool {
            rest = remaining
            if PathQuestion.mount(of: path + [0], follow: false)?.isProc == true {
                switch name {
                case Array("self".utf8):
                    done += Array("/\(process)".utf8)
                    return true
                case Array("thread-self".utf8):
                    done += Array("/\(process)/task/\(thread)".utf8)
                    return true
                default: break
                }
                // Those that are only text (/proc/mounts, /proc/net) point to "self/…"; the others
                // lead to the file itself, whatever their text says.
                if !text.starts(with: Array("self/".utf8)) {
                    done = path
                    return !PathResolver.isInits(path)
                }
            }
            if text.first == slash { done = root }
            rest = text + remaining
            return true
        }
    }
}
