/// Hints about what a tool does to the world.
public struct ToolAnnotations: Sendable, Hashable {
    /// Changes nothing.
    public let isReadOnly: Bool
    /// May destroy or overwrite; says something only about tools that are not read-only.
    public let isDestructive: Bool
    /// A second call with the same arguments changes nothing more.
    public let isIdempotent: Bool
    /// Reaches things beyond the server, such as the web.
    public let isOpenWorld: Bool

    /// - Parameters:
    ///   - isReadOnly: changes nothing.
    ///   - isDestructive: may destroy or overwrite.
    ///   - isIdempotent: a second call with the same arguments changes nothing more.
    ///   - isOpenWorld: reaches things beyond the server.
    public init(isReadOnly: Bool, isDestructive: Bool, isIdempotent: Bool, isOpenWorld: Bool) {
        self.isReadOnly = isReadOnly
        self.isDestructive = isDestructive
        self.isIdempotent = isIdempotent
        self.isOpenWorld = isOpenWorld
    }

    /// Reads what the server holds.
    public static let readOnly = ToolAnnotations(isReadOnly: true, isDestructive: false, isIdempotent: true, isOpenWorld: false)

    var json: JSONValue {
        [
            "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive), "idempotentHint": .bool(isIdempotent),
            "openWorldHint": .bool(isOpenWorld),
        ]
    }
}
