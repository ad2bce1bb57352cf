import APIClient
import APIModel
import ArgumentParser

/// `portolan ingest list`.
struct IngestListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @Option(help: "Only jobs in this state, such as COMPLETED.", transform: Self.state)
    var status: JobState?

    @Option(help: "Jobs to show, 1 to 500 (default 100).")
    var limit: Int?

    @Option(help: "Jobs to leave out before the first.")
    var skip: Int?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.range(limit, Limits.jobLimit, "--limit")
        try ArgumentCheck.range(skip, Limits.offset, "--skip")
    }

    func run(with session: ClientSession) async throws {
        let list = try await session.api.jobs(status: status, skip: skip, limit: limit)
        try session.show(list) { list.items.isEmpty ? "" : JobReport.table(list.items) }
        guard !session.isJSON else { return }
        let end = list.skip + list.items.count
        if list.items.isEmpty {
            session.note("No jobs.")
        } else if end < list.total {
            session.note("\(list.items.count) of \(Figures.count(list.total, "job")); --skip \(end) shows the next.")
        }
    }

    @Sendable private static func state(_ text: String) throws -> JobState {
        guard let state = JobState(rawValue: text.uppercased()) else {
            throw ValidationError("The states are \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return state
    }
}
