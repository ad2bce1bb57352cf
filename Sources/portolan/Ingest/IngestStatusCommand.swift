import APIClient
import ArgumentParser

/// `portolan ingest status ID`.
struct IngestStatusCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show one job.")

    @Argument(help: "Identifier of the job.")
    var job: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.identifier(job, "<job>") }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.job(job)
        try session.show(detail) { JobReport.facts(detail) }
    }
}
