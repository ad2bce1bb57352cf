import CMessages
import Primitives

/// A webhook delivery that has been accepted; its body is kept elsewhere. Payload of `webhook.event`.
package struct WebhookEvent: MessagePayload {
    package static var kind: MessageKind { .webhookEvent }

    /// Who sent it, such as `github`; at most 100 bytes.
    package var source: String
    /// The sender's identifier of the delivery; at most 200 bytes.
    package var deliveryID: String
    /// The sender's name of the event; at most 100 bytes.
    package var event: String
    /// Where the body is kept; at most 1024 bytes.
    package var bodyReference: String
    /// What a newer sender added.
    package let unknownFields: UnknownFields

    /// A payload with these values.
    package init(source: String, deliveryID: String, event: String, bodyReference: String) {
        self.source = source
        self.deliveryID = deliveryID
        self.event = event
        self.bodyReference = bodyReference
        unknownFields = .none
    }

    package init(bytes: [UInt8]) throws(MessageError) {
        self = try unsafe WireReader.read(
            bytes, as: "WebhookEvent", limit: Envelope.sizeLimit, unpack: portolan__webhook_event__unpack,
            free: portolan__webhook_event__free_unpacked
        ) { (reader: WireReader, message: Portolan__WebhookEvent) throws(MessageError) -> WebhookEvent in
            try unsafe WebhookEvent(message, reader)
        }
    }

    private init(_ message: Portolan__WebhookEvent, _ reader: WireReader) throws(MessageError) {
        source = try unsafe reader.text(message.source, number: 1, "source", limit: 100)
        deliveryID = try unsafe reader.text(message.delivery_id, number: 2, "delivery_id", limit: 200)
        event = try unsafe reader.text(message.event, number: 3, "event", limit: 100)
        bodyReference = try unsafe reader.text(message.body_ref, number: 4, "body_ref", limit: 1024)
        unknownFields = unsafe reader.unknownFields(message.base)
    }

    package func serialized() throws(MessageError) -> [UInt8] {
        var writer = WireWriter()
        let source = try writer.add(source, "source", limit: 100)
        let deliveryID = try writer.add(deliveryID, "delivery_id", limit: 200)
        let event = try writer.add(event, "event", limit: 100)
        let bodyReference = try writer.add(bodyReference, "body_ref", limit: 1024)
        var blank = unsafe Portolan__WebhookEvent()
        unsafe portolan__webhook_event__init(&blank)
        return try unsafe writer.pack(
            blank, size: portolan__webhook_event__get_packed_size, pack: portolan__webhook_event__pack, unknown: unknownFields,
            as: "WebhookEvent",
            limit: Envelope.sizeLimit
        ) { message, block in
            unsafe message.source = block.text(source)
            unsafe message.delivery_id = block.text(deliveryID)
            unsafe message.event = block.text(event)
            unsafe message.body_ref = block.text(bodyReference)
        }
    }
}
