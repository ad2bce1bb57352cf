import Digests
package import Domain
import FoundationEssentials

/// One artifact that an operator wants, and where it can be had.
package struct ArtifactSource: Sendable, Hashable, Codable {
    /// Name in the file of sources, unique there.
    package let id: String
    package let library: String
    package let version: String
    package let kind: SourceKind
    /// Addresses in normal form, in the order in which they are tried; the ones behind the first are for when those before fail.
    package let urls: [String]
    /// What the bytes must have, 64 lower-case hexadecimal digits; nil when nobody knows.
    package let sha256: String?
    /// Whether the addresses lead to a list of artifacts instead of an artifact.
    package let isList: Bool

    /// The kinds whose source is one file.
    package static let kinds = ["archive", "ontology"].compactMap { SourceKind(rawValue: $0) }
    /// Addresses of one source.
    package static let maximumURLs = 10
    /// Bytes of an address.
    package static let maximumURLLength = 2048

    /// - Parameter kind: nil for an archive.
    /// - Throws: ``Domain/Fault`` `E_VALIDATION` that names the field, `sources.ID.FIELD`.
    package init(
        id: String, library: String?, version: String?, kind: String?, urls: [String], sha256: String?, isList: Bool = false
    ) throws(Fault) {
        guard CatalogSlot(rawValue: id) != nil else {
            throw .invalid(
                field: "sources.id", "\"\(id.prefix(100))\" is no name of a source.", limit: "1 to 100 of a-z, 0-9, dot, dash, underscore")
        }
        func field(_ name: String) -> String { "sources.\(id).\(name)" }
        func text(_ value: String?, _ name: String, _ limit: Int, _ fallback: String) throws(Fault) -> String {
            guard let value else { return fallback }
            guard (1...limit).contains(value.unicodeScalars.count),
                value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else { throw .invalid(field: field(name), "The \(name) is empty, too long, or has control characters.", limit: "\(limit)") }
            return value
        }
        guard let kind = Self.kinds.first(where: { $0.rawValue == kind ?? "archive" }) else {
            throw .invalid(
                field: field("kind"), "The kind is none of a single file.", limit: Self.kinds.map(\.rawValue).joined(separator: ", "))
        }
        guard (1...Self.maximumURLs).contains(urls.count) else {
            throw .invalid(field: field("urls"), "There are \(urls.count) addresses.", limit: "1 to \(Self.maximumURLs)")
        }
        var addresses: [String] = []
        for url in urls {
            guard url.utf8.count <= Self.maximumURLLength, let address = try? SiteURL(url) else {
                throw .invalid(
                    field: field("urls"), "An address is no http or https address.", limit: "\(Self.maximumURLLength) bytes")
            }
            addresses.append(address.description)
        }
        let digest = sha256?.lowercased()
        if let digest, digest.utf8.count != 64 || [UInt8](hexadecimal: digest) == nil {
            throw .invalid(field: field("sha256"), "The checksum is no SHA-256.", limit: "64 hexadecimal digits")
        }
        if isList, digest != nil { throw .invalid(field: field("sha256"), "A list has no checksum.", hint: "Write it into the list.") }
        (self.id, self.kind, self.urls, self.sha256, self.isList) = (id, kind, addresses, digest, isList)
        self.library = try text(library, "library", 200, id)
        self.version = try text(version, "version", 100, "latest")
    }

    private enum CodingKeys: String, CodingKey { case id, library, version, kind, urls, sha256, isList = "list" }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            id: container.decode(String.self, forKey: .id), library: container.decode(String.self, forKey: .library),
            version: container.decode(String.self, forKey: .version), kind: container.decode(String.self, forKey: .kind),
            urls: container.decode([String].self, forKey: .urls), sha256: container.decodeIfPresent(String.self, forKey: .sha256),
            isList: container.decodeIfPresent(Bool.self, forKey: .isList) ?? false)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(library, forKey: .library)
        try container.encode(version, forKey: .version)
        try container.encode(kind.rawValue, forKey: .kind)
        try container.encode(urls, forKey: .urls)
        try container.encodeIfPresent(sha256, forKey: .sha256)
        if isList { try container.encode(true, forKey: .isList) }
    }
}

/// All artifacts that an operator wants, by name.
package struct ArtifactSources: Sendable, Hashable {
    package let sources: [ArtifactSource]

    /// Sources of one file.
    package static let maximum = 1000

    /// - Throws: ``Domain/Fault`` `E_VALIDATION` for a name that appears twice, and for too many.
    package init(_ sources: [ArtifactSource]) throws(Fault) {
        guard (1...Self.maximum).contains(sources.count) else {
            throw .invalid(field: "sources", "There are \(sources.count) sources.", limit: "1 to \(Self.maximum)")
        }
        self.sources = sources.sorted { $0.id < $1.id }
        for (one, next) in zip(self.sources, self.sources.dropFirst()) where one.id == next.id {
            throw .invalid(field: "sources.\(one.id)", "The name appears twice.")
        }
    }

    /// SHA-256 of what is wanted, 64 hexadecimal digits: the order in the file and its comments change nothing.
    package var hash: String { SHA256.hash(CanonicalJSON.bytes(sources)).hexadecimal }
}

/// JSON in which the same value is always the same bytes.
enum CanonicalJSON {
    static func bytes(_ value: some Encodable, isPretty: Bool = false) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        // The values are texts, numbers and lists of them, which can always be written.
        guard let data = try? encoder.encode(value) else { preconditionFailure("a value of a plan cannot be written as JSON") }
        return Array(data)
    }
}
