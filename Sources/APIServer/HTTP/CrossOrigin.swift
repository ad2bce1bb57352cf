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
}

/// Lets pages of other sites use the API: they need a token like everyone else, and none is sent by itself.
enum CrossOrigin {
    private static let exposed = """
        Mcp-Session-Id, X-Request-Id, X-Correlation-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, \
        Retry-After, ETag, Location, WWW-Authenticate
        """

    /// Adds the headers of the CORS protocol when `head` comes from a page.
    static func allow(_ headers: inout HTTPFields, for head: HTTPRequest) {
        guard head.headerFields[.origin] != nil else { return }
        headers[.accessControlAllowOrigin] = "*"
        headers[.accessControlExposeHeaders] = exposed
        guard head.method == .options, head.headerFields[.accessControlRequestMethod] != nil else { return }
        headers[.accessControlAllowMethods] = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
        // The asterisk would not cover Authorization, and agents send headers named after their arguments.
        headers[.accessControlAllowHeaders] = head.headerFields[.accessControlRequestHeaders] ?? "Authorization, Content-Type"
        headers[.accessControlMaxAge] = "600"
    }
}

extension RateDecision {
    /// The headers that tell a client where it stands.
    func headers(_ limit: RateLimit) -> HTTPFields {
        [
            .rateLimit: String(limit.perMinute), .rateRemaining: String(remaining),
            .rateReset: String(Int(reset.seconds.rounded(.up))),
        ]
    }
}

extension EdgeFailure {
    /// The subject has used up its requests.
    static func tooManyRequests(_ decision: RateDecision, _ limit: RateLimit) -> EdgeFailure {
        let seconds = max(1, Int(decision.retryAfter.seconds.rounded(.up)))
        return EdgeFailure(
            fault: Fault(
                .rateLimited, code: "E_RATE_LIMIT", "Too many requests.", field: nil,
                limit: "\(limit.perMinute) requests a minute, \(limit.burst) at once", hint: "Wait \(seconds) s.", isTransient: true),
            status: 429, headers: [.retryAfter: String(seconds)])
    }
}
