import Foundation
import Recipes
import SandboxModel
import Testing

/// What the real makepkg does with sources over our stages, and with recipes of other shapes.
@Suite(.enabled(if: Harness.isWanted, "makepkg is not installed"))
struct MakepkgSourcesTests {
    @Test func buildsFromAFetchedCloneWithoutFetchingAgain() throws {
        let harness = try Harness(
            MakepkgTests.header + """
                source=("up::git+file://$startdir/../upstream")
                sha256sums=(SKIP)
                pkgver() {
                  cd up
                  git rev-list --count HEAD
                }
                package() {
                  install -Dm644 up/file "$pkgdir/usr/share/sample/file"
                }
                """)
        defer { harness.remove() }
        let commit =
            "git -c user.name=a -c user.email=a@b.invalid commit -q --allow-empty -m"
        let made = try harness.run(
            [
                "sh", "-ec",
                "git init -q ../upstream; cd ../upstream; echo 1 > file; git add file; "
                    + "\(commit) 1; \(commit) 2",
            ], environment: [:], traced: false)
        #expect(made.status == 0, "\(made.errors)")
        let driver = try harness.driver()
        let metadata = try RecipeMetadata(parsing: harness.run(driver.metadata).output)
        #expect(!metadata.needsNetwork(architecture: "x86_64", present: ["PKGBUILD"]))
        let sources = try harness.run(driver.sources)
        #expect(sources.status == 0, "\(sources.errors)")
        let present = try FileManager.default.contentsOfDirectory(atPath: harness.layout.sources)
        #expect(!metadata.needsNetwork(architecture: "x86_64", present: Set(present)))
        // The build has no way to reach upstream any more, and says nothing about it.
        try FileManager.default.removeItem(atPath: harness.root + "/upstream")
        let result = try harness.run(driver.build)
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.errors.contains("updating"))
        #expect(result.phases.contains("-pkgver 0"))
        #expect(result.lines.contains("pkgver:9"))
        let packages = try FileManager.default.contentsOfDirectory(atPath: harness.layout.packages)
        #expect(packages == ["sample-2-1-any.pkg.tar.gz"])
    }

    @Test func buildsSplitPackages() throws {
        let harness = try Harness(
            """
            pkgbase=two
            pkgname=(two-a two-b)
            pkgver=1
            pkgrel=1
            arch=(any)
            for n in a b; do
              eval "package_two-$n() {
                install -Dm644 /dev/null \\"\\$pkgdir/$n\\"
                _common
              }"
            done
            _common() {
              true common
            }
            """)
        defer { harness.remove() }
        let result = try harness.run(harness.driver().build)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.phases.contains("-package_two-a 0"))
        #expect(result.phases.contains("-package_two-b 0"))
        #expect(result.lines.filter { $0 == "_common:13" }.count == 2)
        #expect(result.trace.phase == nil)
    }

    @Test func logsWhatItRuns() throws {
        let harness = try Harness(
            MakepkgTests.header + "build() {\n  echo said\n  false\n}\npackage() { :; }\n")
        defer { harness.remove() }
        let result = try harness.run(harness.driver(["--log"]).build)
        #expect(result.status == 4)
        #expect(result.output.contains("said"))
        #expect(result.trace.phase?.name == "build")
        #expect(result.lines.suffix(2) == ["build:6", "build:7"])
        #expect(result.trace.shells.values.contains { $0.hasFailed })
    }

    @Test func tellsWhatIsNotASource() throws {
        let harness = try Harness(MakepkgTests.header + "package() { :; }\n")
        defer { harness.remove() }
        let entries = [
            "file.patch", "https://e.org/a/b-1.tar.gz", "n.tgz::https://e.org/?get=1",
            "git+https://e.org/x.git#tag=1", "git://e.org/x/?signed#commit=1",
            "name::git+ssh://e.org/x.git", "git+https://e.org/x.git?signed",
            "hg+https://e.org/y/", "svn+https://e.org/t/trunk", "svn+ssh://e.org/t",
            "fossil+https://e.org/z", "bzr+lp:proj", "ftp://e.org/p.tar.xz", "a::b::c",
            "https://e.org/", "git+file:///srv/x.git/", "weird:name", "n::local",
        ]
        let result = try harness.run(
            [
                "bash", "-c",
                "source /usr/share/makepkg/util/source.sh; "
                    + #"for e; do echo "$(get_protocol "$e") $(get_filename "$e")"; done"#, "x",
            ] + entries, environment: [:], traced: false)
        let ours = entries.map(RecipeSource.init).map { "\($0.scheme) \($0.localName)" }
        #expect(ours == result.output.split(separator: "\n").map(String.init))
    }
}
