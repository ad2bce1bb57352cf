import APIModel
import Domain
import Hummingbird

/// Searching.
struct SearchRoutes: Sendable {
    let search: MeasuredSearch

    private static let hint = "Ask in a few words, or one or two sentences."
    private static let question = Parameter.text(
        "q", Limits.queryLength, pattern: TextRule.question.pattern, "The question.", hint: hint)
    private static let page = Parameter.integer("limit", Limits.searchLimit, default: Limits.defaultSearchLimit, "Results on the page.")
    private static let tokens = Parameter.integer(
        "max_tokens", Limits.maxTokens, default: Limits.defaultMaxTokens,
        "Token budget of the reply: excerpts are shortened before results are dropped. A token is 4 bytes.")
    private static let cursor = Parameter.text(
        optional: "cursor", 1...400, format: "cursor", pattern: TextRule.cursor.pattern, "next_cursor of the page before.")
    private static var documentation: Parameter<DocumentationID?> {
        .identifier(optional: "documentation_id", "documentation", of: Documentation.self)
    }

    var routes: [Route] {
        [
            Route(
                .get, "/v1/search", .scope(.read), Operation("search", .search, "Sections by words and meaning", problems: [404]),
                Self.question, Self.page, Self.tokens, Self.cursor, Self.documentation, .library, .version
            ) { call, question, limit, tokens, cursor, documentation, library, version in
                try await answer(
                    question, SearchScope(documentation: documentation, library: library, version: version), limit: limit, tokens: tokens,
                    cursor: cursor, access: call.access)
            },
            Route(
                .get, "/v1/documentation/{id}/search", .scope(.read),
                Operation("searchDocumentation", .search, "Sections of one documentation by words and meaning"),
                .id("documentation", of: Documentation.self), Self.question, Self.page, Self.tokens, Self.cursor
            ) { call, id, question, limit, tokens, cursor in
                try await answer(
                    question, SearchScope(documentation: id), limit: limit, tokens: tokens, cursor: cursor, access: call.access)
            },
        ]
    }

    private func answer(
        _ question: String, _ scope: SearchScope, limit: Int, tokens: Int, cursor: String?, access: LibraryAccess
    ) async throws -> Answer<SearchResponse> {
        let query = try Self.query(question, scope, limit: limit, field: "q")
        return Answer(SearchResponse(try await search.search(query, cursor: cursor, tokens: tokens, access: access)))
    }

    /// The query, whose faults name `field`: the use case calls it by its own name.
    static func query(_ question: String, _ scope: SearchScope, limit: Int, field: String) throws(Fault) -> SearchQuery {
        do {
            return try SearchQuery(text: question, scope: scope, limit: limit)
        } catch {
            throw Fault(
                error.category, code: error.code, error.message, field: error.field == "query" ? field : error.field, limit: error.limit,
                hint: error.hint ?? hint)
        }
    }
}
