import APIClient
import APIModel
import ArgumentParser

/// `portolan ingest report ID`.
struct IngestReportCommand: ClientCommand {
    /// What `--json` prints.
    struct Report: Encodable {
        /// The job.
        let job: JobDetail
        /// What became of each address, in the order of the crawl.
        let pages: [PageOutcome]
    }

    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show what a job did: each page with its outcome and reason, counts, stage timings.")

    @Argument(help: "Identifier of the job.")
    var job: String

    @Option(help: "Only pages with this outcome, such as failed.")
    var outcome: String?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.identifier(job, "<job>")
        if let outcome { try ArgumentCheck.identifier(outcome, "--outcome") }
    }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.job(job)
        var pages: [PageOutcome] = []
        while true {
            let part = try await session.api.pageOutcomes(
                job, outcome: outcome, limit: Limits.outcomeLimit.upperBound, offset: pages.count)
            pages += part.items
            if part.items.isEmpty || pages.count >= part.meta.total { break }
        }
        try session.show(Report(job: detail, pages: pages)) {
            (pages.isEmpty ? "" : JobReport.outcomes(pages) + "\n") + JobReport.facts(detail)
        }
    }
}
