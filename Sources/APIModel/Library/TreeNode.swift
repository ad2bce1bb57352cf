/// A section in the tree of a documentation.
package struct TreeNode: Sendable, Hashable, Codable {
    /// Path, unique in the documentation.
    package var path: String
    /// Title.
    package var title: String
    /// Resource URI for MCP.
    package var uri: String
    /// The sections below, ordered by path.
    package var children: [TreeNode]

    /// - Parameters: see the properties.
    package init(path: String, title: String, uri: String, children: [TreeNode] = []) {
        (self.path, self.title, self.uri, self.children) = (path, title, uri, children)
    }
}

/// Reply to `GET /v1/documentation/{id}/tree`.
package struct DocumentationTree: Sendable, Hashable, Codable {
    /// The documentation.
    package var documentationID: String
    /// The roots, ordered by path.
    package var nodes: [TreeNode]
    /// Whether there are more sections than one tree holds: ask for a path then.
    package var isTruncated: Bool

    /// - Parameters: see the properties.
    package init(documentationID: String, nodes: [TreeNode], isTruncated: Bool = false) {
        (self.documentationID, self.nodes, self.isTruncated) = (documentationID, nodes, isTruncated)
    }

    package enum CodingKeys: String, CodingKey {
        case documentationID = "documentation_id"
        case nodes
        case isTruncated = "truncated"
    }
}
