import Reporting
import SandboxModel
import Testing

@Suite("Error text")
struct ErrorTextTests {
    @Test("has the form of the documentation")
    func form() {
        let error = UserError(
            "cannot create user namespace: Operation not permitted (EPERM)",
            step: "1 of 23, unshare user,mount,pid",
            cause: "kernel.apparmor_restrict_unprivileged_userns is 1",
            hint: "see `pkgsandbox doctor`", exitStatus: .setupFailed)
        #expect(
            ErrorText(error).rendered() == """
                pkgsandbox: error: cannot create user namespace: Operation not permitted (EPERM)
                  step: 1 of 23, unshare user,mount,pid
                  cause: kernel.apparmor_restrict_unprivileged_userns is 1
                  hint: see `pkgsandbox doctor`

                """)
    }

    @Test("gives every further message a line")
    func several() {
        let error = UserError(
            "my.toml:3: a", more: ["my.toml:7: b\nc"], hint: "d", exitStatus: .usage)
        #expect(
            ErrorText(error).rendered() == """
                pkgsandbox: error: my.toml:3: a
                my.toml:7: b\\nc
                  hint: d

                """)
    }

    @Test("leaves out what is not known")
    func short() {
        let error = UserError("no such profile: x", exitStatus: .usage)
        #expect(ErrorText(error).rendered() == "pkgsandbox: error: no such profile: x\n")
    }

    @Test("keeps the spaces of the message")
    func spaces() {
        let error = UserError("cannot open a  b", exitStatus: .usage)
        #expect(ErrorText(error).rendered() == "pkgsandbox: error: cannot open a  b\n")
    }

    @Test("can be coloured")
    func colour() {
        let error = UserError("bad", hint: "good", exitStatus: .usage)
        #expect(
            ErrorText(error).rendered(colour: true)
                == "pkgsandbox: \u{1B}[1;31merror:\u{1B}[0m \u{1B}[1mbad\u{1B}[0m\n"
                + "  \u{1B}[1;32mhint:\u{1B}[0m good\n")
    }
}
