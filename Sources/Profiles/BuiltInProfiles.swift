/// The files of `profiles/`, compiled into the executable.
///
/// `BuiltIn/` holds one symbolic link per file; SwiftPM makes the arrays from what they point to.
enum BuiltInProfiles {
    /// The names, for `--profile` and `profile list`.
    static let names = ["default"]

    /// The text of a built-in profile; nil if there is none of that name.
    static func text(_ name: String) -> [UInt8]? {
        switch name {
        case "default": PackageResources.default_toml
        default: nil
        }
    }

    /// The hint rules that belong to a built-in profile: TOML to be put after its text.
    static func rules(_ name: String) -> [UInt8] {
        name == "default" ? PackageResources.rules_toml : []
    }
}
