import CMessages
import FoundationEssentials
import Glibc
import Primitives

/// Copies fields out of an unpacked C message, with their checks.
struct WireReader {
    /// The message's bytes, to find what C strings cannot show.
    private let bytes: [UInt8]

    /// Unpacks `bytes` with `unpack`, lends the C message to `body`, and frees it with `free`.
    /// - Parameter name: of the message type, for errors.
    static func read<Message, Result>(
        _ bytes: [UInt8], as name: String, limit: ByteCount,
        unpack: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) -> UnsafeMutablePointer<Message>?,
        free: (UnsafeMutablePointer<Message>?, UnsafeMutablePointer<ProtobufCAllocator>?) -> Void,
        _ body: (WireReader, Message) throws(MessageError) -> Result
    ) throws(MessageError) -> Result {
        guard bytes.count <= limit.bytes else { throw .tooLarge(name, limit: limit) }
        guard let message = unsafe bytes.withUnsafeBufferPointer({ unsafe unpack(nil, $0.count, $0.baseAddress) }) else {
            throw MessageError(.malformed, field: name, "These bytes are no \(name)")
        }
        defer { unsafe free(message, nil) }
        return try body(WireReader(bytes: bytes), unsafe message.pointee)
    }

    /// A text of at most `limit` bytes, valid UTF-8, without a zero byte.
    func text(
        _ pointer: UnsafeMutablePointer<CChar>?, number: UInt64, _ field: String, limit: Int
    ) throws(MessageError) -> String {
        guard let pointer = unsafe pointer else { return "" }
        let raw = unsafe UnsafeBufferPointer(start: pointer, count: strnlen(pointer, limit + 1))
        guard raw.count <= limit else { throw .tooLarge(field, limit: ByteCount(bytes: limit)) }
        // protobuf-c hands strings out as C strings: a zero byte would silently cut the text.
        guard !WireScan.hasZeroByte(inField: number, of: bytes) else { throw .invalid(field, "has a zero byte") }
        guard let text = unsafe String(validating: raw.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
            throw .invalid(field, "is no UTF-8")
        }
        return text
    }

    /// A UUID in its text form.
    func identifier(_ pointer: UnsafeMutablePointer<CChar>?, number: UInt64, _ field: String) throws(MessageError) -> UUID {
        guard let id = UUID(uuidString: try unsafe text(pointer, number: number, field, limit: 36)) else {
            throw .invalid(field, "is no UUID")
        }
        return id
    }

    /// The bytes of a `bytes` field.
    func data(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// The fields that the schema does not have, in the order in which they came.
    func unknownFields(_ message: ProtobufCMessage) -> UnknownFields {
        let fields = unsafe UnsafeBufferPointer(start: message.unknown_fields, count: Int(message.n_unknown_fields))
        var bytes: [UInt8] = []
        // By index: the formatter does not know `for unsafe`.
        for index in fields.indices {
            let field = unsafe fields[index]
            unsafe WireScan.append(varint: UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue), to: &bytes)
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: field.data, count: field.len))
        }
        return UnknownFields(bytes: bytes)
    }
}
