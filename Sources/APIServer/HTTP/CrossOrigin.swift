import Domain
import HTTPTypes
import Hummingbird
import Primitives

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
    static let correlationID = Self("X-Correlation-Id")!
    static let traceparent = Self("traceparent")!
    static let tracestate = Self("tracestate")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let rateLimit = Self("X-RateLimit-Limit")!
    static let rateRemaining = Self("X-RateLimit-Remaining")!
    static let rateReset = Self("X-RateLimit-Reset")!
    static let concurrencyLimit = Self("X-Concurrency-Limit")!
    static let concurrencyRemaining = Self("X-Concurrency-Remaining")!
}

/// Lets pages of listed sites use the API: they need a token like everyone else, and none is sent by itself.
struct CrossOrigin: Sendable {
    /// `https://app.example.com` and the like, in lower case.
    let origins: Set<String>

    /// - Parameter origins: whose pages may call; empty: only the server's own.
    init(origins: some Sequence<String>) { self.origins = Set(origins.map { $0.lowercased() }) }

    private static let exposed = """
        Mcp-Session-Id, X-Request-Id, X-Correlation-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, \
        X-Concurrency-Limit, X-Concurrency-Remaining, Retry-After, ETag, Location, WWW-Authenticate
        """

    /// Whether pages of `origin` may call.
    func allows(_ origin: String) -> Bool { origins.contains(origin.lowercased()) }

    /// Adds the headers of the CORS protocol when `head` comes from a page that may call.
    func allow(_ headers: inout HTTPFields, for head: HTTPRequest) {
        guard !origins.isEmpty else { return }
        // What one page may read is not for a cache to hand to another.
        headers[values: .vary].append("Origin")
        guard let origin = head.headerFields[.origin], allows(origin) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = Self.exposed
        guard head.method == .options, head.headerFields[.accessControlRequestMethod] != nil else { return }
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        // An asterisk would not cover Authorization, and agents send headers named after their arguments.
        headers[.accessControlAllowHeaders] = head.headerFields[.accessControlRequestHeaders] ?? "Authorization, Content-Type"
        headers[.accessControlMaxAge] = "600"
    }
}

extension Admission {
    /// The headers that tell a client where it stands.
    func headers(_ quota: Quota) -> HTTPFields {
        var headers: HTTPFields = [
            .rateLimit: String(quota.rate.perMinute), .rateRemaining: String(remaining),
            .rateReset: String(Int(reset.seconds.rounded(.up))),
        ]
        if let concurrency = quota.concurrency {
            headers[.concurrencyLimit] = String(concurrency)
            headers[.concurrencyRemaining] = String(max(0, free ?? 0))
        }
        return headers
    }
}

extension EdgeFailure {
    /// The subject has used up its requests, or has too many at a time.
    static func tooManyRequests(_ admission: Admission, _ quota: Quota) -> EdgeFailure {
        let seconds = max(1, Int(admission.retryAfter.seconds.rounded(.up)))
        let fault =
            admission.refusal == .concurrency
            ? Fault(
                .rateLimited, code: "E_CONCURRENCY", "Too many requests at a time.", field: nil,
                limit: "\(quota.concurrency ?? 0) at a time",
                hint: "Wait for an answer before the next request.", isTransient: true)
            : Fault(
                .rateLimited, code: "E_RATE_LIMIT", "Too many requests.", field: nil,
                limit: "\(quota.rate.perMinute) requests a minute, \(quota.rate.burst) at once", hint: "Wait \(seconds) s.",
                isTransient: true)
        return EdgeFailure(fault: fault, status: 429, headers: [.retryAfter: String(seconds)])
    }
}
