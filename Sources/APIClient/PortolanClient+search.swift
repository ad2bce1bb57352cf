package import APIModel

extension PortolanClient {
    /// Searches all documentations, or those that the parameters name; best first.
    ///
    /// - Parameters:
    ///   - query: within `Limits.queryLength`.
    ///   - documentationID: only this documentation.
    ///   - library: only this library.
    ///   - version: only this version.
    ///   - limit: within `Limits.searchLimit`; nil takes the server's default.
    ///   - maxTokens: within `Limits.maxTokens`; nil takes the server's default.
    ///   - cursor: `next_cursor` of the page before.
    package func search(
        _ query: String, documentationID: String? = nil, library: String? = nil, version: String? = nil, limit: Int? = nil,
        maxTokens: Int? = nil, cursor: String? = nil
    ) async throws(APIClientError) -> SearchResponse {
        var items = QueryItems()
        items.add("q", query)
        items.add("documentation_id", documentationID)
        items.add("library", library)
        items.add("version", version)
        items.add("limit", limit)
        items.add("max_tokens", maxTokens)
        items.add("cursor", cursor)
        return try await get("/v1/search", items, as: SearchResponse.self)
    }
}
