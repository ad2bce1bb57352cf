import APIModel
import Domain
import MCP
import Primitives

/// Sections as resources, and the playbook that says how to find the right ones.
struct SectionResources: ResourceProvider {
    let reader: DocumentationReader
    let directory: any SectionDirectory
    let cursors: PageCursors

    /// The variables of the template, which completion knows, too.
    enum Variable: String {
        case documentation = "documentation_id"
        case path
    }

    static let template = "portolan://documentation/{documentation_id}/section{+path}"

    /// Resources on a page.
    private static let pageSize = 100

    /// What somebody may see is theirs alone.
    let cachePolicy = CachePolicy(lifetime: .seconds(60), scope: .private)

    func resources(after cursor: String?, context: MCP.RequestContext<Principal>) async throws -> ResourcePage {
        let position: PageCursors.Position
        do {
            position = try await cursors.position(cursor, in: "resources")
        } catch let fault as Fault where fault.category == .validation {
            throw ProtocolError.invalidCursor
        }
        let (sections, next) = try await directory.sections(
            after: position.offset, limit: Self.pageSize, access: context.principal.access)
        let resources = sections.map { section in
            ResourceDescription(
                uri: section.uri, name: section.path, title: section.title, summary: "\(section.library) \(section.version)",
                mimeType: "text/markdown")
        }
        return ResourcePage(
            resources: (cursor == nil ? [Playbook.description] : []) + resources, nextCursor: next.map { position.cursor(at: $0) })
    }

    func templates(context: MCP.RequestContext<Principal>) async throws -> [ResourceTemplate] {
        [
            ResourceTemplate(
                uriTemplate: Self.template, name: "section", title: "Section",
                summary: "One section of a documentation. Take addresses from search results, lists and trees.",
                mimeType: "text/markdown")
        ]
    }

    func subscribable(_ uris: Set<String>, context: MCP.RequestContext<Principal>) async throws -> Set<String> {
        let addresses = Set(uris.compactMap { SectionURI($0) })
        let found = addresses.isEmpty ? [] : try await directory.existing(addresses, access: context.principal.access)
        return Set(found.map(\.description)).union(uris.intersection([Playbook.description.uri]))
    }

    func contents(of uri: String, context: MCP.RequestContext<Principal>) async throws -> [ResourceContents]? {
        if uri == Playbook.description.uri {
            return [ResourceContents(uri: uri, mimeType: Playbook.description.mimeType, body: .text(Playbook.text))]
        }
        guard let address = SectionURI(uri),
            let section = try await reader.store.section(address.documentation, path: address.path, access: context.principal.access)
        else { return nil }
        return [section.resource]
    }
}

extension Section {
    /// The section as a resource's contents: quoted, with its source.
    var resource: ResourceContents {
        ResourceContents(uri: uri, mimeType: "text/markdown", body: .text(QuotedText.section(self, content)))
    }
}
