/// Something that clients may have asked to be told of.
public enum ServerChange: Sendable, Hashable {
    /// The list of tools is another.
    case tools
    /// The list of prompts is another.
    case prompts
    /// The list of resources is another.
    case resources
    /// The list of resources is another in those whose URIs begin so, which only some callers may see (``Audience``).
    case resourcesListed(under: String)
    /// The contents of the resource at this URI are others.
    case resource(String)
    /// The contents of all resources whose URIs begin so are others, or may be: each client is told of those that it has asked for.
    case resourcesUnder(String)

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
        case .resources, .resourcesListed: "notifications/resources/list_changed"
        case .resource, .resourcesUnder: "notifications/resources/updated"
        }
    }

    /// What is the same for changes of which a client needs to hear once only.
    var key: String {
        if case .resource(let uri) = self { "\(method) \(uri)" } else { method }
    }

    /// The change as replicas tell it each other.
    var json: JSONObject {
        switch self {
        case .resource(let uri): ["change": .string(method), "uri": .string(uri)]
        case .resourcesUnder(let prefix), .resourcesListed(let prefix): ["change": .string(method), "under": .string(prefix)]
        default: ["change": .string(method)]
        }
    }

    init?(json: JSONObject) {
        switch json["change"]?.stringValue {
        case "notifications/tools/list_changed": self = .tools
        case "notifications/prompts/list_changed": self = .prompts
        case "notifications/resources/list_changed":
            self = json["under"]?.stringValue.map { .resourcesListed(under: $0) } ?? .resources
        case "notifications/resources/updated":
            if let prefix = json["under"]?.stringValue {
                self = .resourcesUnder(prefix)
            } else if let uri = json["uri"]?.stringValue {
                self = .resource(uri)
            } else {
                return nil
            }
        default: return nil
        }
    }
}
