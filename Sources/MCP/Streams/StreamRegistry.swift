import Primitives

/// Counts the streams of each client.
final class StreamRegistry: Sendable {
    private let limit: Int
    private let state = Locked<State>(State())

    private struct State {
        var counts: [String: Int] = [:]
        var isClosed = false
        var streams: [Int: @Sendable () -> Void] = [:]
        var next = 0
    }

    init(limit: Int) { self.limit = limit }

    /// The number of open streams.
    var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// Room for one more stream of `client`; nil when it has as many as it may, or the server is about to stop.
    func lease(for client: String) -> StreamLease? {
        let isGranted = state.withLock { state in
            guard !state.isClosed, state.counts[client, default: 0] < limit else { return false }
            state.counts[client, default: 0] += 1
            return true
        }
        return isGranted ? StreamLease(client: client, registry: self) : nil
    }

    fileprivate func release(_ client: String) {
        state.withLock { state in
            let left = state.counts[client, default: 0] - 1
            state.counts[client] = left > 0 ? left : nil
        }
    }

    /// Has `end` called when the server stops; at once if it has stopped already. Returns what `remove(_:)` takes.
    func add(_ end: @escaping @Sendable () -> Void) -> Int {
        let (number, isClosed) = state.withLock { state in
            state.next += 1
            if !state.isClosed { state.streams[state.next] = end }
            return (state.next, state.isClosed)
        }
        if isClosed { end() }
        return number
    }

    func remove(_ number: Int) { state.withLock { _ = $0.streams.removeValue(forKey: number) } }

    /// Ends every stream; others may begin.
    func interrupt() { for end in state.withLock({ Array($0.streams.values) }) { end() } }

    /// Ends every stream and grants no more.
    func close() {
        let ends = state.withLock { state in
            state.isClosed = true
            defer { state.streams = [:] }
            return Array(state.streams.values)
        }
        for end in ends { end() }
    }
}

/// The room of one stream. It is given back when nobody holds it any more, so that a response that is never sent does not keep it.
final class StreamLease: Sendable {
    private let client: String
    private let registry: StreamRegistry

    fileprivate init(client: String, registry: StreamRegistry) { (self.client, self.registry) = (client, registry) }

    deinit { registry.release(client) }
}
