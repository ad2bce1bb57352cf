/// One piece of the unstructured result of a tool.
public enum ContentBlock: Sendable, Hashable {
    /// Text for the model.
    case text(String)
    /// A picture.
    case image(data: [UInt8], mimeType: String)
    /// A sound.
    case audio(data: [UInt8], mimeType: String)
    /// A resource that the client may read.
    case resourceLink(ResourceDescription)
    /// A resource with its contents.
    case resource(ResourceContents)

    /// The block as it goes onto the wire; nil when the revision does not know its kind.
    func json(for version: ProtocolVersion) -> JSONValue? {
        switch self {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .image(let data, let mimeType):
            return ["type": "image", "data": .string(Base64.encode(data)), "mimeType": .string(mimeType)]
        case .audio(let data, let mimeType):
            return ["type": "audio", "data": .string(Base64.encode(data)), "mimeType": .string(mimeType)]
        case .resource(let contents): return ["type": "resource", "resource": contents.json]
        case .resourceLink(let resource):
            guard version.hasStructuredContent else { return nil }
            return .object(JSONObject([("type", "resource_link")] + resource.json(for: version).members.map { ($0.key, $0.value) }))
        }
    }
}
