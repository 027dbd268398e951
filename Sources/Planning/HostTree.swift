/// What the planner has to know of the host's files: a question that the caller answers.
public struct HostTree {
    /// What is at a path; a symbolic link at the end is not followed.
    public enum Entry: Sendable, Equatable {
        case missing
        case directory
        case file
        case symbolicLink(target: String)
    }

    private let look: (String) -> Entry

    /// - Parameter look: tells what is at an absolute path of the host.
    public init(look: @escaping (String) -> Entry) { self.look = look }

    func entry(_ hostPath: String) -> Entry { look(hostPath) }
}
