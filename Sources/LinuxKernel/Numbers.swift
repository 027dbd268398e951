internal import CLinuxShims
internal import Glibc

/// Flags of open(2), for the modules that do not import C.
public enum FileFlags {
    public static let readOnly = O_RDONLY
    public static let writeOnly = O_WRONLY
    public static let readWrite = O_RDWR
    /// A new file: an existing one, or a symbolic link in its place, is an error.
    public static let createNew = O_CREAT | O_EXCL | O_NOFOLLOW
    public static let create = O_CREAT
    public static let truncate = O_TRUNC
    public static let append = O_APPEND
    public static let directory = O_DIRECTORY
    public static let noFollow = O_NOFOLLOW
    public static let nonBlocking = O_NONBLOCK
    public static let noTerminal = O_NOCTTY
    public static let pathOnly = Int32(truncatingIfNeeded: pks_open_path_flag)
}

/// Error numbers that decisions are made on; see errno(3).
public enum ErrorNumber {
    public static let notPermitted = EPERM
    public static let missing = ENOENT
    public static let noProcess = ESRCH
    public static let interrupted = EINTR
    public static let badDescriptor = EBADF
    public static let tryAgain = EAGAIN
    public static let accessDenied = EACCES
    public static let exists = EEXIST
    public static let crossDevice = EXDEV
    public static let notDirectory = ENOTDIR
    public static let isDirectory = EISDIR
    public static let invalid = EINVAL
    public static let noSpace = ENOSPC
    public static let readOnly = EROFS
    public static let nameTooLong = ENAMETOOLONG
    public static let notEmpty = ENOTEMPTY
    public static let loop = ELOOP
    public static let overflow = EOVERFLOW
    public static let quota = EDQUOT
    public static let notSupported = EOPNOTSUPP
    public static let notExecutable = ENOEXEC
    public static let notImplemented = ENOSYS
    public static let noDevice = ENODEV
    public static let busy = EBUSY
    public static let tooManyUsers = EUSERS
    /// What a step answers that needs the host's tree when it is gone: a fault of the plan.
    public static let staleHost = ESTALE
}
