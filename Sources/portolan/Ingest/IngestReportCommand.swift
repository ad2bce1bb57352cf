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
        /// What was found after the job, if anybody has looked.
        let verification: VerificationDetail?
    }

    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Show what a job did: each page with its outcome and reason, counts, stage timings, and whether what it left can be relied on.")

    @Argument(help: "Identifier of the job.")
    var job: String

    @Option(help: "Only pages with this outcome, such as failed.")
    var outcome: String?

    @Flag(help: "Look at the documentation again first.")
    var verify = false

    @Flag(help: "Print the verification as Markdown, and nothing else.")
    var markdown = false

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.identifier(job, "<job>")
        if let outcome { try ArgumentCheck.identifier(outcome, "--outcome") }
    }

    func run(with session: ClientSession) async throws {
        if verify { _ = try await session.api.verify(job) }
        if markdown {
            session.context.terminal.output(try await session.api.markdownReport(job))
            return
        }
        let report = try await session.api.report(job)
        var pages: [PageOutcome] = []
        while true {
            let part = try await session.api.pageOutcomes(
                job, outcome: outcome, limit: Limits.outcomeLimit.upperBound, offset: pages.count)
            pages += part.items
            if part.items.isEmpty || pages.count >= part.meta.total { break }
        }
        try session.show(Report(job: report.job, pages: pages, verification: report.verification)) {
            (pages.isEmpty ? "" : JobReport.outcomes(pages) + "\n") + JobReport.facts(report.job)
                + (report.verification.map { "\n" + VerificationText.text($0) } ?? "")
        }
    }
}
