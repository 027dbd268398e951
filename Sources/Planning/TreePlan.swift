internal import SandboxModel

/// The steps that make the tree a build sees, in the order that mounts need: a directory before
/// what is mounted in it, init's own area before the `/proc` that covers it.
struct TreePlan {
    private let profile: Profile
    private let host: HostTree
    private let request: PlanRequest
    private var result: [SetupStep] = []
    /// Directories of the new root that are there already, made or mounted.
    private var present: Set<String> = ["/", "/proc"]
    /// Mount points whose content is the host's: nothing can be made in them.
    private var bound: Set<String> = []

    init(profile: Profile, host: HostTree, request: PlanRequest) {
        self.profile = profile
        self.host = host
        self.request = request
    }

    consuming func steps() throws(UserError) -> [SetupStep] {
        result = [
            .enterRoot,
            .privateArea(path: "/proc", cacheDirectory: request.cacheDirectory),
            .processes(path: "/proc"),
        ]
        try systemDirectories()
        generatedFiles()
        devices()
        temporaries()
        try homeAndDirectories()
        for file in request.files { make(file: file.path, file.content) }
        if let trace = request.tracePath {
            parents(of: trace)
            result.append(.fifo(path: trace, mode: 0o666))
        }
        for path in profile.filesystem.hidden + request.hidden where isVisible(path) {
            result.append(.hide(path: path))
        }
        return result
    }

    // MARK: Parts

    private mutating func systemDirectories() throws(UserError) {
        for path in profile.filesystem.readOnly {
            switch host.entry(path) {
            case .missing: break
            case .symbolicLink(let target):
                parents(of: path)
                result.append(.symbolicLink(path: path, target: target))
            case .directory, .file: try bind(path, at: path, .readOnly)
            }
        }
        for path in profile.filesystem.writable { try bind(path, at: path, .readWrite) }
    }

    private mutating func generatedFiles() {
        let identity = profile.identity
        let users = """
            root:x:0:0:root:/root:/usr/sbin/nologin
            \(identity.user):x:\(identity.uid):\(identity.gid)::\(identity.home):/bin/bash
            nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

            """
        let groups = """
            root:x:0:
            tty:x:5:
            \(identity.group):x:\(identity.gid):
            nogroup:x:65534:

            """
        let hosts = """
            127.0.0.1 localhost \(identity.hostname)
            ::1 localhost \(identity.hostname)

            """
        cover("/etc/passwd", users)
        cover("/etc/group", groups)
        cover("/etc/hosts", hosts)
        cover("/etc/hostname", identity.hostname + "\n")
        cover("/etc/resolv.conf", request.network == .none ? "" : request.resolverConfiguration)
    }

    /// Our own text in place of a file of the host.
    private mutating func cover(_ path: String, _ content: String) {
        switch host.entry(path) {
        case .file: result.append(.coverFile(path: path, content: content))
        case .symbolicLink(let target):
            // The link is the host's and stays; what it points to is not shown, so it is made.
            let real = resolve(target, from: path)
            if isVisible(real) {
                if host.entry(real) == .file {
                    result.append(.coverFile(path: real, content: content))
                }
            } else {
                make(file: real, content)
            }
        case .directory: break
        case .missing:
            // In a directory of the host there is no place for it; programs do without.
            if !isVisible(path) { make(file: path, content) }
        }
    }

    private mutating func devices() {
        directory("/dev")
        for name in profile.filesystem.devices {
            let path = "/dev/" + name
            guard host.entry(path) == .file else { continue }
            result.append(.file(path: path, mode: 0o666, content: ""))
            result.append(.bind(hostPath: path, path: path, access: .device))
        }
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
        ] {
            result.append(.symbolicLink(path: "/dev/" + name, target: target))
        }
        present.insert("/dev/pts")
        result.append(.terminals(path: "/dev/pts"))
    }

    private mutating func temporaries() {
        for temporary in profile.filesystem.temporary {
            parents(of: temporary.path)
            present.insert(temporary.path)
            if temporary.mode & 0o022 == 0 {
                // Nobody but its owner may write there, and that is not the build: it is a part of
                // the root directory, which will be sealed.
                result.append(.directory(path: temporary.path, mode: UInt32(temporary.mode)))
            } else {
                result.append(
                    .temporary(
                        path: temporary.path, mode: UInt32(temporary.mode), size: temporary.size))
            }
        }
    }

    private mutating func homeAndDirectories() throws(UserError) {
        let home = profile.identity.home
        directory(home)
        result.append(.bind(hostPath: request.homeOnHost, path: home, access: .readWrite))
        for directory in request.directories {
            switch directory {
            case .writable(let hostPath, let path): try bind(hostPath, at: path, .readWrite)
            case .writableAsOwner(let hostPath, let path):
                try bind(hostPath, at: path, .readWriteAsOwner)
            case .readOnly(let hostPath, let path): try bind(hostPath, at: path, .readOnly)
            case .copyOnWrite(let lower, let upper, let work, let path):
                self.directory(path)
                bound.insert(path)
                result.append(.overlay(lower: lower, upper: upper, work: work, path: path))
            }
        }
    }

    // MARK: Places

    private mutating func bind(
        _ hostPath: String, at path: String, _ access: SetupStep.BindAccess
    ) throws(UserError) {
        let isFile: Bool
        switch host.entry(hostPath) {
        case .missing:
            throw UserError(
                "cannot show \(hostPath) in the sandbox: No such file or directory (ENOENT)",
                hint: "make it, or leave it out of the profile and the options",
                exitStatus: .usage)
        case .file: isFile = true
        case .directory, .symbolicLink: isFile = false
        }
        if !isVisible(path) {
            if isFile { make(file: path, "") } else { directory(path) }
        }
        bound.insert(path)
        result.append(.bind(hostPath: hostPath, path: path, access: access))
    }

    /// Whether a path lies in what is the host's, so that it is there if the host has it.
    private func isVisible(_ path: String) -> Bool {
        bound.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private mutating func make(file path: String, _ content: String) {
        parents(of: path)
        result.append(.file(path: path, mode: 0o644, content: content))
    }

    private mutating func directory(_ path: String) {
        if present.contains(path) || isVisible(path) { return }
        parents(of: path)
        present.insert(path)
        result.append(.directory(path: path, mode: 0o755))
    }

    private mutating func parents(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        directory(String(path[..<slash]))
    }

    private func resolve(_ target: String, from link: String) -> String {
        var components =
            target.hasPrefix("/") ? [] : link.split(separator: "/").dropLast().map(String.init)
        for component in target.split(separator: "/") {
            switch component {
            case ".": break
            case "..": _ = components.popLast()
            default: components.append(String(component))
            }
        }
        return "/" + components.joined(separator: "/")
    }
}
