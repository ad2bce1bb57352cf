/// Who may read a library: body of `PUT /v1/libraries/{name}/access`, and reply to `GET` and `PUT` of it.
package struct LibraryAccessDetail: Sendable, Hashable, Codable {
    /// Readers of what one source fills.
    package struct SourceReaders: Sendable, Hashable, Codable {
        /// The source.
        package var sourceID: String
        /// Groups that may read what it fills.
        package var groups: [String]

        /// - Parameters: see the properties.
        package init(sourceID: String, groups: [String]) { (self.sourceID, self.groups) = (sourceID, groups) }

        package enum CodingKeys: String, CodingKey {
            case groups
            case sourceID = "source_id"
        }
    }

    /// Whether only those see it that are named here, and callers whose own access list names it.
    package var isPrivate: Bool
    /// Groups that may read all of it; nil counts as none.
    package var groups: [String]?
    /// Groups that may read what single sources fill; nil counts as none.
    package var sources: [SourceReaders]?

    /// - Parameters: see the properties.
    package init(isPrivate: Bool, groups: [String]? = nil, sources: [SourceReaders]? = nil) {
        (self.isPrivate, self.groups, self.sources) = (isPrivate, groups, sources)
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case groups, sources
        case isPrivate = "private"
    }
}
