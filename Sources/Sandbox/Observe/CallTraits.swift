internal import LinuxKernel
internal import SandboxModel

extension DecodedCall {
    /// Whether a symbolic link at the end of the path stands for what it points to.
    var followsTarget: Bool {
        if target.isDescriptor { return true }
        switch kind {
        case .open, .openHow:
            return flags & CallFlag.noFollow == 0
                && flags & (CallFlag.create | CallFlag.exclusive)
                    != CallFlag.create | CallFlag.exclusive
        case .truncate, .changeMode, .changeOwner, .changeTimes, .setAttribute, .removeAttribute,
            .setFileFlags:
            return flags & CallFlag.atNoFollow == 0
        case .link: return flags & CallFlag.atFollow != 0
        default: return false
        }
    }

    /// What a call does with a symbolic link at the end of its path.
    enum LastComponent {
        /// It is about the name, even one with a slash after it.
        case name
        /// It is about the link, unless a slash comes after it.
        case kept
        case followed
    }

    var lastComponent: LastComponent {
        switch kind {
        case .makeDirectory, .makeNode, .makeSymbolicLink, .bindSocket, .unlink, .removeDirectory,
            .rename:
            .name
        default: followsTarget ? .followed : .kept
        }
    }

    /// The call makes a name and fails where it exists: tools try such calls with random names.
    var makesNewName: Bool {
        switch kind {
        case .open:
            flags & (CallFlag.create | CallFlag.exclusive)
                == CallFlag.create | CallFlag.exclusive
        case .makeDirectory, .makeSymbolicLink, .link, .makeNode, .bindSocket: true
        default: false
        }
    }

    /// The report's word for what the call was to do.
    var operation: String {
        guard kind == .open else { return call.operation }
        return flags & CallFlag.create != 0
            && !PathQuestion.isThere(target.path) ? "create-file" : "write-file"
    }
}
