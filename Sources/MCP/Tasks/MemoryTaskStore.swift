public import FoundationEssentials
import Primitives

/// Tasks in memory, for servers of one process: they end with it.
public final class MemoryTaskStore: TaskStore {
    private let limit: Int
    private let now: @Sendable () -> Date
    private let records = Locked<[String: TaskRecord]>([:])

    /// - Parameters:
    ///   - limit: how many tasks are kept; beyond, the oldest that have ended go, and without any new ones are refused.
    ///   - now: the clock on the wall.
    public init(limit: Int = 10_000, now: @escaping @Sendable () -> Date = { Date() }) {
        self.limit = limit
        self.now = now
    }

    public func insert(_ record: TaskRecord) async throws {
        let isStored = records.withLock { records in
            if records.count >= limit {
                records = records.filter { !isOver($0.value) }
                let ended = records.values.filter(\.state.status.isFinal).sorted { $0.state.updatedAt < $1.state.updatedAt }
                for old in ended.prefix(max(0, records.count - limit + 1)) { records[old.state.id] = nil }
            }
            guard records.count < limit else { return false }
            records[record.state.id] = record
            return true
        }
        guard isStored else { throw ToolFailure("Too many tasks are going on.", hint: "Try again later.", isRetryable: true) }
    }

    public func record(_ id: String) async throws -> TaskRecord? {
        records.withLock { $0[id] }.flatMap { isOver($0) ? nil : $0 }
    }

    public func replace(_ record: TaskRecord) async throws -> Bool {
        records.withLock { records in
            guard let current = records[record.state.id], current.revision == record.revision - 1 else { return false }
            records[record.state.id] = record
            return true
        }
    }

    private func isOver(_ record: TaskRecord) -> Bool {
        guard let lifetime = record.state.lifetime else { return false }
        return record.state.createdAt.addingTimeInterval(lifetime.seconds) < now()
    }
}
