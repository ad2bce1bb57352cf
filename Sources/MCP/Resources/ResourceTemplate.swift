/// A family of resources whose URIs follow a pattern.
public struct ResourceTemplate: Sendable, Hashable {
    /// The pattern (RFC 6570), for example `docs://{library}/{+path}`.
    public let uriTemplate: String
    /// The name for programs.
    public let name: String
    /// The name for people.
    public let title: String?
    /// What the resources are.
    public let summary: String?
    /// The media type of all of them.
    public let mimeType: String?

    /// - Parameters:
    ///   - uriTemplate: the pattern (RFC 6570).
    ///   - name: the name for programs.
    ///   - title: the name for people.
    ///   - summary: what the resources are.
    ///   - mimeType: the media type, if all have the same.
    public init(uriTemplate: String, name: String, title: String? = nil, summary: String? = nil, mimeType: String? = nil) {
        self.uriTemplate = uriTemplate
        self.name = name
        self.title = title
        self.summary = summary
        self.mimeType = mimeType
    }

    func json(for version: ProtocolVersion) -> JSONObject {
        var object: JSONObject = ["uriTemplate": .string(uriTemplate), "name": .string(name)]
        if version.hasStructuredContent { object["title"] = title.map(JSONValue.string) }
        object["description"] = summary.map(JSONValue.string)
        object["mimeType"] = mimeType.map(JSONValue.string)
        return object
    }
}
