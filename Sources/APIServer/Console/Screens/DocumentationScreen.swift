import APIModel
import Domain
import Processing

/// The sections of a documentation as a tree, and one of them to read.
struct DocumentationScreen: Sendable {
    let console: Console

    /// Entries of a tree on one page.
    private static let treeLimit = 400

    var routes: [Route] { [console.screen("/console/documentation/{id}") { call, visitor in try await page(call, visitor) }] }

    private func page(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let id: DocumentationID = try call.identifier("documentation")
        let path = try call.query.text("path", length: DocumentationRoutes.pathLength)
        let below = try call.query.text("below", length: DocumentationRoutes.pathLength)
        let documentation = try await console.reader.documentation(id, access: call.access)
        let tree = try await console.reader.tree(id, path: below, depth: 8, limit: Self.treeLimit, access: call.access)
        let shown = path ?? tree.nodes.first?.section.path
        let address = "/console/documentation/\(id)"
        let content: HTML
        if let shown {
            content = Self.article(try await console.reader.section(id, path: shown, access: call.access))
        } else {
            content = "<p class=\"empty\">Nothing of it was published yet.</p>"
        }
        let title = documentation.title.isEmpty ? documentation.rootURL : documentation.title
        let up: HTML? = below == nil ? nil : "<p class=\"small\"><a href=\"\(address)\">All sections</a></p>"
        let nodes = Self.nodes(tree.nodes, address, below: below, shown: shown)
        return ConsolePage(
            title: title, place: .overview, visitor: visitor,
            content: """
                <p class="crumbs"><a href="/">Documentations</a> /</p>
                <h1>\(title)</h1>
                <p class="lead">\(documentation.library) \(documentation.version) · \(documentation.sections) sections · \(ConsoleParts.address(documentation.rootURL))</p>
                <form class="searchbox card" method="get" action="/console/search" role="search">
                <input type="hidden" name="documentation_id" value="\(id.description)">
                <div class="ask"><div class="field"><label for="q">Search this documentation</label>
                <input id="q" name="q" type="search" required minlength="2" maxlength="2000"></div><button type="submit">Search</button></div>
                </form>
                <div class="split reader">
                <nav class="card tree" aria-label="Sections">\(up)\(nodes)</nav>
                <article class="card" aria-label="Section">\(content)</article>
                </div>
                """)
    }

    private static func nodes(_ nodes: [SectionTree.Node], _ address: String, below: String?, shown: String?) -> HTML {
        guard !nodes.isEmpty else { return .empty }
        let items = nodes.map { node -> HTML in
            let path = node.section.path
            let link = Link.path(address, [("path", path), ("below", below ?? "")])
            let children: HTML =
                node.hidden > 0
                ? "<a class=\"more\" href=\"\(Link.path(address, [("below", path), ("path", path)]))\">\(node.hidden) more below</a>"
                : self.nodes(node.children, address, below: below, shown: shown)
            return """
                <li><a href="\(link)"\(" aria-current=\"page\"", if: path == shown)>\(node.section.title.isEmpty ? path : node.section.title)</a>\(children)</li>
                """
        }
        return "<ul>\(items)</ul>"
    }

    private static func article(_ section: Section) -> HTML {
        let headings = section.headingPath.dropLast().joined(separator: " › ")
        return """
            <p class="crumbs">\(headings)</p>
            <h2>\(section.title)</h2>
            <p class="small">\(ConsoleParts.address(section.url)) · fetched \(ConsoleParts.time(section.fetchedAt)) · \(section.tokens) tokens · <code>\(section.uri)</code></p>
            <div class="prose">\(HTML(trusted: SafeMarkdown.html(from: section.content)))</div>
            """
    }
}
