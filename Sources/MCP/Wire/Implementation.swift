/// The name card of a server or a client (`Implementation` in the schema).
public struct Implementation: Sendable, Hashable {
    /// The name for programs.
    public let name: String
    /// The version, in whatever scheme.
    public let version: String
    /// The name for people.
    public let title: String?
    /// One sentence on what it does.
    public let summary: String?
    /// Its home page.
    public let websiteURL: String?

    /// - Parameters:
    ///   - name: the name for programs.
    ///   - version: the version.
    ///   - title: the name for people.
    ///   - summary: one sentence on what it does.
    ///   - websiteURL: its home page.
    public init(name: String, version: String, title: String? = nil, summary: String? = nil, websiteURL: String? = nil) {
        self.name = name
        self.version = version
        self.title = title
        self.summary = summary
        self.websiteURL = websiteURL
    }

    /// Reads what a client says of itself; nil when it lacks a name or a version.
    init?(_ value: JSONValue?) {
        guard let name = value?["name"]?.stringValue, let version = value?["version"]?.stringValue else { return nil }
        self.init(
            name: name, version: version, title: value?["title"]?.stringValue, summary: value?["description"]?.stringValue,
            websiteURL: value?["websiteUrl"]?.stringValue)
    }

    /// The card as it goes onto the wire. Revisions before 2025-11-25 have no description and no home page.
    func json(for version: ProtocolVersion) -> JSONValue {
        var object: JSONObject = ["name": .string(name), "version": .string(self.version)]
        object["title"] = version.hasStructuredContent ? title.map(JSONValue.string) : nil
        if version == .v2025_11_25 || version.era == .modern {
            object["description"] = summary.map(JSONValue.string)
            object["websiteUrl"] = websiteURL.map(JSONValue.string)
        }
        return .object(object)
    }
}
