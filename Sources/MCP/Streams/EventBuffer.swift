import Primitives

/// Events on their way to one client: filled by the work, emptied by whoever writes to the connection.
final class EventBuffer: Sendable {
    /// What happens when more waits than may.
    enum Overflow: Sendable {
        /// The oldest events go: later ones say more, as with progress.
        case dropOldest
        /// The stream ends: the client has missed something and must look anew.
        case finish
    }

    private struct State {
        var pending: [(key: String?, bytes: [UInt8])] = []
        var size = 0
        var isFinished = false
        var lastEvent = ContinuousClock.now
        /// Tells of room for more. Made when somebody waits for the first time: most streams never do.
        var room: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)?
    }

    private let limit: Int
    private let overflow: Overflow
    private let state = Locked(State())
    private let signal: AsyncStream<Void>.Continuation
    /// One element or more for each time that there is something to write; ends with the stream.
    let signals: AsyncStream<Void>

    init(limit: ByteCount, overflow: Overflow) {
        (self.limit, self.overflow) = (limit.bytes, overflow)
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// When the last event came, which a comment is not.
    var lastEvent: ContinuousClock.Instant { state.withLock { $0.lastEvent } }

    /// Adds a message; one that waits already under the same key is replaced. Never waits.
    func push(_ message: JSONValue, key: String? = nil) { push(Self.event(message), key: key) }

    /// Adds a comment, which keeps the connection alive.
    func pushComment() { push(Array(": keep-alive\n\n".utf8), key: ": keep-alive", isEvent: false) }

    /// Adds an event with an identifier, once there is room. One task at a time may call it.
    ///
    /// - Parameters:
    ///   - message: nil for an event without data, which only tells its identifier.
    ///   - id: what the client names when it comes back.
    ///   - retry: after how many milliseconds it should.
    func send(_ message: JSONValue?, id: String, retry: Duration? = nil) async {
        let room = state.withLock { state -> AsyncStream<Void> in
            let room = state.room ?? AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            state.room = room
            return room.stream
        }
        var iterator = room.makeAsyncIterator()
        while state.withLock({ $0.size >= limit && !$0.isFinished }), !Task.isCancelled {
            guard await iterator.next() != nil else { return }
        }
        push(Self.event(message, id: id, retry: retry), key: nil)
    }

    private func push(_ bytes: [UInt8], key: String?, isEvent: Bool = true) {
        let isOver = state.withLock { state in
            guard !state.isFinished else { return false }
            if let key, let index = state.pending.firstIndex(where: { $0.key == key }) {
                state.size += bytes.count - state.pending[index].bytes.count
                state.pending[index].bytes = bytes
            } else {
                state.pending.append((key, bytes))
                state.size += bytes.count
            }
            if isEvent { state.lastEvent = .now }
            guard state.size > limit, state.pending.count > 1 else { return false }
            guard overflow == .dropOldest else { return true }
            while state.size > limit, state.pending.count > 1 { state.size -= state.pending.removeFirst().bytes.count }
            return false
        }
        signal.yield()
        if isOver { finish() }
    }

    /// Takes what waits.
    func drain() -> [[UInt8]] {
        let (taken, room) = state.withLock { state -> ([[UInt8]], AsyncStream<Void>.Continuation?) in
            defer { (state.pending, state.size) = ([], 0) }
            return (state.pending.map(\.bytes), state.room?.continuation)
        }
        room?.yield()
        return taken
    }

    /// Lets the writer end once it has written what waits.
    func finish() {
        let room = state.withLock { state -> AsyncStream<Void>.Continuation? in
            state.isFinished = true
            return state.room?.continuation
        }
        signal.finish()
        room?.finish()
    }

    /// The bytes of an event, in the syntax of the HTML standard, "Server-sent events".
    static func event(_ message: JSONValue?, id: String? = nil, retry: Duration? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        if message != nil { bytes.append(contentsOf: "event: message\n".utf8) }
        if let id { bytes.append(contentsOf: "id: \(id)\n".utf8) }
        if let retry { bytes.append(contentsOf: "retry: \(retry.milliseconds)\n".utf8) }
        bytes.append(contentsOf: "data: ".utf8)
        message?.serialize(into: &bytes)
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }
}
