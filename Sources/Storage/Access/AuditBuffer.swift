package import Domain
package import FoundationEssentials
package import Postgres
import Primitives

/// Keeps records of the audit until they are written, in batches, by ``flush(at:isLast:)``: no call waits for the database.
///
/// The table only grows, and strangers cost nothing to be: of what the same address does with the same outcome, the first call in a minute has a record
/// of its own, and one more at the end of it says how many followed.
package final class AuditBuffer: AuditSink {
    /// Records written by one statement.
    package static let batch = 500
    private static let patience = Duration.seconds(10)
    /// Records that may wait.
    package static let capacity = 10_000

    /// Of them, those that may be of strangers: the rest is for callers who are known.
    package static let strangersCapacity = capacity / 2
    /// How long what strangers do is put together.
    package static let interval = 60.0
    /// Kinds of calls of strangers that are told apart in that time; beyond, addresses are not.
    package static let kinds = 1000

    /// What makes calls of strangers the same.
    private struct Kind: Hashable {
        /// The address, or its network where one caller has a whole one; nil for all that are not told apart.
        var network: [UInt8]?
        let event: String
        var reason: String?
    }

    private struct Repeated {
        /// The last one; nil when the first had no follower.
        var record: AuditRecord?
        let until: Date
    }

    private struct State {
        var waiting: [AuditRecord] = []
        var repeated: [Kind: Repeated] = [:]
        var written = 0
        var lost = 0

        mutating func add(_ record: AuditRecord, capacity: Int) {
            if waiting.count < capacity { waiting.append(record) } else { lost += 1 }
        }
    }

    private let client: PostgresClient
    private let state = Locked(State())

    package init(_ client: PostgresClient) { self.client = client }

    package func append(_ record: AuditRecord) {
        state.withLock { state in
            guard record.subject == AuditRecord.stranger else { return state.add(record, capacity: Self.capacity) }
            var kind = Kind(network: Self.network(record.client), event: record.event, reason: record.reason)
            var record = record
            if state.repeated[kind] == nil, state.repeated.count >= Self.kinds {
                (kind.network, kind.reason, record.client) = (nil, nil, nil)
            }
            if let known = state.repeated[kind], record.at < known.until {
                record.repeats = (known.record?.repeats ?? 0) + 1
                state.repeated[kind]?.record = record
                return
            }
            if let rest = state.repeated[kind]?.record { state.add(rest, capacity: Self.strangersCapacity) }
            state.repeated[kind] = Repeated(until: record.at + Self.interval)
            state.add(record, capacity: Self.strangersCapacity)
        }
    }

    private static func network(_ client: String?) -> [UInt8]? {
        client.flatMap { IPAddress($0) }.map { Array($0.bytes.prefix($0.isFour ? 4 : 8)) }
    }

    /// Records written and lost since the start. What is lost here is still in the process's log.
    package var counts: (written: Int, lost: Int) { state.withLock { ($0.written, $0.lost) } }

    /// Writes what waits. What the database does not take waits on, as far as there is room; this never throws.
    ///
    /// - Parameter isLast: whether nothing will be flushed afterwards: then also what is still put together.
    package func flush(at now: Date = Date(), isLast: Bool = false) async {
        state.withLock { state in
            for (kind, repeated) in state.repeated where isLast || repeated.until <= now {
                if let record = repeated.record { state.add(record, capacity: Self.strangersCapacity) }
                state.repeated[kind] = nil
            }
        }
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
        // In a transaction: what took too long is rolled back, and is not there twice when it is written again.
        _ = try await client.withTransaction(deadline: .after(Self.patience)) { connection in
            try await connection.query(
                """
                insert into portolan.audit (at, event, subject, role, client, method, route, status, duration_ms, code, reason, mcp_method, tool,
                  query_hash, request_id, correlation_id, trace_id, repeats)
                select a.at, a.event, a.subject, a.role, a.client, a.method, a.route, a.status, a.duration_ms, a.code, a.reason, a.mcp_method,
                  a.tool, a.query_hash, a.request_id, a.correlation_id, a.trace_id, a.repeats
                from unnest(\(column(\.at))::timestamptz[], \(column(\.event))::text[], \(column(\.subject))::text[],
                  \(column { $0.role ?? "" })::text[], \(column { $0.client ?? "" })::text[], \(column(\.method))::text[],
                  \(column(\.route))::text[], \(column(\.status))::bigint[], \(column(\.durationMilliseconds))::double precision[],
                  \(column { $0.code ?? "" })::text[], \(column { $0.reason ?? "" })::text[], \(column { $0.agentMethod ?? "" })::text[],
                  \(column { $0.tool ?? "" })::text[], \(column { $0.queryHash ?? "" })::text[], \(column(\.requestID))::text[],
                  \(column { $0.correlationID ?? "" })::text[], \(column { $0.traceID ?? "" })::text[],
                  \(column(\.repeats))::bigint[])
                  as a (at, event, subject, role, client, method, route, status, duration_ms, code, reason, mcp_method, tool, query_hash,
                    request_id, correlation_id, trace_id, repeats)
                """)
        }
    }
}
