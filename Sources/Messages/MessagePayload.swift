/// What an envelope carries: one value type for each kind.
package protocol MessagePayload: Sendable, Hashable {
    /// The kind whose payload this is.
    static var kind: MessageKind { get }

    /// Reads protobuf bytes; fields that this version does not know are kept.
    init(bytes: [UInt8]) throws(MessageError)

    /// Protobuf bytes.
    /// - Throws: `MessageError` that names the field and its limit.
    func serialized() throws(MessageError) -> [UInt8]
}
