/// Who may read which library, as operators set it.
package protocol LibraryAccessStore: Sendable {
    /// Who may read the library called `name`; nil when there is none.
    func readers(library name: String) async throws -> LibraryReaders?

    /// Sets who may read the library called `name` from the next statement on, in the place of what was set before. A library that is not there
    /// yet is made, so that it can be private before its first page is read.
    ///
    /// - Throws: ``Fault``: `notFound` for a source of another library.
    func set(_ readers: LibraryReaders, library name: String) async throws
}

/// Who may read a library.
package struct LibraryReaders: Sendable, Hashable {
    /// Groups and pairs of source and group.
    package static let limit = 1000

    /// Whether it is only for those that are named here, and for callers whose own access list names it.
    package var isPrivate: Bool
    /// Groups that may read all of it.
    package var groups: Set<String>
    /// Groups that may read what single sources fill. Those of a public library change nothing.
    package var sources: [SourceID: Set<String>]

    /// - Parameters: see the properties.
    package init(isPrivate: Bool, groups: Set<String> = [], sources: [SourceID: Set<String>] = [:]) {
        (self.isPrivate, self.groups, self.sources) = (isPrivate, groups, sources)
    }
}
