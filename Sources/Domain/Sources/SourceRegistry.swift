/// The connectors of a deployment, by kind.
package struct SourceRegistry: Sendable {
    private let connectors: [SourceKind: any SourceConnector]

    /// - Parameter connectors: each kind at most once; the last one counts.
    package init(_ connectors: [any SourceConnector]) {
        self.connectors = Dictionary(connectors.map { ($0.kind, $0) }) { $1 }
    }

    /// Names of the kinds, sorted.
    package var kinds: [String] { connectors.keys.map(\.rawValue).sorted() }

    /// The connector of `kind`.
    /// - Throws: ``Fault`` that names the field `kind` and lists the kinds there are.
    package func connector(_ kind: SourceKind) throws(Fault) -> any SourceConnector {
        guard let connector = connectors[kind] else {
            throw .invalid(
                field: "kind", "There is no source of the kind \(kind).", limit: kinds.joined(separator: ", "),
                hint: "Leave it out for a website.")
        }
        return connector
    }

    /// Checks a location and its options with the connector of `kind`.
    package func address(_ location: String, kind: SourceKind, options: [String: String]) throws(Fault) -> SourceAddress {
        let connector = try connector(kind)
        guard !location.isEmpty, location.utf8.count <= IngestionSettings.maxURLLength else {
            throw .invalid(
                field: "web_url", "The URL is empty or too long.", limit: "1 to \(IngestionSettings.maxURLLength) bytes",
                hint: "Give the address of the start page.")
        }
        for name in options.keys.sorted() where connector.options[name] == nil {
            let known = connector.options.keys.sorted().joined(separator: ", ")
            throw .invalid(
                field: "options.\(name.prefix(50))", "A source of the kind \(kind) has no such option.",
                limit: known.isEmpty ? "no options" : known)
        }
        return try connector.address(location, options: options)
    }
}
