import Primitives

/// Writes many small things with few statements: what arrives while one statement is under way goes together with the next.
///
/// Writing does not stop with the caller's task, so that a worker that shuts down still says how its jobs ended.
final class GroupWriter<Item: Sendable>: Sendable {
    private struct Entry {
        let item: Item
        let caller: CheckedContinuation<Result<Void, any Error>, Never>
    }

    private struct State {
        var waiting: [Entry] = []
        var isWriting = false
    }

    private let state = Locked(State())
    private let limit: Int
    private let isOwnFault: @Sendable (any Error) -> Bool
    private let body: @Sendable ([Item]) async throws -> Void

    /// - Parameters:
    ///   - limit: items of one statement, at least 1.
    ///   - isOwnFault: whether an error speaks about an item, not about the way to the server; the items of a group that failed so are written
    ///     one by one, and the others are not held up by the one.
    ///   - body: writes a group, all of it or nothing.
    init(
        limit: Int = 512, isOwnFault: @escaping @Sendable (any Error) -> Bool = { _ in false },
        _ body: @escaping @Sendable ([Item]) async throws -> Void
    ) {
        (self.limit, self.isOwnFault, self.body) = (limit, isOwnFault, body)
    }

    /// Returns once `item` is written; does not notice cancellation.
    /// - Throws: what the write of its group threw.
    func write(_ item: Item) async throws {
        let result = await withCheckedContinuation { caller in
            let mustStart = state.withLock { state in
                state.waiting.append(Entry(item: item, caller: caller))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if mustStart { Task { await self.writeAll() } }
        }
        try result.get()
    }

    private func writeAll() async {
        while let group = next() {
            do {
                try await body(group.map(\.item))
                for entry in group { entry.caller.resume(returning: .success(())) }
            } catch {
                guard group.count > 1, isOwnFault(error) else {
                    for entry in group { entry.caller.resume(returning: .failure(error)) }
                    continue
                }
                await writeSingly(group)
            }
        }
    }

    private func writeSingly(_ group: [Entry]) async {
        for entry in group {
            do {
                try await body([entry.item])
                entry.caller.resume(returning: .success(()))
            } catch {
                entry.caller.resume(returning: .failure(error))
            }
        }
    }

    private func next() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let group = Array(state.waiting.prefix(limit))
            state.waiting.removeFirst(group.count)
            return group
        }
    }
}
