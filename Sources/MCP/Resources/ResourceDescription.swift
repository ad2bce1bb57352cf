/// A resource as lists and links show it.
public struct ResourceDescription: Sendable, Hashable {
    /// Where `resources/read` finds it.
    public let uri: String
    /// The name for programs.
    public let name: String
    /// The name for people.
    public let title: String?
    /// What it is.
    public let summary: String?
    /// The media type of its contents.
    public let mimeType: String?
    /// The size of its contents in bytes.
    public let size: Int?

    /// - Parameters:
    ///   - uri: where `resources/read` finds it.
    ///   - name: the name for programs.
    ///   - title: the name for people.
    ///   - summary: what it is.
    ///   - mimeType: the media type of its contents.
    ///   - size: the size of its contents in bytes.
    public init(uri: String, name: String, title: String? = nil, summary: String? = nil, mimeType: String? = nil, size: Int? = nil) {
        self.uri = uri
        self.name = name
        self.title = title
        self.summary = summary
        self.mimeType = mimeType
        self.size = size
    }

    func json(for version: ProtocolVersion) -> JSONObject {
        var object: JSONObject = ["uri": .string(uri), "name": .string(name)]
        if version.hasStructuredContent { object["title"] = title.map(JSONValue.string) }
        object["description"] = summary.map(JSONValue.string)
        object["mimeType"] = mimeType.map(JSONValue.string)
        object["size"] = size.map(JSONValue.integer)
        return object
    }
}
