import Domain

/// Reading for both surfaces: what REST and agents ask of the store, with the faults of things that do not exist.
struct DocumentationReader: Sendable {
    let store: any DocumentationStore
    /// Sections that a tree is made from at most.
    var outlineLimit = 20_000

    func documentation(_ id: DocumentationID, access: LibraryAccess) async throws -> Documentation {
        guard let documentation = try await store.documentation(id, access: access) else {
            throw Fault.notFound("documentation", id.description)
        }
        return documentation
    }

    /// The tree at or below `path`; see ``SectionTree``.
    func tree(
        _ id: DocumentationID, path: String?, depth: Int, limit: Int = .max, access: LibraryAccess, weight: (Section) -> Int = { _ in 1 }
    ) async throws -> SectionTree {
        _ = try await documentation(id, access: access)
        let path = path.flatMap { $0.isEmpty || $0 == "/" ? nil : $0 }
        // Without the slash at the end, so that the section of the folder itself is among them.
        var prefix = path
        while let text = prefix, text.count > 1, text.hasSuffix("/") { prefix = String(text.dropLast()) }
        // One more than is shown tells that there are more.
        let sections = try await store.outline(id, startPath: prefix, limit: outlineLimit + 1, access: access)
        let tree = SectionTree(
            Array(sections.prefix(outlineLimit)), isComplete: sections.count <= outlineLimit, path: path, depth: depth, limit: limit,
            weight: weight)
        if let path, tree.nodes.isEmpty { throw Fault.notFound("section at or below the path", Call.shown(path)) }
        return tree
    }

    /// The section at exactly `path`.
    func section(_ id: DocumentationID, path: String, access: LibraryAccess) async throws -> Section {
        if let section = try await store.section(id, path: path, access: access) { return section }
        _ = try await documentation(id, access: access)
        throw Fault(
            .notFound, code: "E_NOT_FOUND", "There is no section \(Call.shown(path)).", field: "path",
            hint: "Paths are exact: take one from the tree, the list of sections or a search.")
    }
}
