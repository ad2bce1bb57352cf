package import APIModel

extension PortolanClient {
    private static let path = "/v1/sources"

    /// A page of the sources.
    package func sources(limit: Int? = nil, offset: Int? = nil) async throws(APIClientError) -> SourceList {
        var query = QueryItems()
        query.add("limit", limit)
        query.add("offset", offset)
        return try await get(Self.path, query, as: SourceList.self)
    }

    /// One source; 404 becomes an error with `status` 404.
    package func source(_ id: String) async throws(APIClientError) -> SourceDetail {
        try await get("\(Self.path)/\(QueryItems.encoded(id))", as: SourceDetail.self)
    }

    /// Registers a source, which is looked at for the first time at once.
    package func createSource(_ request: CreateSourceRequest) async throws(APIClientError) -> SourceDetail {
        try await post(Self.path, request, as: SourceDetail.self)
    }

    /// Changes how a source is kept up to date.
    package func updateSource(_ id: String, _ request: UpdateSourceRequest) async throws(APIClientError) -> SourceDetail {
        try await patch("\(Self.path)/\(QueryItems.encoded(id))", request, as: SourceDetail.self)
    }

    /// Asks for a look at the next chance.
    package func syncSource(_ id: String) async throws(APIClientError) -> SourceDetail {
        try await post("\(Self.path)/\(QueryItems.encoded(id))/sync", [String: String](), as: SourceDetail.self)
    }
}
