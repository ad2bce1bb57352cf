import APIClient
import APIModel
import ArgumentParser

/// `portolan sources list`.
struct SourcesListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List sources by library and version.")

    @Option(help: "Sources to show, 1 to 100 (default 20).")
    var limit: Int?

    @Option(help: "Sources to leave out before the first.")
    var offset: Int?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.range(limit, Limits.documentationLimit, "--limit")
        try ArgumentCheck.range(offset, Limits.offset, "--offset")
    }

    func run(with session: ClientSession) async throws {
        let list = try await session.api.sources(limit: limit, offset: offset)
        try session.show(list) { list.items.isEmpty ? "" : SourceReport.table(list.items) }
        guard !session.isJSON else { return }
        let end = list.meta.offset + list.items.count
        if list.items.isEmpty {
            session.note("No sources.")
        } else if end < list.meta.total {
            session.note("\(list.items.count) of \(Figures.count(list.meta.total, "source")); --offset \(end) shows the next.")
        }
    }
}

/// `portolan sources show ID`.
struct SourcesShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one source.")

    @Argument(help: "Identifier of the source.")
    var source: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.identifier(source, "<source>") }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.source(source)
        try session.show(detail) { SourceReport.facts(detail) }
    }
}
