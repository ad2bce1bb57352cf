import CMessages
import FoundationEssentials
import Primitives

extension Envelope {
    private enum Limit {
        static let id = 36
        static let kind = 100
        static let correlationID = 200
        static let traceparent = 128
        static let tracestate = 512
    }

    /// Reads protobuf bytes. An unknown kind or a higher version is no error; an absent attempt counts as the first.
    /// - Throws: `MessageError` that names the field, and the limit when there is one.
    package init(bytes: [UInt8]) throws(MessageError) {
        self = try unsafe WireReader.read(
            bytes, as: "Envelope", limit: Self.sizeLimit, unpack: portolan__envelope__unpack,
            free: portolan__envelope__free_unpacked
        ) { (reader: WireReader, message: Portolan__Envelope) throws(MessageError) -> Envelope in try unsafe Envelope(message, reader) }
    }

    private init(_ message: Portolan__Envelope, _ reader: WireReader) throws(MessageError) {
        version = unsafe message.version
        guard version >= 1 else { throw .invalid("version", "is missing") }
        id = try unsafe reader.identifier(message.id, number: 2, "id")
        kind = MessageKind(rawValue: try unsafe reader.text(message.kind, number: 3, "kind", limit: Limit.kind))
        guard !kind.rawValue.isEmpty else { throw .invalid("kind", "is missing") }
        correlationID = try unsafe reader.text(message.correlation_id, number: 4, "correlation_id", limit: Limit.correlationID)
        attempt = unsafe max(1, message.attempt)
        enqueuedAtMilliseconds = unsafe message.enqueued_at_ms
        guard enqueuedAtMilliseconds >= 0 else { throw .invalid("enqueued_at_ms", "is negative") }
        traceparent = try unsafe reader.text(message.traceparent, number: 7, "traceparent", limit: Limit.traceparent)
        tracestate = try unsafe reader.text(message.tracestate, number: 8, "tracestate", limit: Limit.tracestate)
        payload = unsafe reader.data(message.payload)
        priority = unsafe MessagePriority(rawValue: UInt32(message.priority.rawValue))
        unknownFields = unsafe reader.unknownFields(message.base)
    }

    /// Protobuf bytes, at most 256 KiB.
    /// - Throws: `MessageError` that names the field, and the limit when there is one.
    package func serialized() throws(MessageError) -> [UInt8] {
        guard version >= 1 else { throw .invalid("version", "is missing") }
        guard !kind.rawValue.isEmpty else { throw .invalid("kind", "is missing") }
        guard enqueuedAtMilliseconds >= 0 else { throw .invalid("enqueued_at_ms", "is negative") }
        guard payload.count <= Self.sizeLimit.bytes else { throw .tooLarge("payload", limit: Self.sizeLimit) }
        var writer = WireWriter()
        let id = try writer.add(id.uuidString.lowercased(), "id", limit: Limit.id)
        let kind = try writer.add(kind.rawValue, "kind", limit: Limit.kind)
        let correlationID = try writer.add(correlationID, "correlation_id", limit: Limit.correlationID)
        let traceparent = try writer.add(traceparent, "traceparent", limit: Limit.traceparent)
        let tracestate = try writer.add(tracestate, "tracestate", limit: Limit.tracestate)
        let payload = writer.add(payload)
        var blank = unsafe Portolan__Envelope()
        unsafe portolan__envelope__init(&blank)
        return try unsafe writer.pack(
            blank, size: portolan__envelope__get_packed_size, pack: portolan__envelope__pack, unknown: unknownFields, as: "Envelope",
            limit: Self.sizeLimit
        ) { message, block in
            unsafe message.version = version
            unsafe message.id = block.text(id)
            unsafe message.kind = block.text(kind)
            unsafe message.correlation_id = block.text(correlationID)
            unsafe message.attempt = attempt
            unsafe message.enqueued_at_ms = enqueuedAtMilliseconds
            unsafe message.traceparent = block.text(traceparent)
            unsafe message.tracestate = block.text(tracestate)
            unsafe message.payload = block.data(payload)
            unsafe message.priority = Portolan__Priority(rawValue: numericCast(priority.rawValue))
        }
    }
}
