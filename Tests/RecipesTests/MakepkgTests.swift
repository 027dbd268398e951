import Recipes
import SandboxModel
import Testing

@Suite(.enabled(if: Harness.isWanted, "makepkg is not installed"))
struct MakepkgTests {
    static let header = """
        pkgname=sample
        pkgver=1
        pkgrel=1
        arch=(any)

        """

    @Test func succeeds() throws {
        let harness = try Harness(
            Self.header + """
                build() {
                  mkdir -p out
                  for i in 1 2; do
                    echo $i > out/$i
                  done
                }
                package() {
                  install -Dm644 out/1 "$pkgdir/usr/share/sample/1"
                  install -o root -g root -m644 out/2 "$pkgdir/usr/share/sample/2"
                }
                """)
        defer { harness.remove() }
        let driver = try harness.driver()
        let metadata = try harness.run(driver.metadata)
        #expect(metadata.status == 0, "\(metadata.errors)")
        let info = try RecipeMetadata(parsing: metadata.output)
        #expect(info.version == "1-1")
        #expect(try harness.run(driver.sources).status == 0)
        let result = try harness.run(driver.build)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        #expect(result.phases == [])
        #expect(result.lines == [])
    }
}
