import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives

/// Reads single pages of one site: redirects hop by hop through the gates, retries, pauses.
struct PageFetcher: Sendable {
    /// An answer that was taken, after its redirects.
    struct Answer: Sendable {
        let url: SiteURL
        let response: FetchResponse
    }

    /// The name in `User-Agent` and in `robots.txt`.
    static let agent = "Portolan"
    /// Longest pause that `Retry-After` is obeyed for.
    static let maximumPause = Duration.seconds(60)

    private struct Site: Sendable {
        var pacer = RequestPacer(interval: .zero)
        var usesPublicAddress = false
    }

    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry
    let limits: CrawlLimits
    let timing: CrawlTiming
    /// What the source can read, as the `Accept` field.
    let accept: String
    private let site = Locked(Site())
    private let backoff = Backoff(base: .milliseconds(500), limit: .seconds(10))

    /// What a crawl of a website asks for.
    static let pages = "text/markdown, text/html;q=0.9, application/xhtml+xml;q=0.9, text/plain;q=0.8, */*;q=0.1"
    /// What a crawl of a website asks for where a list of addresses is.
    static let listings = "application/xml, text/xml, text/plain, text/markdown;q=0.9, */*;q=0.5"

    init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, limits: CrawlLimits, timing: CrawlTiming, accept: String = pages
    ) {
        self.accept = accept
        self.fetcher = fetcher
        self.policy = policy
        self.gates = gates
        self.limits = limits
        self.timing = timing
    }

    /// Sets the pace after the first answer: what `robots.txt` asks for, and the plan's rate unless the site is in an allowed network.
    func setPace(crawlDelay: Duration?) {
        let asked = min(crawlDelay ?? .zero, RequestPacer.maximumDelay)
        site.withLock { site in
            let rate = site.usesPublicAddress ? limits.requestsPerSecond : nil
            let own = rate.map { $0 > 0 ? Duration.seconds(1 / $0) : .zero } ?? .zero
            site.pacer.setInterval(max(asked, own))
        }
    }

    /// Asks for `url` until there is an answer that is no redirect and no transient failure, or the tries are used up.
    ///
    /// - Parameters:
    ///   - accept: the `Accept` field, instead of the source's.
    ///   - largest: the largest body, instead of the plan's.
    ///   - accepts: whether a redirect to an address may be followed; asked before the gates.
    ///   - wantsBody: whether the body of a head is worth reading.
    /// - Throws: ``PageFailure``, `CancellationError`.
    func read(
        _ url: SiteURL, known: KnownPage?, accept: String? = nil, largest: ByteCount? = nil, accepts: (SiteURL) -> PageFailure?,
        wantsBody: @escaping @Sendable (FetchHead) -> Bool
    ) async throws -> Answer {
        var visited = [url]
        var attempt = 1
        var budget = limits.pageTimeout
        while true {
            let current = visited[visited.count - 1]
            let pause = site.withLock { $0.pacer.reserve(now: timing.now()) }
            if pause > .zero { try await timing.sleep(pause) }
            let start = timing.now()
            let result = try await request(
                current, known: known, accept: accept ?? self.accept, largest: largest ?? limits.pageSize, budget: budget,
                wantsBody: wantsBody)
            budget -= start.duration(to: timing.now())
            switch result {
            case .success(let response) where Self.isRedirect(response):
                let hop = RedirectGate.Hop(visited: visited, location: response.headers["Location"] ?? "")
                if let next = try? current.resolve(hop.location), let failure = accepts(next) { throw failure }
                switch gates.evaluate(RedirectGate(policy), hop) {
                case .accepted(let next): visited.append(next)
                case .rejected(let rejection): throw PageFailure(rejection)
                }
            case .success(let response) where !Self.isTransient(response.status):
                return Answer(url: current, response: response)
            case .success(let response):
                let asked = RetryAfter.pause(response.headers["Retry-After"], now: Date(), limit: Self.maximumPause)
                if let asked { site.withLock { $0.pacer.hold(asked, now: timing.now()) } }
                guard attempt <= limits.retries, budget > .zero else { return Answer(url: current, response: response) }
                if asked == nil { try await timing.sleep(backoff.delay(afterAttempt: attempt)) }
                attempt += 1
            case .failure(let failure):
                guard failure.isTransient, attempt <= limits.retries, budget > .zero else { throw failure }
                try await timing.sleep(backoff.delay(afterAttempt: attempt))
                attempt += 1
            }
        }
    }

    /// Whether a status may be another one soon.
    static func isTransient(_ status: Int) -> Bool { status == 408 || status == 425 || status == 429 || status >= 500 }

    private static func isRedirect(_ response: FetchResponse) -> Bool {
        [301, 302, 303, 307, 308].contains(response.status) && response.headers["Location"] != nil
    }

    private func request(
        _ url: SiteURL, known: KnownPage?, accept: String, largest: ByteCount, budget: Duration,
        wantsBody: @escaping @Sendable (FetchHead) -> Bool
    ) async throws -> Result<FetchResponse, PageFailure> {
        let rejection = Locked<Rejection?>(nil)
        var request = FetchRequest("GET", url.description, totalTimeout: budget, maximumBody: largest)
        request.headers["Accept"] = accept
        if let etag = known?.etag { request.headers["If-None-Match"] = etag }
        if let date = known?.lastModified { request.headers["If-Modified-Since"] = date }
        request.wantsBody = wantsBody
        request.addressGuard = { [gates, policy, site] resolved in
            guard let address = IPAddress(bytes: resolved.bytes) else { return .refuse(reason: "unknown kind of address") }
            switch gates.evaluate(AddressGate(policy), AddressGate.Endpoint(address: address, port: resolved.port)) {
            case .accepted:
                if !policy.covers(address) { site.withLock { $0.usesPublicAddress = true } }
                return .allow
            case .rejected(let reason):
                rejection.withLock { $0 = reason }
                return .refuse(reason: reason.description)
            }
        }
        do throws(FetchError) {
            return .success(try await fetcher.send(request))
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            return .failure(PageFailure(error, rejection: rejection.withLock { $0 }))
        }
    }
}
