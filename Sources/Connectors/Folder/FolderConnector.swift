package import Domain
package import Policy

/// Folders in the operator's spool folder as sources.
package struct FolderConnector: SourceConnector {
    private let spool: SpoolFolder?
    private let gates: GateRegistry

    /// - Parameters:
    ///   - spool: nil where the operator has set none: then every folder is refused.
    ///   - gates: decides on names, and counts.
    package init(spool: SpoolFolder?, gates: GateRegistry) { (self.spool, self.gates) = (spool, gates) }

    package var kind: SourceKind { .folder }
    package var options: [String: String] { [:] }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let spool = try SpoolFolder.required(spool)
        let url = try spool.address(location, isFolder: true)
        return SourceAddress(rootURL: url.description, library: try spool.name(of: url), isSpooled: true)
    }

    package func cursor(_ settings: IngestionSettings) async throws -> String? {
        let spool = try SpoolFolder.required(spool)
        return try await spool.state(of: try spool.name(of: try SpoolFolder.url(settings)))
    }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        FolderSource(spool: try SpoolFolder.required(spool), listing: FileListing(gates), extractLinks: extractLinks)
    }
}

extension SpoolFolder {
    /// The folder, or a fault that says that there is none.
    static func required(_ spool: SpoolFolder?) throws(Fault) -> SpoolFolder {
        guard let spool else {
            throw Fault(
                .configuration, code: "E_SPOOL", "There is no spool folder.", field: "web_url",
                hint: "An operator can set one with PORTOLAN_SPOOL_DIR.")
        }
        return spool
    }

    /// The address in `settings`, which was checked when the job was accepted.
    static func url(_ settings: IngestionSettings) throws(Fault) -> SiteURL {
        do throws(SiteURL.Invalid) { return try SiteURL(settings.rootURL) } catch { throw .invalid(field: "web_url", "\(error)") }
    }
}
