import ArgumentParser
import Composition

/// `portolan down`.
struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop the stack that `portolan up` started; its data stay.")

    @Option(help: "Folder of the stack's data, logs and token.")
    var state: String?

    func run() async throws {
        try await reportingFailures { try await DownCommand(state: state).run() }
    }
}
