// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "pkgsandbox",
    products: [
        .executable(name: "pkgsandbox", targets: ["pkgsandbox"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // C, for what Swift cannot import, and the system libraries.
        .target(name: "CLinuxShims"),
        .systemLibrary(
            name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),

        // Imports point down: each target may import only what its list names.
        .target(
            name: "LinuxKernel", dependencies: ["CLinuxShims", "CSeccomp", "CLibcap"],
            swiftSettings: strict),
        .target(name: "SandboxModel", swiftSettings: strict),
        .target(name: "Recipes", dependencies: ["SandboxModel"], swiftSettings: strict),
        .target(
            name: "Profiles", dependencies: ["SandboxModel"],
            // A link to profiles/, so that what is compiled in is what people read.
            resources: [.embedInCode("BuiltIn")],
            swiftSettings: strict),
        .target(name: "Planning", dependencies: ["SandboxModel"], swiftSettings: strict),
        .target(name: "Reporting", dependencies: ["SandboxModel"], swiftSettings: strict),
        .target(
            name: "Sandbox", dependencies: ["LinuxKernel", "SandboxModel"], swiftSettings: strict),
        .target(
            name: "Supervision", dependencies: ["LinuxKernel", "Sandbox", "SandboxModel"],
            swiftSettings: strict),
        .executableTarget(
            name: "pkgsandbox",
            dependencies: [
                "LinuxKernel", "Supervision", "Planning", "Recipes", "Profiles", "Reporting",
                "SandboxModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .testTarget(
            name: "RecipesTests", dependencies: ["Recipes", "SandboxModel"],
            path: "Tests/RecipesTests", swiftSettings: strict),
        .testTarget(
            name: "ProfilesTests", dependencies: ["Profiles", "SandboxModel"],
            swiftSettings: strict),
        .testTarget(
            name: "ReportingTests", dependencies: ["Reporting", "SandboxModel"],
            exclude: ["Snapshots"], swiftSettings: strict),
        // The dependency has the executable built that the tests start.
        .testTarget(
            name: "DoctorTests", dependencies: ["SandboxModel", "pkgsandbox"],
            swiftSettings: strict),
        .testTarget(
            name: "SandboxModelTests", dependencies: ["SandboxModel"], swiftSettings: strict),
        .testTarget(
            name: "PlanningTests", dependencies: ["Planning", "SandboxModel"],
            swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        // The built program on real recipes: nothing is imported.
        .testTarget(name: "IntegrationTests", path: "Tests/Integration", swiftSettings: strict),
        .testTarget(
            name: "DocsTests",
            dependencies: [
                "pkgsandbox",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ]
)
