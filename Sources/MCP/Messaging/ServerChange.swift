/// Something that clients may have asked to be told of.
public enum ServerChange: Sendable, Hashable {
    /// The list of tools is another.
    case tools
    /// The list of prompts is another.
    case prompts
    /// The list of resources is another.
    case resources
    /// The contents of the resource at this URI are others.
    case resource(String)

    /// The message that tells of it, as it goes onto the wire.
    func notification(meta: JSONObject? = nil) -> JSONValue {
        var params = JSONObject()
        if case .resource(let uri) = self { params["uri"] = .string(uri) }
        if let meta { params["_meta"] = .object(meta) }
        var message: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        if !params.isEmpty { message["params"] = .object(params) }
        return .object(message)
    }

    private var method: String {
        switch self {
        case .tools: "notifications/tools/list_changed"
        case .prompts: "notifications/prompts/list_changed"
        case .resources: "notifications/resources/list_changed"
        case .resource: "notifications/resources/updated"
        }
    }

    /// What is the same for changes of which a client needs to hear once only.
    var key: String {
        if case .resource(let uri) = self { "\(method) \(uri)" } else { method }
    }

    /// The change as replicas tell it each other.
    var json: JSONObject {
        if case .resource(let uri) = self { ["change": .string(method), "uri": .string(uri)] } else { ["change": .string(method)] }
    }

    init?(json: JSONObject) {
        switch json["change"]?.stringValue {
        case "notifications/tools/list_changed": self = .tools
        case "notifications/prompts/list_changed": self = .prompts
        case "notifications/resources/list_changed": self = .resources
        case "notifications/resources/updated":
            guard let uri = json["uri"]?.stringValue else { return nil }
            self = .resource(uri)
        default: return nil
        }
    }
}
