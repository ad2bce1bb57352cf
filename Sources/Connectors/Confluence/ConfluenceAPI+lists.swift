import Digests
import Domain
import Fetch

/// Listings, page by page.
extension ConfluenceAPI {
    /// Calls `body` with each element of a list that goes on where the answer before it says.
    ///
    /// - Parameters:
    ///   - path: the first request, with a query.
    ///   - count: after so many elements no further answer is asked for.
    func walk<Element: Decodable & Sendable>(
        _ path: String, atLeast count: Int = .max, _ body: (Element) throws -> Void
    ) async throws {
        var (next, seen): (String?, Int) = (nil, 0)
        repeat {
            let answer = try await send(path + (next ?? ""))
            let list = try ProviderJSON.decode(ConfluenceAnswers.List<Element>.self, from: answer.body, of: client.name)
            for element in list.results { try body(element) }
            seen += list.results.count
            guard seen < count, let link = list._links?.next ?? LinkField.target("next", in: answer.headers) else { return }
            let continuation = try continuation(link)
            guard continuation != next else { throw malformed("a list that does not end") }
            next = continuation
        } while true
    }

    /// The part of a link to the next answer that says where to go on. Only that is taken from it: behind a gateway it is another address.
    private func continuation(_ link: String) throws(Fault) -> String {
        let query = link.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        for part in query.split(separator: "&") {
            guard let mark = part.firstIndex(of: "="), part[..<mark] == "cursor" || part[..<mark] == "start",
                let value = URLText.decoded(part[part.index(after: mark)...]), (1...2000).contains(value.utf8.count)
            else { continue }
            return "&\(part[..<mark])=\(URLText.encoded(value, isSegment: true))"
        }
        throw malformed("a list that does not say where it goes on")
    }

    // MARK: - Cloud

    func cloudPages() async throws -> [Entry] {
        var path = "/api/v2/pages?status=current&sort=id&limit=250"
        if let key = location.space {
            let space = try await json(
                ConfluenceAnswers.List<ConfluenceAnswers.Space>.self, "/api/v2/spaces?keys=\(URLText.encoded(key, isSegment: true))&limit=1"
            )
            guard let space = space.results.first else { throw missing(key) }
            path = "/api/v2/spaces/\(space.id)/pages?status=current&sort=id&limit=250"
        }
        var entries: [Entry] = []
        try await walk(path) { (page: ConfluenceAnswers.Page) in try add(page, to: &entries) }
        return entries
    }

    func cloudContent(of id: ConfluenceID) async throws -> Content {
        let page = try await page("/api/v2/pages/\(id)?body-format=storage&include-labels=true")
        guard let storage = page.body?.storage?.value else { throw malformed("a page without its text") }
        if let labels = page.labels, labels._links?.next == nil {
            return Content(title: page.title, storage: storage, labels: labels.names)
        }
        var labels: [ConfluenceAnswers.Label] = []
        try await walk("/api/v2/pages/\(id)/labels?limit=250", atLeast: 1000) { labels.append($0) }
        return Content(
            title: page.title, storage: storage, labels: ConfluenceAnswers.List(results: labels, _links: nil).names)
    }

    // MARK: - Data Center

    /// Reads the pages in answers that overlap by one: when the page at the seam is another one, pages were removed meanwhile, and what comes
    /// behind has moved up.
    func dataCenterPages() async throws -> [Entry] {
        var path = "/rest/api/content?type=page&status=current&expand=version,space,metadata.labels&limit=100"
        if let key = location.space {
            let answer = try await send("/rest/api/space/\(URLText.encoded(key, isSegment: true))", accepted: [200, 404])
            guard answer.status == 200 else { throw missing(key) }
            path += "&spaceKey=\(URLText.encoded(key, isSegment: true))"
        }
        var entries: [Entry] = []
        var start = 0
        var restarts = 0
        while true {
            let list = try await json(ConfluenceAnswers.List<ConfluenceAnswers.Page>.self, "\(path)&start=\(start)")
            if let last = entries.last, list.results.first?.id != last.id {
                restarts += 1
                guard restarts <= 3 else { throw malformed("a list that changes faster than it can be read") }
                (entries, start) = ([], 0)
                continue
            }
            for page in list.results.dropFirst(entries.isEmpty ? 0 : 1) { try add(page, to: &entries) }
            guard list._links?.next != nil, list.results.count > 1 else { return entries }
            start += list.results.count - 1
        }
    }

    func dataCenterContent(of id: ConfluenceID) async throws -> Content {
        let page = try await page("/rest/api/content/\(id)?expand=body.storage,version,space,metadata.labels")
        guard let storage = page.body?.storage?.value else { throw malformed("a page without its text") }
        return Content(title: page.title, storage: storage, labels: page.metadata?.labels?.names ?? [])
    }

    // MARK: - Entries

    private func add(_ page: ConfluenceAnswers.Page, to entries: inout [Entry]) throws(Fault) {
        guard page.status == "current" else { return }
        guard entries.count < Self.maximumPages else {
            throw Fault(
                .resourceExhausted, code: "E_LISTING_SIZE", "The site has too many pages.", field: "web_url",
                limit: "\(Self.maximumPages) pages", hint: "Give the address of one space.")
        }
        entries.append(
            Entry(
                id: page.id, title: page.title, space: page.spaceKey ?? location.space,
                validator: Self.validator(version: page.version?.number, labels: page.metadata?.labels?.names)))
    }

    /// Names the version, the labels if the listing has them, and the way in which pages are made: another one of them is read anew.
    private static func validator(version: Int?, labels: [String]?) -> String {
        // A listing that does not tell versions cannot say that nothing changed.
        let number = version.map(String.init) ?? "?\(UInt64.random(in: .min ... .max))"
        let tags = labels.map { $0.isEmpty ? "" : "-" + Array(SHA256.hash($0.joined(separator: "\n")).prefix(8)).hexadecimal } ?? ""
        return "\(StorageMarkdown.revision).\(number)\(tags)"
    }

    private func missing(_ key: String) -> Fault {
        Fault(
            .notFound, code: "E_PROVIDER_NOT_FOUND", "Confluence knows no space \(key).", field: "web_url",
            hint: location.credential == nil
                ? "Check the key; a space that not everybody may see needs options.credential."
                : "Check the key, and that the account may view the space.")
    }
}
