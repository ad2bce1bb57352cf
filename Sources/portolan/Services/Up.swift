import ArgumentParser
import Composition

/// `portolan up`.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the whole stack on this machine.",
        discussion: """
            Starts a private Postgres and Redis below the state folder, migrates, and runs api, worker and scheduler until Ctrl-C. A fresh \
            stack ingests the documentation set that deploy/setup installed, or the site of --source.
            """)

    @Flag(help: "Return when the stack is ready, and leave it running.")
    var detach = false
    @Option(help: "Folder of the stack's data, logs and token.")
    var state: String?
    @Option(help: "Public port; 0 takes a free one.")
    var port = 8080
    @Flag(help: "Ingest nothing by itself.")
    var noIngest = false
    @Option(help: "Site to ingest instead of the installed documentation set.")
    var source: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
        if noIngest, source != nil { throw ValidationError("--source and --no-ingest exclude each other.") }
    }

    func run() async throws {
        try await reportingFailures {
            let command = UpCommand(state: state, port: port, ingests: !noIngest, source: source)
            if detach { try await command.detach() } else { try await command.run() }
        }
    }
}
