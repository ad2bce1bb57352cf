/// The kind of a source: `website`, `github`, and whatever else a connector brings. Stored with the source.
package struct SourceKind: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// Lower-case letters, 2 to 20.
    package let rawValue: String

    /// Nil unless `rawValue` is 2 to 20 lower-case ASCII letters.
    package init?(rawValue: String) {
        guard (2...20).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    private init(literal: String) { rawValue = literal }

    /// A site that is crawled; what a source is when nothing else is said.
    package static let website = SourceKind(literal: "website")

    package var description: String { rawValue }
}
