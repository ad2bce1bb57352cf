package import APIModel

extension PortolanClient {
    private static let path = "/v1/documentation"

    /// A page of documentations, ordered by library, version and URL.
    ///
    /// - Parameters:
    ///   - library: only this library.
    ///   - version: only this version.
    ///   - limit: within `Limits.documentationLimit`; nil takes the server's default.
    ///   - offset: how many to leave out.
    package func documentations(
        library: String? = nil, version: String? = nil, limit: Int? = nil, offset: Int? = nil
    ) async throws(APIClientError) -> DocumentationList {
        var query = QueryItems()
        query.add("library", library)
        query.add("version", version)
        query.add("limit", limit)
        query.add("offset", offset)
        return try await get(Self.path, query, as: DocumentationList.self)
    }

    /// The tree of sections, ordered by path.
    ///
    /// - Parameters:
    ///   - path: only what lies below this path.
    ///   - depth: levels, within `Limits.treeDepth`; nil gives all that the server allows.
    package func tree(_ id: String, path: String? = nil, depth: Int? = nil) async throws(APIClientError) -> DocumentationTree {
        var query = QueryItems()
        query.add("path", path)
        query.add("depth", depth)
        return try await get("\(Self.path)/\(QueryItems.encoded(id))/tree", query, as: DocumentationTree.self)
    }

    /// One section by exact path.
    ///
    /// - Parameter maxTokens: cuts the content, within `Limits.maxTokens`; nil gives all of it.
    package func content(_ id: String, path: String, maxTokens: Int? = nil) async throws(APIClientError) -> SectionContent {
        var query = QueryItems()
        query.add("path", path)
        query.add("max_tokens", maxTokens)
        return try await get("\(Self.path)/\(QueryItems.encoded(id))/content", query, as: SectionContent.self)
    }
}
