import Glibc

/// A failed write of the JSON report, as far as it matters here.
struct Record: Decodable {
    struct Process: Decodable { var pid: Int }

    var call: String
    var errno: String
    var path: String
    var requestedPath: String
    var process: Process
}

/// One line of the driver: a call in a place, and what the kernel answered.
struct Cell {
    var pid: Int
    var call: String
    var variant: String
    var place: String
    var approach: String
    var answer: Int32
    /// What the first operand is, with a symbolic link followed or not: a file, directory, symbolic
    /// link, something special, or nothing that could be found.
    var kind: (followed: Character, itself: Character)
    /// What the driver passed: one path, or two.
    var requested: [String]
    /// The paths that the kernel may know the operands by.
    var candidates: Set<String>

    init?(_ line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count >= 9, fields[6].count == 2, let pid = Int(fields[0]),
            let answer = Int32(fields[5])
        else {
            return nil
        }
        self.pid = pid
        call = fields[1]
        variant = fields[2]
        place = fields[3]
        approach = fields[4]
        self.answer = answer
        kind = (fields[6].first ?? "-", fields[6].last ?? "-")
        requested = fields[7...8].filter { !$0.isEmpty }
        candidates = Set(fields[9...])
    }

    var title: String { "\(call) \(variant) \(place) \(approach)" }

    /// The kernel's answer is one of permission.
    var isRefused: Bool { refusal != nil }

    private var refusal: String? {
        switch answer {
        case EPERM: "EPERM"
        case EACCES: "EACCES"
        case EROFS: "EROFS"
        default: nil
        }
    }

    /// What is wrong with the records that the report has for this cell; nil if nothing is.
    func complaint(about records: [Record]) -> String? {
        let told = records.map { "\($0.call) \($0.errno) \($0.path)" }.joined(separator: ", ")
        let kernel = answer == 0 ? "success" : String(cString: strerrorname_np(answer))
        guard let refusal else {
            return records.isEmpty ? nil : "the kernel says \(kernel), the report \(told)"
        }
        guard records.count == 1, let record = records.first, record.call == call,
            record.errno == refusal
        else { return "the kernel says \(kernel), the report \(told.isEmpty ? "nothing" : told)" }
        // The driver cuts paths of thousands of bytes short, and an address holds 108.
        if requested.contains(where: {
            $0.hasSuffix("...") || (call == "bind" && $0.utf8.count > 108)
        }) {
            return nil
        }
        if !candidates.contains(record.path) {
            return "the path is one of \(candidates.sorted()), the report says \(record.path)"
        }
        if !requested.isEmpty, !(requested + [record.path]).contains(record.requestedPath) {
            return "the caller said \(requested), the report says \(record.requestedPath)"
        }
        return nil
    }

    /// Why a refusal is not because of a path, and so in no report.
    var exception: String? {
        guard isRefused else { return nil }
        switch (call, answer) {
        case ("mknod", EPERM) where variant == "device":
            return "needs CAP_MKNOD, wherever it is"
        case ("mknod", EPERM) where variant == "directory":
            return "no call for directories"
        case ("link", EPERM), ("linkat", EPERM):
            return changed == "d" ? "directories have one name" : nil
        case ("setxattr", EPERM), ("lsetxattr", EPERM), ("fsetxattr", EPERM),
            ("removexattr", EPERM),
            ("lremovexattr", EPERM), ("fremovexattr", EPERM), ("setxattrat", EPERM),
            ("removexattrat", EPERM):
            if ["security", "trusted", "capability"].contains(variant) {
                return "needs a capability for attributes of the system"
            }
            return changed != "f" && changed != "d" ? "only files and directories have them" : nil
        case (_, EACCES) where variant == "default-acl":
            return "only directories have a default access list"
        case ("file_setattr", EPERM), ("ioctl", EPERM):
            return variant.hasSuffix("immutable") || place.contains("immutable")
                || place.contains("append") ? "needs CAP_LINUX_IMMUTABLE" : nil
        case ("open", EACCES), ("openat", EACCES), ("openat2", EACCES), ("creat", EACCES):
            return place.hasSuffix("/setgroups") ? "needs CAP_SYS_ADMIN" : nil
        default: return nil
        }
    }

    /// What the call is about, as far as it follows symbolic links.
    private var changed: Character {
        let follows =
            !["link", "lsetxattr", "lremovexattr"].contains(call)
            && !["nofollow", "i386-nofollow"].contains(variant)
            && !(call == "linkat" && !variant.hasSuffix("follow"))
        return follows ? kind.followed : kind.itself
    }
}
