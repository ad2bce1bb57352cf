import Primitives

/// Passes messages between the requests of a server, over all of its replicas: changes to the streams that wait for them, a client's answer
/// to the call that asked, a cancellation to the call that it means.
///
/// ```swift
/// let hub = MessageHub()
/// let endpoint = MCPEndpoint(options: options, tools: tools, services: EndpointServices(hub: hub))
/// hub.publish(.tools)
/// ```
public final class MessageHub: Sendable {
    typealias Receiver = @Sendable (JSONObject) -> Void

    private let relay: (any MessageRelay)?
    private let replica: String
    private let receivers = Locked<[String: [Int: Receiver]]>([:])
    private let numbers = Locked(0)

    /// - Parameter relay: the way to the other replicas; nil for a server that has one process.
    public init(relay: (any MessageRelay)? = nil) {
        self.relay = relay
        replica = Token.random(bytes: 8)
    }

    /// Tells all clients that have asked for it of a change, here and at the other replicas. Never waits.
    public func publish(_ change: ServerChange) { send(change.json, to: Self.changes) }

    /// Tells the clients of this replica of a change that the others hear of by themselves. Never waits.
    public func deliver(_ change: ServerChange) { deliver(change.json, to: Self.changes) }

    /// Takes what the relay of another replica has sent. Bytes that no hub has written are dropped.
    public func receive(_ bytes: [UInt8]) {
        guard let envelope = try? JSONValue(parsing: bytes, limits: JSONLimits(size: .mebibytes(4), depth: 128)),
            let sender = envelope["from"]?.stringValue, sender != replica, let topic = envelope["topic"]?.stringValue,
            let message = envelope["message"]?.objectValue
        else { return }
        deliver(message, to: topic)
    }

    /// Where changes are told.
    static let changes = "changes"

    /// Sends `message` to whoever listens to `topic`, at any replica.
    func send(_ message: JSONObject, to topic: String) {
        deliver(message, to: topic)
        relay?.send(
            JSONValue.object(["from": .string(replica), "topic": .string(topic), "message": .object(message)]).serialized)
    }

    private func deliver(_ message: JSONObject, to topic: String) {
        // Called after the lock is free: a receiver may listen to something else, or stop.
        let list = receivers.withLock { $0[topic].map { Array($0.values) } ?? [] }
        for receiver in list { receiver(message) }
    }

    /// Calls `receiver` for each message until the listening is over. It must not block.
    func listen(to topic: String, _ receiver: @escaping Receiver) -> Listening {
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        receivers.withLock { $0[topic, default: [:]][number] = receiver }
        return Listening { [receivers] in
            receivers.withLock { receivers in
                receivers[topic]?[number] = nil
                if receivers[topic]?.isEmpty == true { receivers[topic] = nil }
            }
        }
    }

    /// How many listen to `topic` at this replica.
    func listeners(of topic: String) -> Int { receivers.withLock { $0[topic]?.count ?? 0 } }

    /// Ends with its last reference.
    final class Listening: Sendable {
        private let end: @Sendable () -> Void

        init(end: @escaping @Sendable () -> Void) { self.end = end }

        deinit { end() }
    }
}
