package import APIModel

extension PortolanClient {
    private static let path = "/v1/documentation/ingestion"

    /// Asks for an ingestion: `POST /v1/documentation/ingestion`.
    ///
    /// - Parameter idempotencyKey: a repeated call with the same key and request gives the same job; with another request it fails with 409.
    package func startIngestion(
        _ request: StartIngestionRequest, idempotencyKey: String? = nil
    ) async throws(APIClientError) -> StartIngestionResponse {
        let headers = idempotencyKey.map { [("Idempotency-Key", $0)] } ?? []
        return try await post(Self.path, request, headers: headers, as: StartIngestionResponse.self)
    }

    /// A page of jobs, newest first.
    ///
    /// - Parameters:
    ///   - status: only jobs in this state.
    ///   - skip: how many to leave out.
    ///   - limit: within `Limits.jobLimit`; nil takes the server's default.
    package func jobs(status: JobState? = nil, skip: Int? = nil, limit: Int? = nil) async throws(APIClientError) -> JobList {
        var query = QueryItems()
        query.add("status", status?.rawValue)
        query.add("skip", skip)
        query.add("limit", limit)
        return try await get(Self.path, query, as: JobList.self)
    }

    /// One job; 404 becomes an error with `status` 404.
    package func job(_ id: String) async throws(APIClientError) -> JobDetail {
        try await get("\(Self.path)/\(QueryItems.encoded(id))", as: JobDetail.self)
    }

    /// Asks for a stop and returns the job as it is then. Has no effect on a job that has ended.
    package func stopJob(_ id: String) async throws(APIClientError) -> JobDetail {
        try await post("\(Self.path)/stop", StopIngestionRequest(jobID: id), as: JobDetail.self)
    }

    /// A job and what was found after it: `GET /v1/jobs/{id}/report`.
    package func report(_ jobID: String) async throws(APIClientError) -> JobReportDetail {
        try await get("/v1/jobs/\(QueryItems.encoded(jobID))/report", as: JobReportDetail.self)
    }

    /// The same report as Markdown.
    package func markdownReport(_ jobID: String) async throws(APIClientError) -> String {
        let path = "/v1/jobs/\(QueryItems.encoded(jobID))/report?format=markdown"
        return String(decoding: try await send("GET", path, headers: [("Accept", "text/markdown")]), as: UTF8.self)
    }

    /// Looks at the documentation of a completed job again: `POST /v1/jobs/{id}/verification`.
    package func verify(_ jobID: String) async throws(APIClientError) -> VerificationDetail {
        try decode(
            VerificationDetail.self, from: try await send("POST", "/v1/jobs/\(QueryItems.encoded(jobID))/verification"))
    }

    /// What the crawl of a job did with each URL, in its order.
    ///
    /// - Parameters:
    ///   - outcome: only this outcome.
    ///   - limit: within `Limits.outcomeLimit`; nil takes the server's default.
    ///   - offset: how many to leave out.
    package func pageOutcomes(
        _ jobID: String, outcome: String? = nil, limit: Int? = nil, offset: Int? = nil
    ) async throws(APIClientError) -> PageOutcomeList {
        var query = QueryItems()
        query.add("outcome", outcome)
        query.add("limit", limit)
        query.add("offset", offset)
        return try await get("/v1/jobs/\(QueryItems.encoded(jobID))/pages", query, as: PageOutcomeList.self)
    }
}
