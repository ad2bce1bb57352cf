import Primitives

/// A call of a session that goes on without its connection: what it says is kept in the store, and whoever writes to the client is told.
struct SessionCall: Sendable {
    /// How many notifications may wait for the store; beyond, they are dropped.
    private static let bufferedNotifications = 256

    let stream: String
    private let session: Session
    private let store: any SessionStore
    private let hub: MessageHub
    private let events: AsyncStream<SessionEvent>
    private let continuation: AsyncStream<SessionEvent>.Continuation
    private let waiting = Locked(0)

    init(stream: String, session: Session, store: any SessionStore, hub: MessageHub) {
        (self.stream, self.session, self.store, self.hub) = (stream, session, store, hub)
        (events, continuation) = AsyncStream.makeStream(of: SessionEvent.self)
    }

    static func topic(_ stream: String) -> String { "stream \(stream)" }

    /// Makes the stream known to the store.
    func open() async throws { try await store.append(.begin, to: stream, of: session.id) }

    /// Does the work, and keeps what it says and its last message.
    func run(_ work: @escaping @Sendable () async -> JSONValue?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let result = await work()
                continuation.yield(.end(result))
                continuation.finish()
            }
            for await event in events {
                if case .message = event { waiting.withLock { $0 -= 1 } }
                // A store that is away loses the event: the client gets no answer and tries again, as when the server is lost.
                _ = try? await store.append(event, to: stream, of: session.id)
                hub.send(["event": true], to: Self.topic(stream))
            }
        }
    }

    /// Says something before the result. Never waits.
    func notify(_ message: JSONValue) {
        let isDropped = waiting.withLock { waiting in
            guard waiting < Self.bufferedNotifications else { return true }
            waiting += 1
            return false
        }
        if !isDropped { continuation.yield(.message(message)) }
    }

    /// Has the connection end, while the work goes on.
    func pause() { continuation.yield(.pause) }

    /// Asks the client on the stream of the call; it answers with a request of its own, to any replica.
    func input(topic: String) -> InputChannel {
        InputChannel { requests, _ in
            let numbered = requests.map { (key: $0.key, request: $0.request, id: Token.random(bytes: 12)) }
            let answers = Locked<[String: JSONObject]>([:])
            let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let listening = hub.listen(to: topic) { message in
                guard let id = message["answer"]?.stringValue, let answer = message["message"]?.objectValue,
                    numbered.contains(where: { $0.id == id })
                else { return }
                answers.withLock { $0[id] = $0[id] ?? answer }
                signal.yield()
            }
            defer { withExtendedLifetime(listening) {} }
            for question in numbered {
                waiting.withLock { $0 += 1 }
                continuation.yield(.message(question.request.message(id: question.id)))
            }
            for await _ in signals where answers.withLock({ $0.count }) == numbered.count { break }
            try Task.checkCancellation()
            let given = answers.withLock { $0 }
            var result: [String: InputAnswer] = [:]
            for question in numbered {
                guard let value = given[question.id]?["result"] else {
                    let reason = given[question.id]?["error"]?["message"]?.stringValue
                    throw ToolFailure("The client did not answer \(question.key): \(shortened(reason ?? "no reason given")).")
                }
                result[question.key] = try question.request.answer(value, key: question.key)
            }
            return InputAnswers(result)
        }
    }
}

/// A place in the stream of a call, as clients name it in `Last-Event-ID`.
struct SessionPlace: Sendable, Hashable {
    let stream: String
    let number: Int

    init(stream: String, number: Int) { (self.stream, self.number) = (stream, number) }

    /// Reads what `text` wrote; nil for anything else.
    init?(_ value: String) {
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard value.utf8.count <= 64, parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]), number >= 0,
            String(number) == parts[1]
        else { return nil }
        self.init(stream: String(parts[0]), number: number)
    }

    var text: String { "\(stream).\(number)" }
}
