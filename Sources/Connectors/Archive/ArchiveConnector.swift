import Archives
package import Domain
package import Fetch
package import Policy

/// Archives as sources: from a web address, or by name from the operator's spool folder.
package struct ArchiveConnector: SourceConnector {
    private let fetcher: HTTPFetcher
    private let policy: URLPolicy
    private let gates: GateRegistry
    private let spool: SpoolFolder?
    private let intake: any ArtifactIntake
    private let work: WorkFolder
    private let timing: CrawlTiming
    private let events: (any EventSink)?

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: decides, and counts.
    ///   - spool: nil where the operator has set none.
    ///   - intake: keeps archives and what comes out of them.
    ///   - work: where they are extracted.
    ///   - timing: the clock of pauses.
    ///   - events: is told of each extraction.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, spool: SpoolFolder?, intake: any ArtifactIntake, work: WorkFolder,
        timing: CrawlTiming = .system, events: (any EventSink)? = nil
    ) {
        self.events = events
        (self.fetcher, self.policy, self.gates, self.timing) = (fetcher, policy, gates, timing)
        (self.spool, self.intake, self.work) = (spool, intake, work)
    }

    package var kind: SourceKind { .archive }
    package var options: [String: String] { [:] }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let isName = !location.contains("/") && ArchiveName.isArchive(location)
        if isName || (try? SiteURL(location))?.host.text == SpoolFolder.host {
            let spool = try SpoolFolder.required(spool)
            let url = try spool.address(location, isFolder: false)
            let name = try spool.name(of: url)
            return SourceAddress(rootURL: url.description, library: ArchiveName.stem(name) ?? name, isSpooled: true)
        }
        let url = try gates.checked(location, policy: policy)
        let name = url.path.split(separator: "/").last.flatMap { ArchiveName.stem(String($0)) }
        return SourceAddress(rootURL: url.description, library: name ?? url.host.text)
    }

    /// Only what lies in the spool folder has a state that is cheap to ask for.
    package func cursor(_ settings: IngestionSettings) async throws -> String? {
        let url = try SpoolFolder.url(settings)
        guard url.host.text == SpoolFolder.host else { return nil }
        let spool = try SpoolFolder.required(spool)
        return try await spool.state(of: try spool.name(of: url))
    }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        ArchiveSource(
            download: ArchiveDownload(fetcher: fetcher, policy: policy, gates: gates, timing: timing), spool: spool,
            extractor: ArchiveExtractor(gates: gates, events: events), work: work, intake: intake,
            extractLinks: extractLinks)
    }
}
