package import APIModel

extension PortolanClient {
    /// Events, oldest first.
    ///
    /// - Parameters:
    ///   - after: only those after this number; nil: the newest.
    ///   - type: only types that are this one or begin with it and a dot.
    ///   - level: INFO, WARN or ERROR.
    ///   - limit: within `Limits.outcomeLimit`; nil takes the server's default.
    package func events(
        after: Int64? = nil, type: String? = nil, level: String? = nil, jobID: String? = nil, limit: Int? = nil
    ) async throws(APIClientError) -> EventList {
        var query = QueryItems()
        query.add("after", after.map { "\($0)" })
        query.add("type", type)
        query.add("level", level)
        query.add("job_id", jobID)
        query.add("limit", limit)
        return try await get("/v1/events", query, as: EventList.self)
    }
}
