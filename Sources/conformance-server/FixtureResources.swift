import MCP

/// The resources of the fixtures.
struct FixtureResources: ResourceProvider {
    static let template = "test://template/{id}/data"

    let cachePolicy = CachePolicy(lifetime: .seconds(60), scope: .public)

    func resources(after cursor: String?, context: RequestContext<Caller>) async throws -> ResourcePage {
        // All are on the first page.
        guard cursor == nil else { throw ProtocolError.invalidCursor }
        return ResourcePage(resources: [
            ResourceDescription(
                uri: "test://static-text", name: "static-text", title: "Static text", summary: "A text that never changes",
                mimeType: "text/plain"),
            ResourceDescription(
                uri: "test://static-binary", name: "static-binary", title: "Static binary", summary: "A picture that never changes",
                mimeType: "image/png"),
            ResourceDescription(
                uri: "test://watched-resource", name: "watched-resource", title: "Watched resource", summary: "One to subscribe to",
                mimeType: "text/plain"),
        ])
    }

    func templates(context: RequestContext<Caller>) async throws -> [ResourceTemplate] {
        [
            ResourceTemplate(
                uriTemplate: Self.template, name: "template", title: "Template", summary: "A resource for each identifier",
                mimeType: "application/json")
        ]
    }

    func contents(of uri: String, context: RequestContext<Caller>) async throws -> [ResourceContents]? {
        switch uri {
        case "test://static-text":
            return [
                ResourceContents(uri: uri, mimeType: "text/plain", body: .text("This is the content of the static text resource."))
            ]
        case "test://static-binary": return [ResourceContents(uri: uri, mimeType: "image/png", body: .blob(Fixtures.picture))]
        case "test://watched-resource":
            return [ResourceContents(uri: uri, mimeType: "text/plain", body: .text("Watched resource content"))]
        default: break
        }
        guard uri.hasPrefix("test://template/"), uri.hasSuffix("/data") else { return nil }
        let id = uri.dropFirst("test://template/".count).dropLast("/data".count)
        guard !id.isEmpty, !id.contains("/") else { return nil }
        let data: JSONValue = ["id": .string(String(id)), "templateTest": true, "data": .string("Data for ID: \(id)")]
        return [ResourceContents(uri: uri, mimeType: "application/json", body: .text(data.serializedText))]
    }
}
