/// Why a page could not be read. A second try with the same bytes ends the same way.
package struct ProcessingError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package struct Code: Sendable, Hashable {
        private enum Value { case unsupportedType, tooLarge, malformed, tooDeep }
        private let value: Value

        /// The bytes are of a kind that holds no text, such as an image.
        package static let unsupportedType = Code(value: .unsupportedType)
        /// There are more bytes than `DocumentParser.maximumByteCount`.
        package static let tooLarge = Code(value: .tooLarge)
        /// The bytes are not what their kind asks for, such as XML whose elements are not closed.
        package static let malformed = Code(value: .malformed)
        /// Elements lie deeper within each other than anybody writes.
        package static let tooDeep = Code(value: .tooDeep)
    }

    /// What went wrong.
    package let code: Code
    /// What went wrong, safe to show to a stranger.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Always false: reading is a pure function.
    package var isRetryable: Bool { false }
    package var description: String { message }
}
