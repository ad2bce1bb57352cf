import APIModel
import Domain
import Resilience
import Retrieval
import Telemetry

/// Search for both surfaces, counted, and within what the memory allows.
///
/// Where an answer comes from, in this order: while memory is at its end, from those of the last minutes, else nowhere; while the database is known
/// to be away, from those, else from the database all the same; else from the database, and from those of the last minutes when that fails for want
/// of the database. An answer that was given before says so.
struct MeasuredSearch: Sendable {
    let service: SearchService
    let metrics: SearchMetricGroup
    var tracer = Tracer.off
    /// How much memory is left: a scarce one lowers the bounds of each answer, and the answer says so.
    var tier: @Sendable () -> MemoryTier = { .normal }
    /// What was answered lately; nil keeps nothing.
    var recent: RecentAnswers?
    /// Whether the database is known to be away.
    var isDatabaseAway: @Sendable () -> Bool = { false }

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
        for leg in answer.channels where (leg.channel != .dense || answer.mode == .hybrid) && !answer.reasons.contains(Self.fromMemory) {
            metrics.legDuration.observe(leg.took, leg.channel.rawValue, trace: LogContext.current.trace)
        }
        return answer
    }

    /// The reason of answers that were not made anew.
    private static let fromMemory = "recent_answer"

    /// Whether a search failed through no fault of the caller.
    private static func isOurs(_ error: any Error) -> Bool {
        guard let fault = error as? Fault else { return !(error is CancellationError) }
        return ProblemCategory(fault.category).httpStatus >= 500
    }

    private func search(
        _ query: SearchQuery, cursor: String?, budget: TokenBudget, explains: Bool, access: LibraryAccess, within tier: MemoryTier
    ) async throws -> SearchAnswer {
        let asked = AskedSearch(
            subject: FeatureFlags.subject, query: query, cursor: cursor, budget: budget, explains: explains, access: access)
        if tier == .failover {
            guard let answer = recalled(asked, because: "memory_failover") else { throw Fault.memoryShort }
            return answer
        }
        if isDatabaseAway(), let answer = recalled(asked, because: "database_unavailable") { return answer }
        do {
            let answer = try await made(query, cursor: cursor, budget: budget, explains: explains, access: access, within: tier)
            if tier == .normal { recent?.keep(answer, for: asked) }
            return answer
        } catch let fault as Fault where [.serviceUnavailable, .timeout].contains(fault.category) && !Task.isCancelled {
            guard let answer = recalled(asked, because: "database_unavailable") else { throw fault }
            return answer
        }
    }

    /// What the caller was answered before, with the reason why it has to do.
    private func recalled(_ asked: AskedSearch, because reason: String) -> SearchAnswer? {
        guard let answer = recent?.recall(asked)?.value else { return nil }
        metrics.recalled.increment("answer")
        return answer.adding(reason: reason).adding(reason: Self.fromMemory)
    }

    private func made(
        _ query: SearchQuery, cursor: String?, budget: TokenBudget, explains: Bool, access: LibraryAccess, within tier: MemoryTier
    ) async throws -> SearchAnswer {
        guard let results = tier.resultLimit, let most = tier.tokenLimit else {
            return try await service.search(query, cursor: cursor, budget: budget, explains: explains, access: access)
        }
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
