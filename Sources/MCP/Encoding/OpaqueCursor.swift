/// The place where the next page begins, as a text that clients hand back unread.
///
/// The scope says which list the cursor belongs to, so that one of another list is refused rather than misread. It is not a secret and not
/// sealed: a position may say only what its reader is allowed to see anyway.
public struct OpaqueCursor: Sendable, Hashable {
    /// The list, and whatever else has to be the same when the cursor comes back.
    public let scope: String
    /// The place in it, for example the key of the last item that was sent.
    public let position: String

    /// A cursor into `scope` after `position`.
    public init(scope: String, position: String) {
        self.scope = scope
        self.position = position
    }

    /// The text to send.
    public var encoded: String {
        Base64.encodeURLSafe(Array(JSONValue.array([.string(scope), .string(position)]).serialized))
    }

    /// Reads `text` back; nil when it is no cursor into `scope`.
    public init?(decoding text: String, scope: String) {
        guard text.utf8.count <= 4096, let bytes = Base64.decodeURLSafe(text), let value = try? JSONValue(parsing: bytes),
            let parts = value.arrayValue, parts.count == 2, parts[0] == .string(scope), let position = parts[1].stringValue
        else { return nil }
        self.init(scope: scope, position: position)
    }
}
