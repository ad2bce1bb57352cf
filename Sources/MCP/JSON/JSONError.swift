/// Why a text is not the JSON that is asked for, and where.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// The kinds of mistakes.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case syntax, unicode, number, duplicateKey, tooDeep, tooLarge }
        private let kind: Kind

        /// Not JSON: a missing or superfluous character.
        public static let syntax = Code(kind: .syntax)
        /// Invalid UTF-8, or half of a surrogate pair.
        public static let unicode = Code(kind: .unicode)
        /// A number beyond what a double can hold.
        public static let number = Code(kind: .number)
        /// A key twice in one object: readers that take the first and readers that take the last would see different messages.
        public static let duplicateKey = Code(kind: .duplicateKey)
        /// More nesting than the limit.
        public static let tooDeep = Code(kind: .tooDeep)
        /// More bytes than the limit.
        public static let tooLarge = Code(kind: .tooLarge)

        public var description: String { kind.rawValue }
    }

    /// The kind of mistake.
    public let code: Code
    /// One sentence for the sender; it never repeats the text.
    public let message: String
    /// Where in the text, in bytes from its beginning.
    public let offset: Int

    public var description: String { "\(message) at byte \(offset)" }

    /// A retry sends the same text again: it cannot help.
    public var isRetryable: Bool { false }
}
