internal import LinuxKernel
internal import SandboxModel

/// Puts writable layers under single read-only directories.
///
/// A materialised directory is an overlay whose lower layer is the directory and whose upper layer
/// is a fresh one in init's private area. The build sees a mount of it (read-only unless audited);
/// init makes entries through a second mount that is attached where no path leads to.
final class Materialiser {
    /// One directory with a layer of its own.
    struct Layer {
        var path: String
        /// The directory below the layer.
        var lower: SharedDescriptor
        /// Init's read-write mount of the overlay.
        var writable: SharedDescriptor
    }

    /// The most layers that are made: each is a mount that every later lookup passes.
    static let mostLayers = 512

    private let privateArea: SharedDescriptor
    private let visibleIsWritable: Bool
    private var layers: [String: Layer] = [:]
    private var count = 0
    /// Every mount point of the sandbox, by path: what a new layer over a parent has to carry along.
    private var mountPoints: Set<String>

    init(privateArea: SharedDescriptor, mountPoints: [String], visibleIsWritable: Bool)
        throws(SystemError)
    {
        self.privateArea = privateArea
        self.mountPoints = Set(mountPoints)
        self.visibleIsWritable = visibleIsWritable
        for name in ["mount", "upper", "work", "cover"] {
            try Files.makeDirectory(name, mode: 0o700, in: privateArea.number, existing: true)
        }
    }

    /// The layer of a directory, made now if there is none.
    ///
    /// - Parameter path: absolute, without symbolic links, as the sandbox sees it.
    func layer(at path: String) throws(SystemError) -> Layer {
        if let layer = layers[path] { return layer }
        guard path != "/", layers.count < Self.mostLayers else {
            throw SystemError(call: "overlay", path: path, errno: ErrorNumber.noSpace)
        }
        let lower = try openLower(path)
        let mode = try FileStatus.of(lower.number).mode
        let area = privateArea.number
        let name = "\(count)"
        count += 1
        try Files.makeDirectory("mount/\(name)", mode: 0o700, in: area)
        try Files.makeDirectory("work/\(name)", mode: 0o700, in: area)
        // The overlay's root takes its mode from the upper layer.
        try Files.makeDirectory("upper/\(name)", mode: mode, in: area)
        let flags = FileFlags.pathOnly | FileFlags.directory
        let upper = try Descriptor.open("upper/\(name)", flags, in: area)
        let work = try Descriptor.open("work/\(name)", flags, in: area)
        let overlay = try makeOverlay(
            lower: lower.number, upper: upper.number, work: work.number,
            attributes: [.noSetuid, .noDevices])
        let place = try Descriptor.open("mount/\(name)", flags, in: area)
        try attach(overlay.number, on: place.number)

        let visible = try cloneTree(of: overlay.number)
        if !visibleIsWritable {
            try setMountAttributes(visible.number, set: .readOnly, recursive: false)
        }
        let carried = try mountsBelow(path)
        try attach(visible.number, at: path)
        for (path, tree) in carried { try attach(tree.number, at: path) }

        let layer = Layer(
            path: path, lower: lower, writable: SharedDescriptor(overlay))
        layers[path] = layer
        mountPoints.insert(path)
        return layer
    }

    /// Attaches a tree on a path, and remembers that.
    func mount(_ tree: borrowing Descriptor, at path: String) throws(SystemError) {
        try attach(tree.number, at: path)
        mountPoints.insert(path)
    }

    var hasLayers: Bool { !layers.isEmpty }

    func hasLayer(at path: String) -> Bool { layers[path] != nil }

    /// Whether a path lies in a directory that has a layer.
    func isInLayer(_ path: [UInt8]) -> Bool {
        let text = ByteText.decode(path)
        return layers.keys.contains { text == $0 || text.hasPrefix($0 + "/") }
    }

    /// The directory itself, below any layer: overlays may be stacked two deep only.
    private func openLower(_ path: String) throws(SystemError) -> SharedDescriptor {
        let flags = FileFlags.pathOnly | FileFlags.directory | FileFlags.noFollow
        var parent = path[...]
        while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
            parent = parent[..<slash]
            if let layer = layers[String(parent)] {
                let rest = String(path[slash...].dropFirst())
                return SharedDescriptor(try Descriptor.open(rest, flags, in: layer.lower.number))
            }
        }
        return SharedDescriptor(try Descriptor.open(path, flags))
    }

    /// Copies of the mounts below a directory, shallowest first: each with all below it.
    private func mountsBelow(_ path: String) throws(SystemError) -> [(String, SharedDescriptor)] {
        let prefix = path + "/"
        var result: [(String, SharedDescriptor)] = []
        for point in mountPoints.filter({ $0.hasPrefix(prefix) }).sorted() {
            if result.contains(where: { point.hasPrefix($0.0 + "/") }) { continue }
            let source = try Descriptor.open(point, FileFlags.pathOnly)
            result.append((point, SharedDescriptor(try cloneTree(of: source.number))))
        }
        return result
    }
}
