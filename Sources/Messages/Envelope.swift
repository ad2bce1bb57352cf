package import FoundationEssentials
package import Primitives

/// The wrapper of every message that travels through Redis (`messages.proto`).
package struct Envelope: Sendable, Hashable {
    /// The version that this code writes.
    package static let currentVersion: UInt32 = 1
    /// The most that a serialized envelope may have.
    package static let sizeLimit = ByteCount.kibibytes(256)

    /// Schema version of the sender, from 1. Higher ones are accepted: fields are only ever added.
    package var version: UInt32
    /// Identifies the message; the same after redelivery.
    package var id: UUID
    /// Says how to read `payload`; unknown kinds are kept.
    package var kind: MessageKind
    /// Follows one request through processes and logs; at most 200 bytes, may be empty.
    package var correlationID: String
    /// From 1.
    package var attempt: UInt32
    /// Unix time of the first enqueueing in milliseconds; not negative.
    package var enqueuedAtMilliseconds: Int64
    /// W3C trace context; at most 128 bytes, may be empty.
    package var traceparent: String
    /// W3C vendor state; at most 512 bytes, may be empty.
    package var tracestate: String
    /// Protobuf bytes of the type that belongs to the kind.
    package var payload: [UInt8]
    /// The stream it is for.
    package var priority: MessagePriority
    /// What a newer sender added.
    package let unknownFields: UnknownFields

    /// An envelope of the current version around raw payload bytes.
    package init(
        id: UUID, kind: MessageKind, payload: [UInt8], correlationID: String = "", attempt: UInt32 = 1, enqueuedAtMilliseconds: Int64,
        traceparent: String = "", tracestate: String = "", priority: MessagePriority = .normal
    ) {
        self.version = Self.currentVersion
        self.id = id
        self.kind = kind
        self.correlationID = correlationID
        self.attempt = attempt
        self.enqueuedAtMilliseconds = enqueuedAtMilliseconds
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.payload = payload
        self.priority = priority
        unknownFields = .none
    }

    /// An envelope of the current version around `payload`.
    package init(
        id: UUID, payload: some MessagePayload, correlationID: String = "", attempt: UInt32 = 1, enqueuedAtMilliseconds: Int64,
        traceparent: String = "", tracestate: String = "", priority: MessagePriority = .normal
    ) throws(MessageError) {
        self.init(
            id: id, kind: type(of: payload).kind, payload: try payload.serialized(), correlationID: correlationID, attempt: attempt,
            enqueuedAtMilliseconds: enqueuedAtMilliseconds, traceparent: traceparent, tracestate: tracestate, priority: priority)
    }

    /// Reads the payload.
    /// - Throws: `MessageError`; `.wrongKind` when the kind is not the one of `Payload`.
    package func payload<Payload: MessagePayload>(as type: Payload.Type) throws(MessageError) -> Payload {
        guard kind == Payload.kind else {
            throw MessageError(.wrongKind, field: "kind", "The payload is not of the kind \(Payload.kind)")
        }
        return try Payload(bytes: payload)
    }
}
