import Domain
import Fetch
import Primitives

/// The requests to Confluence's APIs that pages are read with: the second one of Cloud, the first one of Data Center.
struct ConfluenceAPI: Sendable {
    /// A page of a listing.
    struct Entry: Sendable {
        let id: ConfluenceID
        let title: String
        let space: String?
        /// Changes with every version of the page, and in Data Center with its labels.
        let validator: String
    }

    /// A page with its text.
    struct Content: Sendable {
        let title: String
        /// The storage format.
        let storage: String
        let labels: [String]
    }

    /// A file of a page.
    struct Attachment: Sendable {
        let name: String
        let mediaType: String?
        /// Bytes.
        let size: Int?
    }

    /// Pages of a listing at most.
    static let maximumPages = 100_000
    /// Files of a page that are listed at most.
    static let maximumAttachments = 1000

    let location: ConfluenceLocation
    let client: ProviderClient

    init(_ location: ConfluenceLocation, access: ProviderAccess, limits: CrawlLimits, transport: ProviderTransport) {
        self.location = location
        client = ProviderClient(
            name: "Confluence", access: access, headers: [:],
            interval: limits.requestsPerSecond.map { $0 > 0 ? .seconds(1 / $0) : .zero } ?? .zero, limits: limits, transport: transport)
    }

    /// All pages that are published, in the order of their numbers.
    ///
    /// - Throws: ``Fault`` with the field `web_url` when there is no such space, `options.credential` when the token is not taken.
    func pages() async throws -> [Entry] {
        let entries = try await location.edition == .cloud ? cloudPages() : dataCenterPages()
        var seen: Set<ConfluenceID> = []
        return entries.filter { seen.insert($0.id).inserted }.sorted { $0.id.number < $1.id.number }
    }

    /// A page with its text.
    /// - Throws: ``PageFailure`` when the page is gone or denied; ``Fault``.
    func content(of id: ConfluenceID) async throws -> Content {
        try await location.edition == .cloud ? cloudContent(of: id) : dataCenterContent(of: id)
    }

    /// The files of a page, the first ``maximumAttachments`` of them by name.
    func attachments(of id: ConfluenceID) async throws -> [Attachment] {
        let path =
            location.edition == .cloud ? "/api/v2/pages/\(id)/attachments?limit=250" : "/rest/api/content/\(id)/child/attachment?limit=200"
        var files: [Attachment] = []
        try await walk(path, atLeast: Self.maximumAttachments) { (file: ConfluenceAnswers.Attachment) in
            guard file.status ?? "current" == "current" else { return }
            files.append(
                Attachment(
                    name: file.title, mediaType: file.mediaType ?? file.extensions?.mediaType,
                    size: (file.fileSize ?? file.extensions?.fileSize)?.bytes))
        }
        return Array(files.sorted { $0.name < $1.name }.prefix(Self.maximumAttachments))
    }

    // MARK: - Requests

    /// Sends a request; one that is answered for nobody instead of for the token's account is a refusal.
    ///
    /// Confluence may answer a token that expired as if nobody had asked: with what everybody may see, which can be nothing.
    func send(_ path: String, accepted: Set<Int> = [200]) async throws -> FetchResponse {
        let answer = try await client.send(ProviderClient.Call(path: path, limit: .mebibytes(32), accepted: accepted))
        if client.access.token != nil, let reason = answer.headers["X-Seraph-LoginReason"],
            ["AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"].contains(where: { reason.contains($0) })
        {
            throw Fault(
                .authorization, code: "E_PROVIDER_REFUSED", "Confluence does not take the credential: \(reason.prefix(60)).",
                field: "options.credential",
                hint: "Check that the token is valid and has not expired, and that options.email is its account.")
        }
        return answer
    }

    func json<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        try ProviderJSON.decode(type, from: try await send(path).body, of: client.name)
    }

    /// Reads one page's answer, whose being gone is no fault of the rest.
    func page(_ path: String) async throws -> ConfluenceAnswers.Page {
        let answer = try await send(path, accepted: [200, 403, 404, 410])
        switch answer.status {
        case 404, 410: throw Self.gone
        case 403:
            throw PageFailure(
                .failed, .status, code: "E_HTTP_STATUS", "The account may not read the page.", status: 403,
                hint: "Give the account the permission to view the page.", isTransient: true)
        default: break
        }
        let page = try ProviderJSON.decode(ConfluenceAnswers.Page.self, from: answer.body, of: client.name)
        // Moved to the trash or the archive since the listing.
        guard page.status == "current" else { throw Self.gone }
        return page
    }

    private static let gone = PageFailure(.gone, .status, code: "E_HTTP_STATUS", "The page is not there any more.", status: 404)

    func malformed(_ what: String) -> Fault {
        Fault(.network, code: "E_NET_PROTOCOL", "Confluence sends \(what).", hint: "Try again.", isTransient: true)
    }
}
