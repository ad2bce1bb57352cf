import Domain
import Retrieval
import Telemetry

/// Search for both surfaces, counted.
struct MeasuredSearch: Sendable {
    let service: SearchService
    let metrics: SearchMetricGroup

    /// As ``Retrieval/SearchService/search(_:cursor:budget:explains:access:)``.
    ///
    /// - Parameters:
    ///   - tokens: the budget of the answer.
    ///   - textTokens: the part of it that excerpts may take.
    func search(
        _ query: SearchQuery, cursor: String?, tokens: Int, textTokens: Int = .max, explains: Bool = false, access: LibraryAccess
    ) async throws -> SearchAnswer {
        CallNote.current?.note(query: query.text)
        let start = ContinuousClock.now
        let answer = try await service.search(
            query, cursor: cursor, budget: TokenBudget(tokens: tokens, textTokens: textTokens), explains: explains, access: access)
        let mode = answer.mode.rawValue
        metrics.searches.increment(mode)
        metrics.duration.observe(start.duration(to: .now), mode, trace: LogContext.current.trace)
        metrics.results.observe(Double(answer.hits.count), mode)
        return answer
    }
}
