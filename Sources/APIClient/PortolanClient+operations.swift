package import APIModel

extension PortolanClient {
    /// How the api is: `GET /health`, which asks for no token.
    package func health() async throws(APIClientError) -> HealthDetail { try await get("/health", as: HealthDetail.self) }

    /// The circuit breakers of all processes, by name: `GET /v1/breakers`.
    package func breakers() async throws(APIClientError) -> [BreakerDetail] {
        try await get("/v1/breakers", as: BreakerList.self).items
    }

    /// Opens, closes or resets a breaker: `POST /v1/breakers/{name}/{action}`.
    /// - Parameter action: `open`, `close` or `reset`.
    package func changeBreaker(_ name: String, _ action: String) async throws(APIClientError) -> BreakerDetail {
        let path = "/v1/breakers/\(QueryItems.encoded(name))/\(QueryItems.encoded(action))"
        return try decode(BreakerDetail.self, from: try await send("POST", path))
    }
}
