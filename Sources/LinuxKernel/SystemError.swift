internal import CLinuxShims
internal import Glibc

/// A failed system call: which one, on which path, and the kernel's answer.
public struct SystemError: Error, Sendable, Equatable {
    /// The name of the call.
    public var call: String
    /// The path that it was about, where there is one.
    public var path: String?
    /// The error number; see errno(3).
    public var errno: Int32

    /// A failure by its call and number.
    public init(call: String, path: String? = nil, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// `Operation not permitted (EPERM)`.
    public var reason: String { "\(errorText(errno)) (\(errorName(errno)))" }
}

extension SystemError: CustomStringConvertible {
    /// `mkdir /usr/x: Read-only file system (EROFS)`.
    public var description: String {
        path.map { "\(call) \($0): \(reason)" } ?? "\(call): \(reason)"
    }
}

/// The symbolic name of an error number, `EROFS`; see errno(3).
public func errorName(_ number: Int32) -> String {
    pks_errno_name(number).map { String(cString: $0) } ?? "errno \(number)"
}

/// The error's text in English, whatever the locale: the program never calls setlocale(3).
public func errorText(_ number: Int32) -> String {
    String(cString: strerror(number))
}

/// Throws what the call left in errno when `result` is negative. The errno is read here, before
/// anything else can change it.
@discardableResult
@inline(__always)
func check<Result: SignedInteger>(
    _ result: Result, _ call: String, _ path: @autoclosure () -> String? = nil
) throws(SystemError) -> Result {
    guard result < 0 else { return result }
    let number = Glibc.errno
    throw SystemError(call: call, path: path(), errno: number)
}

/// As `check`, trying again for as long as a signal interrupts the call.
@discardableResult
@inline(__always)
func checkRetrying<Result: SignedInteger>(
    _ name: String, _ path: @autoclosure () -> String? = nil, _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let number = Glibc.errno
        if number != EINTR { throw SystemError(call: name, path: path(), errno: number) }
    }
}
