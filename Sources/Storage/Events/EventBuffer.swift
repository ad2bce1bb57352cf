package import Domain
package import Postgres
import Primitives

/// Keeps events until they are written, in batches, by ``flush()``: whoever records one never waits for the database.
///
/// There is a bound on all that wait and on those of one type, so that a flood of one kind leaves room for the others and for the database.
package final class EventBuffer: EventSink {
    /// Events written by one statement.
    package static let batch = 100
    /// Events that may wait.
    package static let capacity = 1000
    /// Events of one type that may wait.
    package static let capacityOfType = 100

    private struct State {
        var waiting: [NewEvent] = []
        var byType: [EventType: Int] = [:]
        var written = 0
        var lost = 0
    }

    private let client: PostgresClient
    private let process: EventProcess
    private let state = Locked(State())

    package init(_ client: PostgresClient, process: EventProcess) { (self.client, self.process) = (client, process) }

    package func record(_ event: NewEvent) {
        state.withLock { state in
            guard state.waiting.count < Self.capacity, state.byType[event.type, default: 0] < Self.capacityOfType else {
                state.lost += 1
                return
            }
            state.waiting.append(event)
            state.byType[event.type, default: 0] += 1
        }
    }

    /// Events written and lost since the start.
    package var counts: (written: Int, lost: Int) { state.withLock { ($0.written, $0.lost) } }

    /// Writes what waits. A batch that the database does not take is lost and counted; this never throws.
    package func flush() async {
        var rest = state.withLock { state in
            defer { (state.waiting, state.byType) = ([], [:]) }
            return state.waiting[...]
        }
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(batch.count)
            let isWritten = (try? await write(batch)) != nil
            state.withLock { if isWritten { $0.written += batch.count } else { $0.lost += batch.count } }
        }
    }

    private func write(_ events: [NewEvent]) async throws {
        let payloads = try events.map { try JSONColumn.encode($0.payload) }
        _ = try await client.query(
            """
            insert into portolan.event (at, type, level, payload, service, run_id, config_hash, context)
            select e.at, e.type, e.level, e.payload::jsonb, \(process.service), \(process.runID), \(process.configHash),
              \(try JSONColumn.encode(process.context))::jsonb
            from unnest(\(events.map(\.at)), \(events.map(\.type.rawValue)), \(events.map(\.level.rawValue)), \(payloads))
              with ordinality e (at, type, level, payload, number) order by e.number
            """)
    }
}
