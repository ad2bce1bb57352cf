/// Reading what was ingested. To a caller, what `access` leaves out is not there.
package protocol DocumentationStore: Sendable {
    /// Ordered by library, version and root URL, with the number of all that match.
    func documentations(
        scope: SearchScope, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (documentations: [Documentation], total: Int)

    /// One documentation, or nil.
    func documentation(_ id: DocumentationID, access: LibraryAccess) async throws -> Documentation?

    /// Sections without their content, ordered by path, whose path begins with `startPath`.
    func sections(
        _ id: DocumentationID, startPath: String?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (sections: [Section], total: Int)

    /// One section with its content, by exact path; nil when there is none.
    func section(_ id: DocumentationID, path: String, access: LibraryAccess) async throws -> Section?

    /// Path, parent, title and level of all sections below `startPath`, ordered by path; at most `limit`.
    func outline(_ id: DocumentationID, startPath: String?, limit: Int, access: LibraryAccess) async throws -> [Section]

    /// Removes the documentation with its sections, jobs and pages.
    /// - Returns: whether there was one.
    func delete(_ id: DocumentationID, access: LibraryAccess) async throws -> Bool

    /// Library names with their versions and whether each is the latest.
    func libraries(limit: Int, offset: Int, access: LibraryAccess) async throws -> (libraries: [Library], total: Int)

    /// Whether the caller may know of a documentation.
    ///
    /// - Parameter formerLibrary: the name of the library that it was in, when it is gone: then, whether the caller may see all of that library, or
    ///   was given the documentation by itself.
    func isVisible(_ id: DocumentationID, formerLibrary: String?, access: LibraryAccess) async throws -> Bool

    /// What there is in all.
    func statistics(access: LibraryAccess) async throws -> LibraryStatistics
}

/// What there is to search, as the publications counted it.
package struct LibraryStatistics: Sendable, Hashable {
    /// The chunks of documentations that use one embedding model.
    package struct Vectors: Sendable, Hashable {
        package let model: String
        package let dimension: Int
        package let chunks: Int

        package init(model: String, dimension: Int, chunks: Int) { (self.model, self.dimension, self.chunks) = (model, dimension, chunks) }
    }

    package let libraries: Int
    package let documentations: Int
    package let sections: Int
    package let chunks: Int
    /// By model.
    package let vectors: [Vectors]

    package init(libraries: Int, documentations: Int, sections: Int, chunks: Int, vectors: [Vectors]) {
        (self.libraries, self.documentations, self.sections) = (libraries, documentations, sections)
        (self.chunks, self.vectors) = (chunks, vectors)
    }
}

/// A library and its versions.
package struct Library: Sendable {
    package struct Version: Sendable {
        package let version: String
        package let isLatest: Bool
        package let documentations: Int

        package init(version: String, isLatest: Bool, documentations: Int) {
            self.version = version
            self.isLatest = isLatest
            self.documentations = documentations
        }
    }

    package let name: String
    /// Whether it is for those alone that it was granted to.
    package let isPrivate: Bool
    package let versions: [Version]

    package init(name: String, isPrivate: Bool = false, versions: [Version]) {
        self.name = name
        self.isPrivate = isPrivate
        self.versions = versions
    }
}
