/// News of what readers see: told to every replica when it is committed.
package protocol PublicationFeed: Sendable {
    /// Listens until the connection breaks, which it throws, or the task is cancelled. What was published while nobody listened is not told.
    ///
    /// - Parameters:
    ///   - onListening: called once everything from now on will be told.
    ///   - onNews: called for each change, in order.
    func listen(onListening: () async -> Void, onNews: (PublicationNews) async -> Void) async throws
}

/// What has changed in a documentation.
package struct PublicationNews: Sendable, Hashable {
    /// Which.
    package let documentation: DocumentationID
    /// Paths of sections that are new, changed or gone; nil when there are too many to name.
    package let paths: [String]?
    /// Whether sections came or went, or the documentation itself.
    package let changesList: Bool
    /// The library that the documentation was in, where it is gone and cannot tell any more; else nil.
    package let formerLibrary: String?

    /// - Parameters: see the properties.
    package init(documentation: DocumentationID, paths: [String]?, changesList: Bool, formerLibrary: String? = nil) {
        (self.documentation, self.paths) = (documentation, paths)
        (self.changesList, self.formerLibrary) = (changesList, formerLibrary)
    }
}
