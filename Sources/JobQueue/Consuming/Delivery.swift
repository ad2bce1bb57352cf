import Domain
import Messages
import Redis

/// An entry that this consumer was given.
struct Delivery: Sendable {
    let stream: String
    let entry: RedisStreamEntry

    /// What a message asks for.
    enum Order: Sendable {
        case run(JobID)
        case answer(Ping)
    }

    /// Reads the message.
    func order() throws(MalformedMessage) -> Order {
        guard let bytes = entry["e"] else { throw MalformedMessage(reason: "The entry has no field e.", bytes: nil) }
        let envelope: Envelope
        do { envelope = try Envelope(bytes: bytes) } catch { throw MalformedMessage(reason: error.description, bytes: bytes) }
        switch envelope.kind {
        case .ingestRun:
            guard let message = try? envelope.payload(as: IngestRun.self) else {
                throw MalformedMessage(reason: "The payload names no job.", bytes: bytes)
            }
            return .run(JobID(message.jobID))
        case .ping:
            guard let ping = try? envelope.payload(as: Ping.self) else {
                throw MalformedMessage(reason: "A ping has no nonce.", bytes: bytes)
            }
            return .answer(ping)
        default:
            throw MalformedMessage(reason: "This release does not know messages of kind \(envelope.kind.rawValue).", bytes: bytes)
        }
    }
}

/// A message that no repetition will make readable.
struct MalformedMessage: Error {
    let reason: String
    let bytes: [UInt8]?
}
