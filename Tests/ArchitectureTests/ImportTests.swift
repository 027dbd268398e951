import Foundation
import Testing

/// Imports point down, as docs/architecture.md draws it.
struct ImportTests {
    static let sources = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../Sources").standardizedFileURL

    /// What the files of each module may import.
    static let allowed: [String: Set<String>] = [
        "SandboxModel": [],
        "LinuxKernel": ["Glibc", "CLinuxShims", "CSeccomp", "CLibcap"],
        "Recipes": ["SandboxModel"],
        "Profiles": ["SandboxModel"],
        "Planning": ["SandboxModel"],
        "Reporting": ["SandboxModel"],
        "Sandbox": ["LinuxKernel", "SandboxModel"],
        "Supervision": ["LinuxKernel", "Sandbox", "SandboxModel"],
        "pkgsandbox": [
            "LinuxKernel", "Supervision", "Planning", "Recipes", "Profiles", "Reporting",
            "SandboxModel", "ArgumentParser",
        ],
    ]

    /// Foundation stays out of what runs in the child of a clone, and out of most of the program for
    /// its size: what needs it is named here.
    static let withFoundation: [String: Set<String>] = ["Reporting": ["FoundationEssentials"]]

    private static func directories(in directory: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: directory, includingPropertiesForKeys: [.isDirectoryKey]
        ).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
    }

    private static func files(in directory: URL) throws -> [URL] {
        let found = try #require(FileManager.default.enumerator(atPath: directory.path))
        return found.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
            .map { directory.appendingPathComponent($0) }
    }

    /// The modules that a file imports.
    private static func imports(of file: URL) throws -> [String] {
        let text = try String(contentsOf: file, encoding: .utf8)
        let pattern = try Regex(
            #"^(?:@[\w()]+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#
        )
        return text.split(separator: "\n").compactMap { line in
            (try? pattern.prefixMatch(in: line))?[1].substring.map(String.init)
        }
    }

    @Test(arguments: allowed.keys.sorted())
    func importsPointDown(module: String) throws {
        let permitted = (Self.allowed[module] ?? []).union(Self.withFoundation[module] ?? [])
        for file in try Self.files(in: Self.sources.appendingPathComponent(module)) {
            for name in try Self.imports(of: file) {
                #expect(permitted.contains(name), "\(file.path) imports \(name)")
            }
        }
    }

    /// A new module has to find its place in the list.
    @Test func everyModuleIsListed() throws {
        let modules = try Self.directories(in: Self.sources).filter {
            try !Self.files(in: $0).isEmpty
        }
        #expect(Set(modules.map(\.lastPathComponent)) == Set(Self.allowed.keys))
    }

    /// The test above would pass if the parser found nothing.
    @Test func importsAreFound() throws {
        let all = try Self.allowed.keys.flatMap { module in
            try Self.files(in: Self.sources.appendingPathComponent(module)).flatMap(Self.imports)
        }
        for name in ["SandboxModel", "LinuxKernel", "CLinuxShims", "Glibc", "ArgumentParser"] {
            #expect(all.contains(name))
        }
    }
}
