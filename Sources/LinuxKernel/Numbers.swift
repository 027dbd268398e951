internal import CLinuxShims
internal import Glibc

/// Flags of open(2), for the modules that do not import C.
public enum FileFlags {
    /// O_RDONLY.
    public static let readOnly = O_RDONLY
    /// O_WRONLY.
    public static let writeOnly = O_WRONLY
    /// O_RDWR.
    public static let readWrite = O_RDWR
    /// A new file: an existing one, or a symbolic link in its place, is an error.
    public static let createNew = O_CREAT | O_EXCL | O_NOFOLLOW
    /// O_CREAT.
    public static let create = O_CREAT
    /// O_TRUNC.
    public static let truncate = O_TRUNC
    /// O_APPEND.
    public static let append = O_APPEND
    /// O_DIRECTORY.
    public static let directory = O_DIRECTORY
    /// O_NOFOLLOW.
    public static let noFollow = O_NOFOLLOW
    /// O_NONBLOCK.
    public static let nonBlocking = O_NONBLOCK
    /// O_NOCTTY.
    public static let noTerminal = O_NOCTTY
    /// O_PATH.
    public static let pathOnly = Int32(truncatingIfNeeded: pks_open_path_flag)
}

/// Error numbers that decisions are made on; see errno(3).
public enum ErrorNumber {
    /// EPERM.
    public static let notPermitted = EPERM
    /// ENOENT.
    public static let missing = ENOENT
    /// ESRCH.
    public static let noProcess = ESRCH
    /// EINTR.
    public static let interrupted = EINTR
    /// EBADF.
    public static let badDescriptor = EBADF
    /// EAGAIN.
    public static let tryAgain = EAGAIN
    /// EACCES.
    public static let accessDenied = EACCES
    /// EEXIST.
    public static let exists = EEXIST
    /// EXDEV.
    public static let crossDevice = EXDEV
    /// ENOTDIR.
    public static let notDirectory = ENOTDIR
    /// EISDIR.
    public static let isDirectory = EISDIR
    /// EINVAL.
    public static let invalid = EINVAL
    /// ENOSPC.
    public static let noSpace = ENOSPC
    /// EROFS.
    public static let readOnly = EROFS
    /// ENAMETOOLONG.
    public static let nameTooLong = ENAMETOOLONG
    /// ENOTEMPTY.
    public static let notEmpty = ENOTEMPTY
    /// ELOOP.
    public static let loop = ELOOP
    /// EDQUOT.
    public static let quota = EDQUOT
    /// EOPNOTSUPP.
    public static let notSupported = EOPNOTSUPP
    /// ENOEXEC.
    public static let notExecutable = ENOEXEC
    /// ENOSYS.
    public static let notImplemented = ENOSYS
    /// ENODEV.
    public static let noDevice = ENODEV
    /// EBUSY.
    public static let busy = EBUSY
    /// EPIPE.
    public static let brokenPipe = EPIPE
    /// EUSERS.
    public static let tooManyUsers = EUSERS
    /// What a step answers that needs the host's tree when it is gone: a fault of the plan.
    public static let staleHost = ESTALE
}
