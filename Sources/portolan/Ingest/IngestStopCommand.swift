import APIClient
import ArgumentParser

/// `portolan ingest stop ID`.
struct IngestStopCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ask a job to stop; has no effect on one that has ended.")

    @Argument(help: "Identifier of the job.")
    var job: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.identifier(job, "<job>") }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.stopJob(job)
        try session.show(detail) { JobReport.facts(detail) }
    }
}
