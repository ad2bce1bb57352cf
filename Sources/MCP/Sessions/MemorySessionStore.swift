public import Primitives

/// Sessions in memory, for servers of one process.
public final class MemorySessionStore: SessionStore {
    private struct Stream {
        var events: [NumberedSessionEvent] = []
        var last = 0
        var size = 0
    }

    private struct Entry {
        var session: Session
        var lastUsed: ContinuousClock.Instant
        var streams: [(name: String, stream: Stream)] = []
    }

    private let limit: Int
    private let lifetime: Duration
    private let streamLimit: Int
    private let streamSize: ByteCount
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Locked<[String: Entry]>([:])

    /// - Parameters:
    ///   - limit: how many sessions are kept; beyond, the one that has been silent longest goes.
    ///   - lifetime: after which a silent session is forgotten.
    ///   - streamLimit: how many streams of calls a session keeps; beyond, the oldest goes.
    ///   - streamSize: how many bytes a stream keeps; beyond, its oldest events go.
    ///   - now: the clock.
    public init(
        limit: Int = 10_000, lifetime: Duration = .seconds(1800), streamLimit: Int = 32, streamSize: ByteCount = .kibibytes(256),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.limit = limit
        self.lifetime = lifetime
        self.streamLimit = streamLimit
        self.streamSize = streamSize
        self.now = now
    }

    public func insert(_ session: Session) async throws {
        let instant = now()
        entries.withLock { entries in
            if entries.count >= limit {
                entries = entries.filter { !isOver($0.value, at: instant) }
                if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUsed < $1.value.lastUsed })?.key {
                    entries[oldest] = nil
                }
            }
            entries[session.id] = Entry(session: session, lastUsed: instant)
        }
    }

    public func session(_ id: String) async throws -> Session? {
        let instant = now()
        return entries.withLock { entries in
            guard let entry = entries[id] else { return nil }
            guard !isOver(entry, at: instant) else {
                entries[id] = nil
                return nil
            }
            entries[id]?.lastUsed = instant
            return entry.session
        }
    }

    public func change(_ id: String, _ change: Session.Change) async throws {
        entries.withLock { $0[id]?.session.apply(change) }
    }

    public func remove(_ id: String) async throws -> Bool { entries.withLock { $0.removeValue(forKey: id) != nil } }

    @discardableResult public func append(_ event: SessionEvent, to stream: String, of session: String) async throws -> Int {
        entries.withLock { entries in
            guard entries[session] != nil else { return 0 }
            var streams = entries[session]!.streams
            let index: Int
            if let known = streams.firstIndex(where: { $0.name == stream }) {
                index = known
            } else {
                if streams.count >= streamLimit { streams.removeFirst() }
                streams.append((stream, Stream()))
                index = streams.count - 1
            }
            streams[index].stream.last += 1
            let number = streams[index].stream.last
            streams[index].stream.events.append(NumberedSessionEvent(number: number, event: event))
            streams[index].stream.size += Self.size(event)
            while streams[index].stream.size > streamSize.bytes, streams[index].stream.events.count > 1 {
                streams[index].stream.size -= Self.size(streams[index].stream.events.removeFirst().event)
            }
            entries[session]!.streams = streams
            return number
        }
    }

    public func events(of stream: String, in session: String, after number: Int) async throws -> [NumberedSessionEvent]? {
        entries.withLock { $0[session]?.streams.first { $0.name == stream }?.stream.events.filter { $0.number > number } }
    }

    private static func size(_ event: SessionEvent) -> Int {
        switch event {
        case .message(let message), .end(let message?): message.serialized.count
        case .begin, .pause, .end(nil): 1
        }
    }

    private func isOver(_ entry: Entry, at instant: ContinuousClock.Instant) -> Bool {
        entry.lastUsed.advanced(by: lifetime) < instant
    }
}
