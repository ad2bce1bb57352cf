import APIModel
import Domain
import Resilience
import Retrieval
import Telemetry

/// Search for both surfaces, counted, and within what the memory allows.
struct MeasuredSearch: Sendable {
    let service: SearchService
    let metrics: SearchMetricGroup
    var tracer = Tracer.off
    /// How much memory is left: a scarce one lowers the bounds of each answer, and the answer says so.
    var tier: @Sendable () -> MemoryTier = { .normal }

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
        let tier = tier()
        let answer: SearchAnswer
        do {
            answer = try await tracer.with("search") {
                try await search(
                    query, cursor: cursor, budget: TokenBudget(tokens: tokens, textTokens: textTokens), explains: explains, access: access,
                    within: tier)
            }
        } catch {
            if Self.isOurs(error) { metrics.failures.increment() }
            throw error
        }
        let mode = answer.mode.rawValue
        metrics.searches.increment(mode)
        metrics.duration.observe(start.duration(to: .now), mode, trace: LogContext.current.trace)
        metrics.results.observe(Double(answer.hits.count), mode)
        // Without a vector the time of the leg is that of an embedder which failed.
        for leg in answer.channels where leg.channel != .dense || answer.mode == .hybrid {
            metrics.legDuration.observe(leg.took, leg.channel.rawValue, trace: LogContext.current.trace)
        }
        return answer
    }

    /// Whether a search failed through no fault of the caller.
    private static func isOurs(_ error: any Error) -> Bool {
        guard let fault = error as? Fault else { return !(error is CancellationError) }
        return ProblemCategory(fault.category).httpStatus >= 500
    }

    private func search(
        _ query: SearchQuery, cursor: String?, budget: TokenBudget, explains: Bool, access: LibraryAccess, within tier: MemoryTier
    ) async throws -> SearchAnswer {
        guard let results = tier.resultLimit, let most = tier.tokenLimit else {
            return try await service.search(query, cursor: cursor, budget: budget, explains: explains, access: access)
        }
        guard results > 0 else { throw Fault.memoryShort }
        let budget = TokenBudget(tokens: min(budget.tokens, most), textTokens: budget.textTokens)
        return try await service.search(
            query.limited(to: results), cursor: cursor, budget: budget, explains: explains, access: access
        ).adding(reason: "memory_\(tier.name)")
    }
}

extension Fault {
    /// The process has no memory to spare.
    static let memoryShort = Fault(
        .resourceExhausted, code: "E_MEMORY", "The service is short of memory and takes no such request now.",
        hint: "Try again in half a minute.", isTransient: true, retryAfter: .seconds(30))
}
