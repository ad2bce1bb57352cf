import APIModel
import Digests
import Domain
import Hummingbird

/// Reading documentation.
struct DocumentationRoutes: Sendable {
    let store: any DocumentationStore

    private var reader: DocumentationReader { DocumentationReader(store: store) }

    private static let root = "/v1/documentation"

    var routes: [Route] {
        [
            Route(.get, Self.root, .scope(.read), list),
            Route(.get, "\(Self.root)/{id}", .scope(.read), detail),
            Route(.delete, "\(Self.root)/{id}", .scope(.ingest), delete),
            Route(.get, "\(Self.root)/{id}/tree", .scope(.read), tree),
            Route(.get, "\(Self.root)/{id}/content", .scope(.read), content),
            Route(.get, "/v1/libraries", .scope(.read), libraries),
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let limit = try call.query.integer("limit", in: Limits.documentationLimit, default: Limits.defaultDocumentationLimit)
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let scope = SearchScope(
            library: try call.query.text("library", length: Limits.nameLength),
            version: try call.query.text("version", length: Limits.nameLength))
        let (found, total) = try await store.documentations(scope: scope, limit: limit, offset: offset, access: call.access)
        return try .json(
            DocumentationList(
                items: found.map { DocumentationSummary($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func detail(_ call: Call) async throws -> Response {
        let id: DocumentationID = try call.identifier("documentation")
        let limit = try call.query.integer("limit", in: Limits.sectionLimit, default: Limits.defaultSectionLimit)
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let startPath = try call.query.text("start_path", length: Self.pathLength)
        let documentation = try await reader.documentation(id, access: call.access)
        let (sections, total) = try await store.sections(
            id, startPath: startPath, limit: limit, offset: offset, access: call.access)
        return try .json(
            DocumentationDetail(
                documentation: DocumentationSummary(documentation), sections: sections.map { SectionSummary($0) },
                meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func delete(_ call: Call) async throws -> Response {
        let id: DocumentationID = try call.identifier("documentation")
        guard try await store.delete(id, access: call.access) else { throw Fault.notFound("documentation", id.description) }
        return Response(status: .noContent)
    }

    @Sendable private func tree(_ call: Call) async throws -> Response {
        let id: DocumentationID = try call.identifier("documentation")
        let depth = try call.query.integer("depth", in: Limits.treeDepth, default: Limits.treeDepth.upperBound)
        let path = try call.query.text("path", length: Self.pathLength)
        let tree = try await reader.tree(id, path: path, depth: depth, access: call.access)
        return try .json(DocumentationTree(documentationID: id.description, nodes: tree.nodes.map { TreeNode($0) }))
    }

    @Sendable private func content(_ call: Call) async throws -> Response {
        let id: DocumentationID = try call.identifier("documentation")
        let tokens = try call.query.integer("max_tokens", in: Limits.maxTokens)
        guard let path = try call.query.text("path", length: Self.pathLength, hint: "Take a path from the tree.") else {
            throw Fault.invalid(field: "path", "The parameter path is missing.", hint: "Take a path from the tree.")
        }
        let section = try await reader.section(id, path: path, access: call.access)
        let links = try await store.links(id, path: path, access: call.access)
        let (text, isTruncated) = tokens.map { ContentBudget.cut(section.content, tokens: $0) } ?? (section.content, false)
        let value = SectionContent(
            uri: section.uri, path: section.path, url: section.url, title: section.title, headingPath: section.headingPath, content: text,
            isTruncated: isTruncated, fetchedAt: section.fetchedAt, links: links, tags: section.tags)
        let bytes = try WireJSON.encode(value)
        let tag = "W/\"\(Array(SHA256.hash(bytes).prefix(12)).hexadecimal)\""
        // Private and checked each time: what a token may read is not for a proxy to hand on.
        let headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache"]
        if let known = call.head.headerFields[.ifNoneMatch], Self.matches(known, tag) {
            return Response(status: .notModified, headers: headers)
        }
        return try .json(value, headers: headers)
    }

    @Sendable private func libraries(_ call: Call) async throws -> Response {
        let limit = try call.query.integer("limit", in: Limits.documentationLimit, default: Limits.defaultDocumentationLimit)
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let (found, total) = try await store.libraries(limit: limit, offset: offset, access: call.access)
        return try .json(
            LibraryList(items: found.map { LibraryDetail($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    /// Characters of a path.
    static let pathLength = 1...2000

    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { candidate in
            let candidate = candidate.drop { $0 == " " }
            return candidate == "*" || candidate == tag || "W/\(candidate)" == tag
        }
    }
}

extension TreeNode {
    fileprivate init(_ node: SectionTree.Node) {
        self.init(
            path: node.section.path, title: node.section.title, uri: node.section.uri, children: node.children.map { TreeNode($0) })
    }
}
