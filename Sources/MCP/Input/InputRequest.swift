/// Something that a tool, a prompt or a resource needs from the client before it can go on.
public struct InputRequest: Sendable, Hashable {
    /// The kinds of input that clients can give.
    public enum Kind: Sendable, Hashable {
        /// A person fills in a form.
        case form
        /// A person does something at an address.
        case address
        /// The client's model writes a message.
        case sampling
        /// The client names the folders that it works in.
        case roots
    }

    /// What is asked for.
    public let kind: Kind
    let method: String
    let params: JSONObject
    private let form: ElicitationForm?

    private init(_ kind: Kind, _ method: String, _ params: JSONObject, form: ElicitationForm? = nil) {
        (self.kind, self.method, self.params, self.form) = (kind, method, params, form)
    }

    /// Asks a person to fill in a form. Never ask for secrets: the client and its model see the answer.
    ///
    /// - Parameters:
    ///   - message: what the person should know.
    ///   - form: the fields.
    public static func elicitation(_ message: String, _ form: ElicitationForm) -> InputRequest {
        // `mode` has a default that says the same, and came only with 2025-11-25.
        InputRequest(
            .form, "elicitation/create", ["message": .string(message), "requestedSchema": .object(form.schema)], form: form)
    }

    /// Asks a person to do something at an address, such as to sign in: what happens there stays between the two.
    ///
    /// - Parameters:
    ///   - message: why.
    ///   - url: where.
    ///   - identifier: names the request; unique within the server.
    public static func elicitation(_ message: String, url: String, identifier: String) -> InputRequest {
        InputRequest(
            .address, "elicitation/create",
            ["mode": "url", "message": .string(message), "url": .string(url), "elicitationId": .string(identifier)])
    }

    /// Asks the client's model for a message.
    ///
    /// - Parameters:
    ///   - messages: the conversation so far.
    ///   - maxTokens: the longest answer.
    ///   - system: the system prompt.
    public static func sampling(_ messages: [PromptMessage], maxTokens: Int, system: String? = nil) -> InputRequest {
        var params: JSONObject = [
            "messages": .array(messages.compactMap { $0.json(for: .v2025_11_25) }), "maxTokens": .integer(maxTokens),
        ]
        params["systemPrompt"] = system.map(JSONValue.string)
        return InputRequest(.sampling, "sampling/createMessage", params)
    }

    /// Asks which folders the client works in.
    public static let roots = InputRequest(.roots, "roots/list", JSONObject())

    /// The capability that a client must have declared to be asked.
    var capability: JSONObject {
        switch kind {
        case .form: ["elicitation": [:]]
        case .address: ["elicitation": ["url": [:]]]
        case .sampling: ["sampling": [:]]
        case .roots: ["roots": [:]]
        }
    }

    /// Whether a client with these capabilities may be asked.
    func isAllowed(by capabilities: JSONObject) -> Bool {
        switch kind {
        case .form:
            // Without modes, forms are meant: it was all there was.
            guard let modes = capabilities["elicitation"]?.objectValue else { return false }
            return modes["form"] != nil || modes["url"] == nil
        case .address: return capabilities["elicitation"]?["url"] != nil
        case .sampling: return capabilities["sampling"] != nil
        case .roots: return capabilities["roots"] != nil
        }
    }

    /// The request as part of a result.
    var json: JSONValue {
        var object: JSONObject = ["method": .string(method)]
        if !params.isEmpty { object["params"] = .object(params) }
        return .object(object)
    }

    /// The request as a message of its own.
    func message(id: String) -> JSONValue {
        var object: JSONObject = ["jsonrpc": "2.0", "id": .string(id), "method": .string(method)]
        if !params.isEmpty { object["params"] = .object(params) }
        return .object(object)
    }

    /// Reads what a client has answered.
    ///
    /// - Parameter key: names the request in the error.
    func answer(_ value: JSONValue, key: String) throws(ProtocolError) -> InputAnswer {
        func wrong(_ problem: String) -> ProtocolError {
            ProtocolError(.invalidParams, "The answer to \(shortened(key)) \(problem)")
        }
        guard let object = value.objectValue else { throw wrong("must be an object, not \(value.typeName)") }
        switch kind {
        case .form, .address:
            guard let text = object["action"]?.stringValue, let action = InputAnswer.Action(rawValue: text) else {
                throw wrong("must have the action accept, decline or cancel")
            }
            guard action == .accept, let form else { return .elicitation(action, JSONObject()) }
            guard let content = object["content"]?.objectValue else { throw wrong("must have the content of the form") }
            if let problem = form.problem(with: content) { throw wrong(problem) }
            return .elicitation(action, content)
        case .sampling:
            guard let text = object["role"]?.stringValue, let role = PromptMessage.Role(rawValue: text), let content = object["content"],
                content.objectValue != nil || content.arrayValue != nil
            else { throw wrong("must have a role and a content") }
            return .sampling(role, content, model: object["model"]?.stringValue)
        case .roots:
            guard let roots = object["roots"]?.arrayValue else { throw wrong("must have a list of roots") }
            var result: [InputAnswer.Root] = []
            for root in roots {
                guard let uri = root["uri"]?.stringValue else { throw wrong("has a root without a uri") }
                result.append(InputAnswer.Root(uri: uri, name: root["name"]?.stringValue))
            }
            return .roots(result)
        }
    }
}
