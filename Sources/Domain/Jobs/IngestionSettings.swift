/// How a source is crawled, validated once at the edge.
package struct IngestionSettings: Sendable, Hashable, Codable {
    /// The start page.
    package let rootURL: String
    /// Link distance from the start page, 0 to 10.
    package let depth: Int
    /// Globs of which a URL must match one, if there are any.
    package let include: [String]
    /// Globs of which a URL must match none.
    package let exclude: [String]
    /// Pages at most, 1 to 100,000.
    package let maxPages: Int
    /// What kind of source the start page belongs to.
    package let kind: SourceKind
    /// Options of the kind, by name; never secrets, only names of credentials.
    package let options: [String: String]
    /// Whether a job may delete more than the share of pages at which deletions otherwise wait for a second run.
    package let allowMassDelete: Bool

    package static let depthRange = 0...10
    package static let defaultDepth = 3
    package static let maxPagesRange = 1...100_000
    package static let defaultMaxPages = 500
    package static let maxPatterns = 50
    package static let maxPatternLength = 500
    package static let maxURLLength = 2048
    package static let maxOptions = 20
    package static let maxOptionLength = 1000

    /// Checks every bound.
    /// - Throws: ``Fault`` of category `validation` that names the field, its limit and a hint.
    package init(
        rootURL: String, depth: Int = defaultDepth, include: [String] = [], exclude: [String] = [], maxPages: Int = defaultMaxPages,
        kind: SourceKind = .website, options: [String: String] = [:], allowMassDelete: Bool = false
    ) throws(Fault) {
        guard !rootURL.isEmpty, rootURL.utf8.count <= Self.maxURLLength else {
            throw .invalid(
                field: "web_url", "The URL is empty or too long.", limit: "1 to \(Self.maxURLLength) bytes",
                hint: "Name the start page, such as https://example.org/docs/.")
        }
        guard Self.depthRange.contains(depth) else {
            throw .invalid(
                field: "crawl_depth", "The crawl depth \(depth) is out of range.", limit: "0 to 10",
                hint: "Use 3 unless the site is unusually deep.")
        }
        guard Self.maxPagesRange.contains(maxPages) else {
            throw .invalid(
                field: "max_pages", "The page cap \(maxPages) is out of range.", limit: "1 to 100000",
                hint: "Use 500 unless the site is unusually large.")
        }
        for (field, patterns) in [("include_patterns", include), ("exclude_patterns", exclude)] {
            guard patterns.count <= Self.maxPatterns else {
                throw .invalid(
                    field: field, "There are \(patterns.count) patterns.", limit: "\(Self.maxPatterns) patterns",
                    hint: "Cover more with each pattern: ** stands for any characters.")
            }
            for pattern in patterns {
                guard !pattern.isEmpty, pattern.utf8.count <= Self.maxPatternLength else {
                    throw .invalid(
                        field: field, "A pattern is empty or too long.", limit: "1 to \(Self.maxPatternLength) bytes",
                        hint: "Use globs such as /docs/** or *.html.")
                }
            }
        }
        guard options.count <= Self.maxOptions else {
            throw .invalid(field: "options", "There are \(options.count) options.", limit: "\(Self.maxOptions) options")
        }
        for name in options.keys.sorted() where options[name, default: ""].utf8.count > Self.maxOptionLength {
            throw .invalid(field: "options.\(name.prefix(50))", "The option is too long.", limit: "\(Self.maxOptionLength) bytes")
        }
        self.rootURL = rootURL
        self.depth = depth
        self.include = include
        self.exclude = exclude
        self.maxPages = maxPages
        self.kind = kind
        self.options = options
        self.allowMassDelete = allowMassDelete
    }

    /// Reads stored settings; those of a release without kinds belong to websites.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rootURL = try values.decode(String.self, forKey: .rootURL)
        depth = try values.decode(Int.self, forKey: .depth)
        include = try values.decode([String].self, forKey: .include)
        exclude = try values.decode([String].self, forKey: .exclude)
        maxPages = try values.decode(Int.self, forKey: .maxPages)
        kind = try values.decodeIfPresent(SourceKind.self, forKey: .kind) ?? .website
        options = try values.decodeIfPresent([String: String].self, forKey: .options) ?? [:]
        allowMassDelete = try values.decodeIfPresent(Bool.self, forKey: .allowMassDelete) ?? false
    }
}
