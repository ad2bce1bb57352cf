package import Primitives

/// Why bytes are no message, or a message cannot be sent.
package struct MessageError: Error, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure.
    package struct Code: Sendable, Hashable {
        private enum Value: Hashable { case malformed, tooLarge, invalidField, wrongKind }
        private let value: Value

        /// The bytes are no protobuf of this type.
        package static let malformed = Code(value: .malformed)
        /// A field, or the whole message, is longer than its limit.
        package static let tooLarge = Code(value: .tooLarge)
        /// A field has a value that it may not have.
        package static let invalidField = Code(value: .invalidField)
        /// The payload asked for belongs to another kind.
        package static let wrongKind = Code(value: .wrongKind)
    }

    package let code: Code
    /// The field's name in the schema; `Envelope` or the like for the whole message.
    package let field: String
    /// The limit that was passed, for `.tooLarge`.
    package let limit: ByteCount?
    /// Names field and limit, never the content.
    package let message: String
    /// The place in the source that created the error.
    package let location: String

    init(
        _ code: Code, field: String, limit: ByteCount? = nil, _ message: String, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.field = field
        self.limit = limit
        self.message = message
        location = "\(file):\(line)"
    }

    static func tooLarge(_ field: String, limit: ByteCount, file: StaticString = #fileID, line: UInt = #line) -> MessageError {
        MessageError(.tooLarge, field: field, limit: limit, "\(field) is longer than \(limit)", file: file, line: line)
    }

    static func invalid(_ field: String, _ reason: String, file: StaticString = #fileID, line: UInt = #line) -> MessageError {
        MessageError(.invalidField, field: field, "\(field) \(reason)", file: file, line: line)
    }

    /// Never: the same bytes fail again.
    package var isRetryable: Bool { false }

    package var description: String { message }
    package var debugDescription: String { "MessageError(\(field)): \(message) at \(location)" }
}
