import APIClient
import APIModel
import ArgumentParser

/// `portolan docs search QUERY`.
struct DocsSearchCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "search", abstract: "Search documentation, best results first.")

    @Argument(help: "What to look for; several words need no quotes.")
    var words: [String]

    @Option(help: ArgumentHelp("Only the documentation with this identifier.", valueName: "id"))
    var documentation: String?

    @Option(help: ArgumentHelp("Only this library.", valueName: "name"))
    var library: String?

    @Option(help: "Only this version.")
    var version: String?

    @Option(help: "Results to show, 1 to 100 (default 20).")
    var limit: Int?

    @Option(help: "Token budget of the reply, 100 to 100000 (default 4000).")
    var maxTokens: Int?

    @Option(help: "Continue where an earlier reply ended.")
    var cursor: String?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    private var query: String { words.joined(separator: " ") }

    func validate() throws {
        try ArgumentCheck.length(query, Limits.queryLength, "<words>")
        try ArgumentCheck.length(library, Limits.nameLength, "--library")
        try ArgumentCheck.length(version, Limits.nameLength, "--version")
        try ArgumentCheck.range(limit, Limits.searchLimit, "--limit")
        try ArgumentCheck.range(maxTokens, Limits.maxTokens, "--max-tokens")
    }

    func run(with session: ClientSession) async throws {
        let response = try await session.api.search(
            query, documentationID: documentation, library: library, version: version, limit: limit, maxTokens: maxTokens, cursor: cursor)
        try session.show(response) { SearchResults.text(response, width: min(session.context.terminal.width, 120)) }
        if let cursor = response.nextCursor, !session.isJSON { session.note("--cursor \(cursor) shows the next results.") }
    }
}
