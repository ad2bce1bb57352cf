import Domain
import Fetch
import Policy

/// Fetches files of ontologies through the gates: permanent addresses redirect to wherever a release lies.
struct OntologyFiles: Sendable {
    /// A file that was read.
    struct File: Sendable {
        let bytes: [UInt8]
        let etag: String?
        let lastModified: String?
    }

    private let pages: PageFetcher

    init(fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, limits: CrawlLimits, timing: CrawlTiming) {
        pages = PageFetcher(
            fetcher: fetcher, policy: policy, gates: gates, limits: limits, timing: timing,
            accept: "text/obo, application/rdf+xml, text/turtle, application/ld+json;q=0.9, application/json;q=0.8, */*;q=0.5")
    }

    /// The file at `address`; nil when it is as `known` says.
    /// - Throws: ``Fault`` with field `web_url`, `CancellationError`.
    func read(_ address: SiteURL, known: KnownPage?) async throws -> File? {
        let response = try await answer(address, known: known, wantsBody: true)
        if response.status == 304 { return nil }
        return File(bytes: response.body, etag: response.headers["ETag"], lastModified: response.headers["Last-Modified"])
    }

    /// The validators that the server sends for `address`; nil when there are none. The file itself is not read.
    func validators(_ address: SiteURL) async throws -> String? {
        let headers = try await answer(address, known: nil, wantsBody: false).headers
        return headers["ETag"] ?? headers["Last-Modified"]
    }

    private func answer(_ address: SiteURL, known: KnownPage?, wantsBody: Bool) async throws -> FetchResponse {
        do {
            let response = try await pages.read(address, known: known, accepts: { _ in nil }, wantsBody: { wantsBody && $0.status == 200 })
                .response
            switch response.status {
            case 200: return response
            case 304 where known != nil: return response
            case let status:
                throw PageFailure(
                    .failed, .status, code: "E_HTTP_STATUS", "The server answers \(status).", status: status, hint: "Check the address.",
                    isTransient: PageFetcher.isTransient(status))
            }
        } catch let failure as PageFailure {
            throw failure.startFault
        }
    }
}
