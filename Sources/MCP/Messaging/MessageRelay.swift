/// Carries messages between the replicas of a server, for example over a channel of Redis or `LISTEN/NOTIFY` of Postgres.
///
/// Whoever owns it passes what other replicas have sent to ``MessageHub/receive(_:)``. Messages may be lost: clients then learn of a change
/// by the lifetime of what they have cached, and wait for an answer until their deadline.
public protocol MessageRelay: Sendable {
    /// Sends `message` to the other replicas; whether it comes back to this one makes no difference. Must not wait: queue it, and drop it
    /// when the queue is full.
    func send(_ message: [UInt8])
}
