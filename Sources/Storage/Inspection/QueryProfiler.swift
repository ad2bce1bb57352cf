import Domain
package import Policy
package import Postgres
import Primitives

/// Says what a statement costs: for operators, who wrote it themselves.
///
/// Everything happens in a transaction that only reads and that the server ends after a time; the query gate sees the text first.
package struct QueryProfiler: Sendable {
    /// Longest run.
    package static let timeLimit = Duration.seconds(30)
    /// Longest planning.
    package static let planningLimit = Duration.seconds(5)

    let client: PostgresClient
    let gates: GateRegistry

    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) {
        self.client = client
        self.gates = gates
    }

    /// Runs `query`, throws its rows away, and tells what each step took.
    ///
    /// - Throws: ``Domain/Fault``: `E_QUERY_STATEMENT` or `E_QUERY_PARAMETER` from the gate, `E_TIMEOUT` after ``timeLimit``; `PostgresError` with
    ///   the server's message for a statement that it cannot read.
    package func profile(_ query: String) async throws -> QueryProfile {
        try await explain("explain (analyze, buffers, format json) ", query, Self.timeLimit)
    }

    /// Plans `query` without running it.
    ///
    /// - Throws: as ``profile(_:)``, after ``planningLimit``.
    package func estimateCost(_ query: String) async throws -> QueryProfile {
        try await explain("explain (format json) ", query, Self.planningLimit)
    }

    /// What may make `query` faster, by a run of it.
    ///
    /// - Throws: as ``profile(_:)``.
    package func suggestions(_ query: String) async throws -> (profile: QueryProfile, suggestions: [PlanSuggestion]) {
        let profile = try await profile(query)
        return (profile, PlanSuggestion.all(for: profile))
    }

    private func explain(_ command: StaticString, _ query: String, _ limit: Duration) async throws -> QueryProfile {
        var text = query[...]
        while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
        let accepted = try gates.evaluate(OperatorQueryGate(), String(text)).get()
        let statement = SQL(script: "\(command)\(accepted)")
        let rows = try await client.withTransaction(isReadOnly: true, deadline: .after(limit)) { try await $0.query(statement) }
        return try ExplainedPlan.read(rows)
    }
}
