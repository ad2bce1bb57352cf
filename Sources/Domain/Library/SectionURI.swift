/// The resource address of a section: `portolan://documentation/{id}/section{path}`, where the path begins with a slash.
package struct SectionURI: Sendable, Hashable, CustomStringConvertible {
    package let documentation: DocumentationID
    package let path: String

    package init(documentation: DocumentationID, path: String) {
        self.documentation = documentation
        self.path = path
    }

    private static let prefix = "portolan://documentation/"
    private static let marker = "/section"

    /// Parses the form that ``description`` gives; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        guard rest.count > 36 + Self.marker.count, let id = DocumentationID(String(rest.prefix(36))) else { return nil }
        let tail = rest.dropFirst(36)
        guard tail.hasPrefix(Self.marker + "/") else { return nil }
        documentation = id
        path = String(tail.dropFirst(Self.marker.count))
    }

    package var description: String { "\(Self.prefix)\(documentation)\(Self.marker)\(path)" }
}
