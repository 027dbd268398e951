internal import ArgumentParser
internal import SandboxModel

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try what this machine allows, and say how to mend what is missing.")

    func run() throws {
    }
}
