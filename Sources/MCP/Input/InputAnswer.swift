/// What a client has answered; checked for its shape, and no more to be trusted than any other input.
public enum InputAnswer: Sendable, Hashable {
    /// What a person did.
    public enum Action: String, Sendable, Hashable {
        /// Agreed.
        case accept
        /// Said no.
        case decline
        /// Went away.
        case cancel
    }

    /// A folder of the client.
    public struct Root: Sendable, Hashable {
        /// Where it is, usually a `file:` URI.
        public let uri: String
        /// Its name for people.
        public let name: String?
    }

    /// To a form or an address. The content fits the form; it is empty unless the person agreed.
    case elicitation(Action, JSONObject)
    /// A message of the client's model: one content block or a list of them.
    case sampling(PromptMessage.Role, JSONValue, model: String?)
    /// The client's folders.
    case roots([Root])

    /// The content of a form that was filled in; nil for anything else.
    public var content: JSONObject? {
        if case .elicitation(.accept, let content) = self { content } else { nil }
    }

    /// The text that the client's model wrote; nil for anything else.
    public var text: String? {
        guard case .sampling(_, let content, _) = self else { return nil }
        let blocks = content.arrayValue ?? [content]
        return blocks.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
    }

    /// The client's folders; nil for any other answer.
    public var roots: [Root]? {
        if case .roots(let roots) = self { roots } else { nil }
    }
}
