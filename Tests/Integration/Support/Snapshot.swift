import Foundation
import Glibc

/// A file as it was, with everything by which a change would show.
struct Entry: Equatable, CustomStringConvertible {
    var path: String
    var kind: mode_t
    var mode: mode_t
    var uid: uid_t
    var modified: timespec
    /// The content, or a symbolic link's target.
    var content: [UInt8]

    static func == (left: Entry, right: Entry) -> Bool {
        left.path == right.path && left.kind == right.kind && left.mode == right.mode
            && left.uid == right.uid && left.modified.tv_sec == right.modified.tv_sec
            && left.modified.tv_nsec == right.modified.tv_nsec && left.content == right.content
    }

    var description: String {
        "\(path) \(String(mode, radix: 8)) \(uid) \(modified.tv_sec).\(modified.tv_nsec) \(content.count)"
    }
}

/// A file or directory and everything below it, in order; symbolic links are not followed.
func entries(of path: String, withContent: Bool = false) -> [Entry] {
    var status = stat()
    guard lstat(path, &status) == 0 else { return [] }
    let kind = status.st_mode & S_IFMT
    var entry = Entry(
        path: path, kind: kind, mode: status.st_mode & 0o7777, uid: status.st_uid,
        modified: status.st_mtim, content: [])
    if withContent, kind == S_IFREG { entry.content = bytes(of: path) }
    if kind == S_IFLNK {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        entry.content = Array((target ?? "").utf8)
    }
    guard kind == S_IFDIR else { return [entry] }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    return [entry] + names.flatMap { entries(of: "\(path)/\($0)", withContent: withContent) }
}
