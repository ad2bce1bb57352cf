package import Domain
package import Postgres
import Primitives

/// Keeps records of the audit until they are written, in batches, by ``flush()``: no call waits for the database.
package final class AuditBuffer: AuditSink {
    /// Records written by one statement.
    package static let batch = 500
    /// Records that may wait.
    package static let capacity = 10_000

    private struct State {
        var waiting: [AuditRecord] = []
        var written = 0
        var lost = 0
    }

    private let client: PostgresClient
    private let state = Locked(State())

    package init(_ client: PostgresClient) { self.client = client }

    package func append(_ record: AuditRecord) {
        state.withLock { state in
            if state.waiting.count < Self.capacity { state.waiting.append(record) } else { state.lost += 1 }
        }
    }

    /// Records written and lost since the start. What is lost here is still in the process's log.
    package var counts: (written: Int, lost: Int) { state.withLock { ($0.written, $0.lost) } }

    /// Writes what waits. What the database does not take waits on, as far as there is room; this never throws.
    package func flush() async {
        while true {
            let batch = state.withLock { Array($0.waiting.prefix(Self.batch)) }
            if batch.isEmpty { return }
            guard (try? await write(batch)) != nil else { return }
            state.withLock { state in
                state.waiting.removeFirst(batch.count)
                state.written += batch.count
            }
        }
    }

    private func write(_ records: [AuditRecord]) async throws {
        func column<Value>(_ value: (AuditRecord) -> Value) -> [Value] { records.map(value) }
        _ = try await client.query(
            """
            insert into portolan.audit (at, event, subject, role, client, method, route, status, duration_ms, code, reason, mcp_method, tool,
              query_hash, request_id, correlation_id, trace_id)
            select a.at, a.event, a.subject, a.role, a.client, a.method, a.route, a.status, a.duration_ms, a.code, a.reason, a.mcp_method,
              a.tool, a.query_hash, a.request_id, a.correlation_id, a.trace_id
            from unnest(\(column(\.at))::timestamptz[], \(column(\.event))::text[], \(column(\.subject))::text[],
              \(column { $0.role ?? "" })::text[], \(column { $0.client ?? "" })::text[], \(column(\.method))::text[],
              \(column(\.route))::text[], \(column(\.status))::bigint[], \(column(\.durationMilliseconds))::double precision[],
              \(column { $0.code ?? "" })::text[], \(column { $0.reason ?? "" })::text[], \(column { $0.agentMethod ?? "" })::text[],
              \(column { $0.tool ?? "" })::text[], \(column { $0.queryHash ?? "" })::text[], \(column(\.requestID))::text[],
              \(column { $0.correlationID ?? "" })::text[], \(column { $0.traceID ?? "" })::text[])
              as a (at, event, subject, role, client, method, route, status, duration_ms, code, reason, mcp_method, tool, query_hash,
                request_id, correlation_id, trace_id)
            """)
    }
}
