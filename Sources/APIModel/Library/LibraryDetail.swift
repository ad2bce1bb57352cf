/// A library and its versions, newest first.
package struct LibraryDetail: Sendable, Hashable, Codable {
    /// One version.
    package struct Version: Sendable, Hashable, Codable {
        /// The version's name.
        package var version: String
        /// Whether it is the newest.
        package var isLatest: Bool
        /// How many documentations it has.
        package var documentationCount: Int

        /// - Parameters: see the properties.
        package init(version: String, isLatest: Bool, documentationCount: Int) {
            (self.version, self.isLatest, self.documentationCount) = (version, isLatest, documentationCount)
        }

        package enum CodingKeys: String, CodingKey {
            case version
            case isLatest = "latest"
            case documentationCount = "documentation_count"
        }
    }

    /// The library's name.
    package var name: String
    /// Whether only those see it that it was granted to.
    package var isPrivate: Bool
    /// Its versions.
    package var versions: [Version]

    /// - Parameters: see the properties.
    package init(name: String, isPrivate: Bool, versions: [Version]) {
        (self.name, self.isPrivate, self.versions) = (name, isPrivate, versions)
    }

    package enum CodingKeys: String, CodingKey {
        case name, versions
        case isPrivate = "private"
    }
}

/// Reply to `GET /v1/libraries`: ordered by name.
package struct LibraryList: Sendable, Hashable, Codable {
    /// The libraries of this page.
    package var items: [LibraryDetail]
    /// Where it lies among all.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(items: [LibraryDetail], meta: PageMeta) { (self.items, self.meta) = (items, meta) }
}
