import APIModel
import Domain
import MCP
import Primitives

/// Sections as resources: read by address, found by search, not listed one by one.
struct SectionResources: ResourceProvider {
    let reader: DocumentationReader

    let cachePolicy = CachePolicy(lifetime: .seconds(60), scope: .private)

    func resources(after cursor: String?, context: MCP.RequestContext<Principal>) async throws -> ResourcePage {
        // No cursor was ever given out.
        guard cursor == nil else { throw ProtocolError.invalidCursor }
        return ResourcePage(resources: [])
    }

    func templates(context: MCP.RequestContext<Principal>) async throws -> [ResourceTemplate] {
        [
            ResourceTemplate(
                uriTemplate: "portolan://documentation/{documentation_id}/section{+path}", name: "section", title: "Section",
                summary: "One section of a documentation. Take addresses from search results, lists and trees.",
                mimeType: "text/markdown")
        ]
    }

    func contents(of uri: String, context: MCP.RequestContext<Principal>) async throws -> [ResourceContents]? {
        guard let address = SectionURI(uri),
            let section = try await reader.store.section(
                address.documentation, path: address.path, access: context.principal.access)
        else { return nil }
        return [ResourceContents(uri: uri, mimeType: "text/markdown", body: .text(QuotedText.section(section, section.content)))]
    }
}
