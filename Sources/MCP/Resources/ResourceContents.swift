/// What is in a resource.
public struct ResourceContents: Sendable, Hashable {
    /// Text or bytes.
    public enum Body: Sendable, Hashable {
        /// Text.
        case text(String)
        /// Bytes, which travel as base64.
        case blob([UInt8])
    }

    /// The URI of the resource, or of the part of it.
    public let uri: String
    /// The media type.
    public let mimeType: String?
    /// The contents themselves.
    public let body: Body

    /// Contents of the resource at `uri`.
    public init(uri: String, mimeType: String?, body: Body) {
        self.uri = uri
        self.mimeType = mimeType
        self.body = body
    }

    var json: JSONValue {
        var object: JSONObject = ["uri": .string(uri)]
        object["mimeType"] = mimeType.map(JSONValue.string)
        switch body {
        case .text(let text): object["text"] = .string(text)
        case .blob(let bytes): object["blob"] = .string(Base64.encode(bytes))
        }
        return .object(object)
    }
}
