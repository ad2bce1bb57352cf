/// One message of a prompt.
public struct PromptMessage: Sendable, Hashable {
    /// Who says it.
    public enum Role: String, Sendable, Hashable {
        /// The person.
        case user
        /// The model.
        case assistant
    }

    /// Who says it.
    public let role: Role
    /// What is said: text, a picture, a sound, a resource or a link to one.
    public let content: ContentBlock

    /// A message of `role`.
    public init(_ role: Role = .user, _ content: ContentBlock) {
        self.role = role
        self.content = content
    }

    func json(for version: ProtocolVersion) -> JSONValue? {
        content.json(for: version).map { ["role": .string(role.rawValue), "content": $0] }
    }
}
