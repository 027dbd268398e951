internal import LinuxKernel
internal import SandboxModel

/// Says which error the kernel will answer to a call that is about to be carried out.
///
/// Only answers about permission matter (`EROFS`, `EACCES`, `EPERM`). The questions are asked as the
/// build's user without any capability (access(2) takes the real user) and in the build's own view;
/// the order of the kernel's checks is that of fs/namei.c, fs/open.c, fs/attr.c, fs/xattr.c and
/// fs/file_attr.c. Tests/Matrix compares every answer with the kernel's.
struct Predictor {
    /// A refusal, and the file that it is about.
    struct Refusal {
        enum Subject { case target, destination }
        var errno: Int32
        var subject: Subject
        /// What was refused, with a path that means the same to init as to the caller.
        var operand: DecodedCall.Operand
    }

    /// An error number, 0 for none, and the operand that it is about.
    struct Answer: Equatable {
        var errno: Int32
        var subject = Refusal.Subject.target

        static let fine = Answer(errno: 0)
        var isRefusal: Bool { Predictor.isRefusal(errno) }
    }

    /// The build's user and group, as the sandbox numbers them.
    let user: UInt32
    let group: UInt32
    let rules = FileSystemRules()
    private let callerPaths = CallerPaths()

    init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    func predict(_ call: DecodedCall) -> Refusal? {
        // Nearly all calls end here.
        if call.resolve == 0, answer(call).errno == 0 { return nil }
        // Now exactly, along the path as the caller would go it.
        var call = call
        let answer: Answer
        do throws(CallerPaths.Stop) {
            try callerPaths.walk(&call)
            answer = self.answer(call)
        } catch {
            answer = Answer(errno: error.errno, subject: error.subject)
        }
        guard answer.isRefusal else { return nil }
        let operand = answer.subject == .target ? call.target : call.destination ?? call.target
        return Refusal(errno: answer.errno, subject: answer.subject, operand: operand)
    }

    /// What the kernel will answer, as far as init's own view of the paths is the caller's.
    private func answer(_ call: DecodedCall) -> Answer {
        switch call.kind {
        case .open, .openHow: Answer(errno: open(call))
        case .makeDirectory: Answer(errno: create(call.target.path, isDirectory: true))
        case .makeNode, .makeSymbolicLink, .bindSocket:
            Answer(errno: create(call.target.path, isDirectory: false))
        case .link: link(call)
        case .unlink: Answer(errno: remove(call, isDirectory: false))
        case .removeDirectory: Answer(errno: remove(call, isDirectory: true))
        case .rename: rename(call)
        case .truncate: Answer(errno: truncate(call))
        case .changeMode: answer(call, changeMode)
        case .changeOwner: answer(call, changeOwner)
        case .changeTimes: answer(call, changeTimes)
        case .setAttribute, .removeAttribute: answer(call, changeAttribute)
        case .setFileFlags: answer(call, setFileFlags)
        case .changeDirectory, .exit, .signal: .fine
        }
    }

    /// The path of a call does not lead to a file.
    struct NoFile: Error { var errno: Int32 }

    private func answer(
        _ call: DecodedCall, _ change: (DecodedCall) throws(NoFile) -> Int32
    ) -> Answer {
        do throws(NoFile) { return Answer(errno: try change(call)) } catch {
            return Answer(errno: error.errno)
        }
    }

    static func isRefusal(_ errno: Int32) -> Bool {
        errno == ErrorNumber.readOnly || errno == ErrorNumber.accessDenied
            || errno == ErrorNumber.notPermitted
    }

    // MARK: Questions

    func exists(_ path: [UInt8], follow: Bool = true) -> Int32 {
        PathQuestion.access(path, PathQuestion.exists, follow: follow)
    }

    func status(_ path: [UInt8], follow: Bool = true) -> FileStatus? {
        PathQuestion.status(path, follow: follow)
    }

    func mayChange(_ directory: [UInt8]) -> Int32 {
        PathQuestion.access(directory, PathQuestion.write | PathQuestion.search)
    }

    func maySearch(_ directory: [UInt8]) -> Int32 {
        PathQuestion.access(directory, PathQuestion.search)
    }
}
