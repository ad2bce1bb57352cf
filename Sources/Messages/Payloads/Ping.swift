import CMessages
import Primitives

/// A message that is answered with its nonce. Payload of `ping`.
package struct Ping: MessagePayload {
    package static var kind: MessageKind { .ping }

    /// Any text; at most 200 bytes.
    package var nonce: String
    /// What a newer sender added.
    package let unknownFields: UnknownFields

    /// A payload with these values.
    package init(nonce: String) {
        self.nonce = nonce
        unknownFields = .none
    }

    package init(bytes: [UInt8]) throws(MessageError) {
        self = try unsafe WireReader.read(
            bytes, as: "Ping", limit: Envelope.sizeLimit, unpack: portolan__ping__unpack,
            free: portolan__ping__free_unpacked
        ) { (reader: WireReader, message: Portolan__Ping) throws(MessageError) -> Ping in try unsafe Ping(message, reader) }
    }

    private init(_ message: Portolan__Ping, _ reader: WireReader) throws(MessageError) {
        nonce = try unsafe reader.text(message.nonce, number: 1, "nonce", limit: 200)
        unknownFields = unsafe reader.unknownFields(message.base)
    }

    package func serialized() throws(MessageError) -> [UInt8] {
        var writer = WireWriter()
        let nonce = try writer.add(nonce, "nonce", limit: 200)
        var blank = unsafe Portolan__Ping()
        unsafe portolan__ping__init(&blank)
        return try unsafe writer.pack(
            blank, size: portolan__ping__get_packed_size, pack: portolan__ping__pack, unknown: unknownFields, as: "Ping",
            limit: Envelope.sizeLimit
        ) { message, block in
            unsafe message.nonce = block.text(nonce)
        }
    }
}
