internal import LinuxKernel
internal import SandboxModel

/// Says why a path could not be written: which mount, mode or owner.
struct Explainer {
    /// The paths of the sandbox that are mounted read-only by the plan.
    var readOnlyMounts: [String]
    var user: UInt32

    /// - Parameters:
    ///   - path: what was refused, as init reaches it, ending with a zero byte.
    ///   - shown: the same as the build knows it.
    func explain(
        _ errno: Int32, path: [UInt8], shown: [UInt8]
    ) -> (reason: WriteFailure.Reason, evidence: String) {
        let text = ByteText.decode(shown)
        switch errno {
        case ErrorNumber.readOnly: return readOnly(text)
        case ErrorNumber.notPermitted: return notPermitted(path, text)
        default: return denied(path, text)
        }
    }

    private func readOnly(_ path: String) -> (WriteFailure.Reason, String) {
        let mount = readOnlyMounts.filter { path == $0 || path.hasPrefix($0 + "/") }
            .max { $0.count < $1.count }
        if let mount { return (.readOnlySystem, "\(mount) is mounted read-only") }
        let top = "/" + (path.split(separator: "/").first ?? "")
        if !PathQuestion.isThere(top) {
            return (.hidden, "\(top) of the host is not shown in the sandbox")
        }
        return (.readOnlySystem, "the root directory is read-only")
    }

    private func denied(_ path: [UInt8], _ shown: String) -> (WriteFailure.Reason, String) {
        // The file itself where it is there, else the nearest directory that is.
        var candidate = path
        var name = shown
        while true {
            if let status = PathQuestion.status(candidate, follow: true) {
                return (.permission, describe(status, name))
            }
            let parent = PathName(candidate)
            guard parent.last == .normal, parent.parent != candidate else { break }
            candidate = parent.parent
            name = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? name
            if name.isEmpty { name = "/" }
            if candidate.count > 3,
                candidate.suffix(3) == [UInt8(ascii: "/"), UInt8(ascii: "."), 0]
            {
                if let status = PathQuestion.status(candidate) {
                    return (.permission, describe(status, name))
                }
                candidate = Array(candidate.dropLast(3)) + [0]
            }
        }
        return (.permission, "permission bits on the way to \(shown)")
    }

    private func notPermitted(_ path: [UInt8], _ shown: String) -> (WriteFailure.Reason, String) {
        if case .descriptor(let file) = PathQuestion.open(path, follow: false),
            isImmutable(file.number)
        {
            return (.immutable, "\(shown) has the immutable or append-only attribute")
        }
        if let parent = PathQuestion.status(PathName(path).parent), parent.mode & 0o1000 != 0,
            let file = PathQuestion.status(path, follow: false), file.uid != user
        {
            return (.notOwner, "its directory is sticky and the file belongs to \(owner(file))")
        }
        if let status = PathQuestion.status(path) {
            return (.notOwner, "\(shown) belongs to \(owner(status))")
        }
        return (.notOwner, "\(shown) belongs to another user")
    }

    private func describe(_ status: FileStatus, _ name: String) -> String {
        let mode = String(status.mode, radix: 8)
        return "\(name) has mode 0\(mode) and belongs to \(owner(status))"
    }

    private func owner(_ status: FileStatus) -> String {
        if status.uid == user { return "the build's user" }
        // Owners that the user namespace does not map are shown as the overflow user.
        return status.uid == 65534 ? "a user of the host" : "user \(status.uid)"
    }
}
