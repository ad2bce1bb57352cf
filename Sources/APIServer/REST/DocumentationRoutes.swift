import APIModel
import Domain
import Hummingbird

/// Reading documentation.
struct DocumentationRoutes: Sendable {
    let store: any DocumentationStore

    private var reader: DocumentationReader { DocumentationReader(store: store) }

    private static let root = "/v1/documentation"

    /// Characters of a path.
    static let pathLength = 1...2000

    private static let page = Parameter.integer(
        "limit", Limits.documentationLimit, default: Limits.defaultDocumentationLimit, "Items on the page.")
    private static let sectionPage = Parameter.integer(
        "limit", Limits.sectionLimit, default: Limits.defaultSectionLimit, "Sections on the page.")
    private static let startPath = Parameter.text(optional: "start_path", pathLength, "Only sections whose path begins so.")
    private static let treePath = Parameter.text(optional: "path", pathLength, "Only what is at or below this path.")
    private static let depth = Parameter.integer("depth", Limits.treeDepth, default: Limits.treeDepth.upperBound, "Levels.")
    private static let path = Parameter.text("path", pathLength, "The exact path.", hint: "Take a path from the tree.")
    private static let tokens = Parameter.integer(optional: "max_tokens", Limits.maxTokens, "Cuts the content at this token budget.")

    private static var id: Parameter<DocumentationID> { .id("documentation", of: Documentation.self) }

    var routes: [Route] {
        [
            Route(
                .get, Self.root, .scope(.read), Operation("listDocumentations", .documentation, "Documentations by library, version, URL"),
                Self.page, .offset, .library, .version, answer: list),
            Route(
                .get, "\(Self.root)/{id}", .scope(.read),
                Operation("getDocumentation", .documentation, "One documentation and a page of its sections"), Self.id, Self.sectionPage,
                .offset, Self.startPath, answer: detail),
            Route(
                .delete, "\(Self.root)/{id}", .scope(.ingest),
                Operation("deleteDocumentation", .documentation, "Deletes a documentation with its sections, jobs and pages"), Self.id,
                .ifMatch, gives: 204, answer: delete),
            Route(
                .get, "\(Self.root)/{id}/tree", .scope(.read), Operation("getTree", .documentation, "The sections as a tree"), Self.id,
                Self.treePath, Self.depth, answer: tree),
            Route(
                .get, "\(Self.root)/{id}/content", .scope(.read),
                Operation("getSection", .documentation, "One section with its content", problems: [404]), Self.id, Self.path, Self.tokens,
                answer: content),
            Route(
                .get, "/v1/libraries", .scope(.read), Operation("listLibraries", .documentation, "Libraries with their versions"),
                Self.page, .offset, answer: libraries),
        ]
    }

    @Sendable private func list(
        _ call: Call, limit: Int, offset: Int, library: String?, version: String?
    ) async throws -> Answer<DocumentationList> {
        let (found, total) = try await store.documentations(
            scope: SearchScope(library: library, version: version), limit: limit, offset: offset, access: call.access)
        return Answer(
            DocumentationList(
                items: found.map { DocumentationSummary($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func detail(
        _ call: Call, id: DocumentationID, limit: Int, offset: Int, startPath: String?
    ) async throws -> Answer<DocumentationDetail> {
        Answer(try await detail(id, limit: limit, offset: offset, startPath: startPath, access: call.access))
    }

    private func detail(
        _ id: DocumentationID, limit: Int, offset: Int, startPath: String?, access: LibraryAccess
    ) async throws -> DocumentationDetail {
        let documentation = try await reader.documentation(id, access: access)
        let (sections, total) = try await store.sections(id, startPath: startPath, limit: limit, offset: offset, access: access)
        return DocumentationDetail(
            documentation: DocumentationSummary(documentation), sections: sections.map { SectionSummary($0) },
            meta: PageMeta(total: total, limit: limit, offset: offset))
    }

    @Sendable private func delete(_ call: Call, id: DocumentationID, condition: EntityTagCondition?) async throws -> Answer<Nothing> {
        if let condition {
            // The state that counts is the one that a GET without parameters shows.
            let seen = try await detail(id, limit: Limits.defaultSectionLimit, offset: 0, startPath: nil, access: call.access)
            try condition.check(try WireJSON.encode(seen))
        }
        guard try await store.delete(id, access: call.access) else { throw Fault.notFound("documentation", id.description) }
        return .nothing
    }

    @Sendable private func tree(
        _ call: Call, id: DocumentationID, path: String?, depth: Int
    ) async throws -> Answer<DocumentationTree> {
        let tree = try await reader.tree(id, path: path, depth: depth, access: call.access)
        return Answer(DocumentationTree(documentationID: id.description, nodes: tree.nodes.map { TreeNode($0) }, isTruncated: tree.isCut))
    }

    @Sendable private func content(
        _ call: Call, id: DocumentationID, path: String, tokens: Int?
    ) async throws -> Answer<SectionContent> {
        let section = try await reader.section(id, path: path, access: call.access)
        let (text, isTruncated) = tokens.map { ContentBudget.cut(section.content, tokens: $0) } ?? (section.content, false)
        return Answer(
            SectionContent(
                uri: section.uri, path: section.path, url: section.url, title: section.title, headingPath: section.headingPath,
                content: text, isTruncated: isTruncated, fetchedAt: section.fetchedAt, links: SectionLinks.targets(in: text),
                tags: section.tags))
    }

    @Sendable private func libraries(_ call: Call, limit: Int, offset: Int) async throws -> Answer<LibraryList> {
        let (found, total) = try await store.libraries(limit: limit, offset: offset, access: call.access)
        return Answer(LibraryList(items: found.map { LibraryDetail($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }
}

extension TreeNode {
    fileprivate init(_ node: SectionTree.Node) {
        self.init(
            path: node.section.path, title: node.section.title, uri: node.section.uri, children: node.children.map { TreeNode($0) })
    }
}
