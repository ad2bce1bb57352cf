import APIModel
import Domain
import Hummingbird

/// Searching.
struct SearchRoutes: Sendable {
    let search: MeasuredSearch

    var routes: [Route] {
        [
            Route(.get, "/v1/search", .scope(.read)) { call in
                try await answer(
                    call,
                    SearchScope(
                        documentation: try call.query.identifier("documentation_id", of: Documentation.self),
                        library: try call.query.text("library", length: Limits.nameLength),
                        version: try call.query.text("version", length: Limits.nameLength)))
            },
            Route(.get, "/v1/documentation/{id}/search", .scope(.read)) { call in
                try await answer(call, SearchScope(documentation: try call.identifier("documentation")))
            },
        ]
    }

    private func answer(_ call: Call, _ scope: SearchScope) async throws -> Response {
        let hint = "Ask in a few words, or one or two sentences."
        guard let text = try call.query.text("q", length: Limits.queryLength, hint: hint) else {
            throw Fault.invalid(field: "q", "The parameter q is missing.", limit: "2 to 2000 characters", hint: hint)
        }
        let limit = try call.query.integer("limit", in: Limits.searchLimit, default: Limits.defaultSearchLimit)
        let tokens = try call.query.integer("max_tokens", in: Limits.maxTokens, default: Limits.defaultMaxTokens)
        let cursor = try call.query.text("cursor", length: 1...200)
        let query: SearchQuery
        do {
            query = try SearchQuery(text: text, scope: scope, limit: limit)
        } catch {
            // The use case calls the field by its own name.
            throw Fault(
                error.category, code: error.code, error.message, field: error.field == "query" ? "q" : error.field, limit: error.limit,
                hint: error.hint ?? hint)
        }
        return try .json(SearchResponse(try await search.search(query, cursor: cursor, tokens: tokens, access: call.access)))
    }
}
