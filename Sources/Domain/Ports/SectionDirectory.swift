/// Walking through everything there is, and completing names that somebody types. To a caller, what `access` leaves out is not there.
package protocol SectionDirectory: Sendable {
    /// Sections of all documentations without their content, in an order that stays.
    ///
    /// - Parameters:
    ///   - position: where the walk begins: `position` of an earlier page, 0 for the start.
    ///   - limit: sections at most.
    /// - Returns: the sections, and where the next page begins; nil on the last.
    func sections(after position: Int, limit: Int, access: LibraryAccess) async throws -> (sections: [Section], position: Int?)

    /// Those of `addresses`, at most 1,000, at which there is a section.
    func existing(_ addresses: Set<SectionURI>, access: LibraryAccess) async throws -> Set<SectionURI>

    /// Names of libraries that begin with `prefix`, in their order.
    func libraries(prefix: String, limit: Int, access: LibraryAccess) async throws -> [String]

    /// Versions that begin with `prefix`, of `library` or of all: the latest first.
    func versions(of library: String?, prefix: String, limit: Int, access: LibraryAccess) async throws -> [String]

    /// Documentations whose identifier or whose library's name begins with `prefix`, by library and version.
    func documentations(prefix: String, limit: Int, access: LibraryAccess) async throws -> [DocumentationID]

    /// Paths of a documentation's sections that begin with `prefix`, in their order.
    func paths(of documentation: DocumentationID, prefix: String, limit: Int, access: LibraryAccess) async throws -> [String]
}
