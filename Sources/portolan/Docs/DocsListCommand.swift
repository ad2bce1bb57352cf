import APIClient
import APIModel
import ArgumentParser

/// `portolan docs list`.
struct DocsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List documentations by library, version and address.")

    @Option(help: ArgumentHelp("Only this library.", valueName: "name"))
    var library: String?

    @Option(help: "Only this version.")
    var version: String?

    @Option(help: "Documentations to show, 1 to 100 (default 20).")
    var limit: Int?

    @Option(help: "Documentations to leave out before the first.")
    var offset: Int?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.length(library, Limits.nameLength, "--library")
        try ArgumentCheck.length(version, Limits.nameLength, "--version")
        try ArgumentCheck.range(limit, Limits.documentationLimit, "--limit")
        try ArgumentCheck.range(offset, Limits.offset, "--offset")
    }

    func run(with session: ClientSession) async throws {
        let list = try await session.api.documentations(library: library, version: version, limit: limit, offset: offset)
        try session.show(list) { list.items.isEmpty ? "" : Self.table(list.items) }
        guard !session.isJSON else { return }
        let end = list.meta.offset + list.items.count
        if list.items.isEmpty {
            session.note("No documentations.")
        } else if end < list.meta.total {
            session.note("\(list.items.count) of \(Figures.count(list.meta.total, "documentation")); --offset \(end) shows the next.")
        }
    }

    /// One line for each documentation.
    static func table(_ items: [DocumentationSummary]) -> String {
        var table = TextTable([
            .text("DOCUMENTATION"), .text("LIBRARY"), .text("VERSION"), .number("SECTIONS"), .text("LAST JOB"), .text("SYNCED (UTC)"),
            .text("TITLE"), .text("URL"),
        ])
        for item in items {
            table.add([
                item.id, item.library, item.version, "\(item.sectionCount)", item.lastJobStatus?.rawValue ?? "",
                item.lastSynced.map(Figures.text) ?? "", item.title, item.url,
            ])
        }
        return table.text
    }
}
