import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import Resilience

/// Asks the API of one provider: every connection through the gates, in the provider's pace, with retries, and its refusals in words.
struct ProviderClient: Sendable {
    /// What one request wants.
    struct Call: Sendable {
        var method = "GET"
        /// Begins with a slash, percent-encoded, with its query; an absolute address must be of the API's origin.
        var path: String
        var body: [UInt8] = []
        var accept = "application/json"
        var etag: String?
        /// Largest answer.
        var limit: ByteCount = .mebibytes(16)
        /// Statuses that are answers; every other one is a fault.
        var accepted: Set<Int> = [200, 304]
    }

    /// The provider's name in messages.
    let name: String
    /// The API's address without a slash at its end, and the token.
    let access: ProviderAccess
    /// Sent with every request.
    let headers: FetchHeaders
    /// Least time between the starts of two requests.
    let interval: Duration
    let limits: CrawlLimits
    let transport: ProviderTransport

    private struct State: Sendable {
        var pacer: RequestPacer
        var heldUntil: ContinuousClock.Instant?
    }
    private let state: Locked<State>
    private let dependency: Dependency
    private let backoff = Backoff(base: .milliseconds(500), limit: .seconds(10))

    init(
        name: String, access: ProviderAccess, headers: FetchHeaders, interval: Duration, limits: CrawlLimits, transport: ProviderTransport
    ) {
        (self.name, self.access, self.headers, self.interval) = (name, access, headers, interval)
        (self.limits, self.transport) = (limits, transport)
        state = Locked(State(pacer: RequestPacer(interval: interval)))
        // A server that somebody runs for themselves is not the provider, and its illness not the provider's.
        dependency = transport.dependencies.of(name.lowercased(), at: access.isHome ? nil : access.origin)
    }

    /// Sends `call` until there is an answer.
    ///
    /// - Throws: ``Fault``: `rateLimited`, transient, with the time to wait; `authorization` for a credential that is refused, with the
    ///   provider's words; `network` and `timeout`, transient where trying again may help. `CancellationError`.
    func send(_ call: Call) async throws -> FetchResponse {
        var address = call.path.hasPrefix("/") ? access.base + call.path : call.path
        var attempt = 1
        var hops = 0
        while true {
            guard let url = try? SiteURL(address), url.isSameSite(as: access.api), url.scheme == access.api.scheme else {
                throw Fault(
                    .security, code: "E_REDIRECT_DENY", "\(name) points to an address that is not of its API.",
                    hint: "Check options.api_url.")
            }
            try await waitForTurn()
            switch try await guarded(request(call, address)) {
            case .failure(let failure):
                note(.failed)
                guard failure.isTransient, attempt <= limits.retries, dependency.retries.spend() else { throw fault(failure) }
                try await transport.timing.sleep(backoff.delay(afterAttempt: attempt))
                attempt += 1
            case .success(let response):
                let message = response.status >= 400 ? ProviderJSON.message(response.body) : nil
                let throttled = Throttle.pause(status: response.status, headers: response.headers, message: message, now: Date())
                if let pause = throttled ?? Throttle.exhausted(response.headers, now: Date()) { hold(pause) }
                note(Self.answer(response.status, isThrottled: throttled != nil))
                if let throttled {
                    guard attempt <= limits.retries else { throw fault(throttled: throttled) }
                    attempt += 1
                } else if let next = response.headers["Location"], [301, 302, 307, 308].contains(response.status), call.method == "GET" {
                    hops += 1
                    guard hops <= 3, let target = try? url.resolve(next) else {
                        throw Fault(.network, code: "E_REDIRECT_LOOP", "\(name) redirects too often.", limit: "3 redirects")
                    }
                    address = target.description
                } else if call.accepted.contains(response.status) {
                    dependency.retries.earn()
                    return response
                } else if Self.isTransient(response.status), attempt <= limits.retries, dependency.retries.spend() {
                    let asked = RetryAfter.pause(response.headers["Retry-After"], now: Date(), limit: Throttle.longestWait)
                    try await transport.timing.sleep(asked ?? backoff.delay(afterAttempt: attempt))
                    attempt += 1
                } else {
                    throw fault(response, message)
                }
            }
        }
    }

    /// Sends `request` once, unless the circuit to the provider is open.
    private func guarded(_ request: FetchRequest) async throws -> Result<FetchResponse, PageFailure> {
        do {
            return try await dependency.call(outcome: Self.outcome) { try await transport.request(request) }
        } catch let error as ResilienceError {
            if error.code == .cancelled { throw CancellationError() }
            throw Fault(
                error.code == .circuitOpen ? .circuitOpen : .serviceUnavailable, code: "E_CIRCUIT_OPEN",
                "\(name) has failed again and again and is left alone for a while.", hint: "Nothing is lost; it is tried again by itself.",
                isTransient: true, retryAfter: error.retryAfter)
        }
    }

    private static func outcome(_ result: Result<FetchResponse, PageFailure>) -> CircuitOutcome {
        switch result {
        // A refused address or a full disk is not the provider's fault.
        case .failure(let failure): failure.isTransient ? .failure : .neutral
        // 429 is about one credential: the throttle waits for it, and others may go on.
        case .success(let response):
            CircuitOutcome(
                httpStatus: response.status,
                retryAfter: response.status == 503
                    ? RetryAfter.pause(response.headers["Retry-After"], now: Date(), limit: .seconds(900)) : nil)
        }
    }

    /// Sends `call` and reads the JSON of its answer.
    func json<Value: Decodable>(_ type: Value.Type, _ call: Call) async throws -> Value {
        try ProviderJSON.decode(type, from: try await send(call).body, of: name)
    }

    private func note(_ answer: ProviderAnswer) { transport.onAnswer(name.lowercased(), answer) }

    private static func answer(_ status: Int, isThrottled: Bool) -> ProviderAnswer {
        switch status {
        case _ where isThrottled: .throttled
        case 304: .notModified
        case 200..<400: .ok
        case 401, 403: .refused
        default: .failed
        }
    }

    private func request(_ call: Call, _ address: String) -> FetchRequest {
        var request = FetchRequest(
            call.method, address, headers: headers, body: call.body, totalTimeout: limits.pageTimeout, maximumBody: call.limit)
        request.headers["Accept"] = call.accept
        if !call.body.isEmpty { request.headers["Content-Type"] = "application/json" }
        if let etag = call.etag { request.headers["If-None-Match"] = etag }
        if let token = access.token { request.headers["Authorization"] = Self.authorization(token.reveal(), account: access.account) }
        return request
    }

    private static func authorization(_ token: String, account: String?) -> String {
        account.map { "Basic " + Data("\($0):\(token)".utf8).base64EncodedString() } ?? "Bearer \(token)"
    }

    // MARK: - Pace

    private func waitForTurn() async throws {
        let now = transport.timing.now()
        let (pause, held) = state.withLock { state in
            let held = state.heldUntil.map { max(.zero, now.duration(to: $0)) } ?? .zero
            guard held <= Throttle.longestWait else { return (Duration.zero, held) }
            return (max(held, state.pacer.reserve(now: now)), held)
        }
        guard held <= Throttle.longestWait else { throw fault(throttled: held) }
        if pause > .zero { try await transport.timing.sleep(pause) }
    }

    private func hold(_ pause: Duration) {
        let end = transport.timing.now() + pause
        state.withLock { $0.heldUntil = max($0.heldUntil ?? end, end) }
    }

    // MARK: - Faults

    private func fault(throttled pause: Duration) -> Fault {
        let seconds = pause.components.seconds + (pause.components.attoseconds > 0 ? 1 : 0)
        return Fault(
            .rateLimited, code: "E_RATE_LIMIT", "\(name) allows no more requests for \(seconds) s.", limit: "\(seconds) s",
            hint: access.token == nil
                ? "Wait \(seconds) s; a credential has a larger allowance." : "Wait \(seconds) s; nothing is lost meanwhile.",
            isTransient: true, retryAfter: pause)
    }

    private func fault(_ failure: PageFailure) -> Fault {
        Fault(
            failure.reason == .refused ? .security : failure.reason == .timeout ? .timeout : .network, code: failure.code,
            "\(name) cannot be reached: \(failure.message)", limit: failure.limit, hint: failure.hint, isTransient: failure.isTransient)
    }

    private func fault(_ response: FetchResponse, _ message: String?) -> Fault {
        let words = message.map { ": \($0.hasSuffix(".") ? String($0.dropLast()) : $0)" } ?? ""
        switch response.status {
        case 401, 403:
            return Fault(
                .authorization, code: "E_PROVIDER_REFUSED", "\(name) refuses the credential with \(response.status)\(words).",
                field: "options.credential", hint: "Check that the token is valid, and that it may read this source.")
        case 404, 410:
            return Fault(
                .notFound, code: "E_PROVIDER_NOT_FOUND", "\(name) knows no such thing\(words).", field: "web_url",
                hint: "Check the address; what is private looks the same without a credential that may read it.")
        default:
            return Fault(
                .network, code: "E_HTTP_STATUS", "\(name) answers \(response.status)\(words).", hint: "Try again later.",
                isTransient: Self.isTransient(response.status))
        }
    }

    /// 409 is what a provider says while it writes.
    private static func isTransient(_ status: Int) -> Bool { status == 409 || PageFetcher.isTransient(status) }
}
