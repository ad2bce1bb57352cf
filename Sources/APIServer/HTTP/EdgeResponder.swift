import APIModel
import Domain
import FoundationEssentials
import Hummingbird
import HummingbirdCore
import Logging
import MCPHosting
import NIOCore
import Primitives
import Resilience
import Telemetry

/// Answers every request to the public port: identifiers, host, authentication, rate limit, body, route, errors, log lines, metrics.
struct EdgeResponder: HTTPResponder {
    typealias Context = ConnectionContext

    let routes: RouteTable
    let authenticator: any Authenticator
    let limiter: any RateLimiter
    let policy: RateLimitPolicy
    /// Counts those who are not known by name; not shared with other replicas, so that nobody's guesses cost a statement elsewhere.
    let strangers: any RateLimiter
    let addresses: ClientAddress
    let challenge: Challenge
    let hosts: HostPolicy
    let limits: RequestLimits
    /// How long a request may take when the client does not say.
    let timeout: Duration
    /// How much memory is left.
    let tier: @Sendable () -> MemoryTier
    let tracer: Tracer
    /// Hears of every request that ended: its method with the route's template, and how long it took.
    let onEnd: @Sendable (String, Duration) -> Void
    let metrics: MetricCatalog
    let logger: Logger
    let audit: AuditLog
    /// Nil without a console.
    let pages: (any PageGuard)?

    /// A connection's own task lives as long as the connection and keeps the deepest stack that it ever had, which an idle stream would pay for.
    /// So all that comes before a response is sent has a task of its own.
    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        await CancellableWork().run { await reply(to: request, context: context) }
    }

    private func reply(to request: Request, context: ConnectionContext) async -> Response {
        let start = ContinuousClock.now
        let identity = RequestIdentity(request.head, tracer: tracer)
        let span = tracer.span("HTTP \(request.head.method.rawValue)", kind: .server, at: identity.trace, parentID: identity.parentSpanID)
        metrics.http.inFlight.add(1)
        defer { metrics.http.inFlight.add(-1) }
        return await LogContext.with {
            $0.requestID = identity.requestID
            $0.correlationID = identity.correlationID
            $0.trace = identity.trace
        } _: {
            var exchange = Exchange(identity: identity, head: request.head)
            exchange.client = addresses.address(peer: context.remoteAddress, headers: request.head.headerFields)
            var response: Response
            do {
                response = try await answer(request, context: context, exchange: &exchange)
            } catch {
                response = await refusal(error, exchange: &exchange)
            }
            await release(exchange.place)
            finish(&response, exchange: exchange)
            if response.body.contentLength == nil {
                // A stream of events lasts as long as its client listens: how long says nothing about the service.
                let isListening = response.headers[.contentType]?.hasPrefix("text/event-stream") ?? false
                if isListening { measure(response.status, exchange: exchange, took: start.duration(to: .now)) }
                response.body = watched(
                    response.body, response.status, context, exchange, span, since: start, isMeasured: isListening)
            } else {
                let took = start.duration(to: .now)
                measure(response.status, exchange: exchange, took: took)
                record(response.status, exchange: exchange, span, took: took)
            }
            return response
        }
    }

    /// What is known of a request so far.
    private struct Exchange {
        let identity: RequestIdentity
        let head: HTTPRequest
        var template = "unmatched"
        var client: IPAddress?
        /// What the route asks for.
        var scope: AccessScope?
        var principal: Principal?
        var place: Place?
        var quota: HTTPFields = [:]
        var isAudited = true
        var isPage = false
        var fault: Fault?
        let note = CallNote()
    }

    private func answer(_ request: Request, context: ConnectionContext, exchange: inout Exchange) async throws -> Response {
        try limits.check(request.head)
        let target = request.head.path ?? "/"
        let path = target.prefix { $0 != "?" }
        let match = routes.match(request.head.method, path)
        switch match {
        case .route(let route, _):
            exchange.template = route.template
            exchange.isPage = route.isPage
            // Probes and the version: nobody asks who asked.
            exchange.isAudited = route.access != .open || route.method != .get
            if case .scope(let scope) = route.access { exchange.scope = scope }
        case .otherMethod(let template, _): exchange.template = template
        case .none: break
        }
        if request.head.method == .options { exchange.isAudited = false }
        if authenticator.isOpen { try hosts.checkHost(request.head) }
        try hosts.checkOrigin(request.head)
        if case .otherMethod(_, let allowed) = match, request.head.method == .options {
            return Response(status: .noContent, headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
        }
        // A preflight has no token; it also reaches routes that take every method.
        if case .route(_, _) = match, request.head.method == .options { return Response(status: .noContent) }
        let principal = try await admit(match, request.head, exchange: &exchange)
        guard case .route(let route, let parameters) = match else {
            if case .otherMethod(_, let allowed) = match { throw EdgeFailure.methodNotAllowed(allowed) }
            throw EdgeFailure.noRoute
        }
        if tier().isReadOnly, route.access == .scope(.ingest), route.method != .get { throw Fault.memoryShort }
        let call = Call(
            head: request.head, parameters: parameters, query: try QueryParameters(target.dropFirst(path.count + 1)),
            body: try await limits.body(of: request), principal: principal, requestID: exchange.identity.requestID,
            correlationID: exchange.identity.correlationID, quotaRemaining: exchange.quota[.rateRemaining].flatMap { Int($0) })
        let (note, budget) = (exchange.note, RequestBudget(request.head, default: timeout, grace: route.grace))
        return try await CallNote.$current.withValue(note) {
            try await FeatureFlags.$subject.withValue(principal.subject) {
                try await budget.run(on: context) { try await route.handler(call) }
            }
        }
    }

    /// Authenticates, counts, and checks the scope. Unknown paths ask for a token too, so that strangers cannot tell which paths exist.
    private func admit(_ match: RouteTable.Match, _ head: HTTPRequest, exchange: inout Exchange) async throws -> Principal {
        if case .route(let route, _) = match, route.access == .open {
            // A webhook is proven by its signature, and a provider that is sent away may not come again.
            if route.template != WebhookRoutes.template { try await admitStranger(&exchange) }
            return .nobody
        }
        let principal: Principal
        do {
            var token = try BearerToken.read(head)
            if token == nil, exchange.isPage { token = try await pages?.token(head) }
            let presented = token
            principal = try await CallNote.$current.withValue(exchange.note) { try await authenticator.principal(token: presented) }
        } catch {
            try await admitStranger(&exchange)
            throw error
        }
        exchange.principal = principal
        if let quota = policy.quota(for: principal) {
            let admission = await limiter.admit(subject: principal.subject, quota: quota)
            (exchange.quota, exchange.place) = (admission.headers(quota), admission.place)
            guard admission.refusal == nil else { throw EdgeFailure.tooManyRequests(admission, quota) }
        }
        if case .route(let route, _) = match, case .scope(let scope) = route.access {
            guard principal.scopes.contains(scope) else { throw EdgeFailure.scopeMissing(scope) }
        }
        return principal
    }

    /// Counts a caller who is not known by name, by address; addresses of one IPv6 network belong together.
    private func admitStranger(_ exchange: inout Exchange) async throws {
        guard let quota = policy.strangers, let client = exchange.client else { return }
        let network = client.bytes.prefix(client.isFour ? 4 : 8).map { String($0) }.joined(separator: ".")
        let admission = await strangers.admit(subject: network, quota: quota)
        guard admission.refusal != nil else { return }
        exchange.quota = admission.headers(quota)
        throw EdgeFailure.tooManyRequests(admission, quota)
    }

    /// Gives a place back also for a client who has gone: with its task cancelled, nothing would be sent.
    private func release(_ place: Place?) async {
        guard let place else { return }
        let limiter = limiter
        await Task { await limiter.release(place) }.value
    }

    // MARK: Failures

    private func refusal(_ error: any Error, exchange: inout Exchange) async -> Response {
        let failure: EdgeFailure
        switch error {
        case let known as EdgeFailure: failure = known
        case let fault as Fault: failure = EdgeFailure(fault: fault, status: Problem(fault, requestID: nil, instance: nil).status)
        case let open as ResilienceError: failure = EdgeFailure(open)
        case is CancellationError: failure = EdgeFailure(fault: .wentAway, status: 499)
        default: failure = EdgeFailure(fault: .unexpected, status: 500)
        }
        exchange.fault = failure.fault
        if (500...599).contains(failure.status) {
            logger.error(
                "request failed",
                metadata: [
                    "request_id": "\(exchange.identity.requestID)", "route": "\(exchange.template)", "status": "\(failure.status)",
                    "error": "\(String(reflecting: error))",
                ])
        }
        var headers = failure.headers
        let path = (exchange.head.path ?? "/").prefix { $0 != "?" }
        if let told = challenge.header(for: failure.fault, scope: exchange.scope, path: path) { headers[.wwwAuthenticate] = told }
        if [.serviceUnavailable, .circuitOpen, .resourceExhausted].contains(failure.fault.category), headers[.retryAfter] == nil {
            headers[.retryAfter] = "\(Int(max(1, (failure.fault.retryAfter ?? .seconds(5)).seconds.rounded(.up))))"
        }
        let problem = Problem(
            failure.fault, status: failure.status, requestID: exchange.identity.requestID, instance: String(path.prefix(2000)))
        guard exchange.isPage, let pages, exchange.head.headerFields[.accept]?.contains("text/html") ?? false else {
            return .problem(problem, headers: headers)
        }
        var page = await pages.page(problem, exchange.head)
        for field in headers { page.headers[field.name] = field.value }
        return page
    }

    // MARK: Every reply

    private func finish(_ response: inout Response, exchange: Exchange) {
        response.headers[.requestID] = exchange.identity.requestID
        response.headers[.correlationID] = exchange.identity.correlationID
        response.headers[.xContentTypeOptions] = "nosniff"
        for field in exchange.quota { response.headers[field.name] = field.value }
        // Pages are for this site's own browser windows only.
        if !exchange.isPage { hosts.crossOrigin.allow(&response.headers, for: exchange.head) }
        if exchange.head.method == .head { response = response.createHeadResponse() }
    }

    /// A body that comes in pieces: it is cancelled when its client goes away, and it is recorded where it ends. It has no time limit of its
    /// own: it may be a stream without end.
    private func watched(
        _ body: ResponseBody, _ status: HTTPResponse.Status, _ context: ConnectionContext, _ exchange: Exchange, _ span: ActiveSpan?,
        since start: ContinuousClock.Instant, isMeasured: Bool
    ) -> ResponseBody {
        ResponseBody { writer in
            let writer = BodyWriter(writer)
            metrics.http.inFlight.add(1)
            defer { metrics.http.inFlight.add(-1) }
            let result = await LogContext.with {
                $0.requestID = exchange.identity.requestID
                $0.correlationID = exchange.identity.correlationID
                $0.trace = exchange.identity.trace
            } _: {
                await context.cancellingOnDisconnect {
                    await CallNote.$current.withValue(exchange.note) {
                        await FeatureFlags.$subject.withValue(exchange.principal?.subject ?? "") {
                            await Result { try await body.write(writer.value) }
                        }
                    }
                }
            }
            let took = start.duration(to: .now)
            if !isMeasured { measure(status, exchange: exchange, took: took) }
            record(status, exchange: exchange, span, took: took)
            try result.get()
        }
    }

    private func end(_ span: ActiveSpan?, _ status: Int, _ exchange: Exchange) {
        guard let span else { return }
        span.set("http.request.method", .text(exchange.head.method.rawValue))
        span.set("http.route", .text(exchange.template))
        span.set("http.response.status_code", .number(status))
        span.set("portolan.request_id", .text(exchange.identity.requestID))
        if let trace = exchange.note.value.trace { span.link(trace) }
        span.end(failure: status >= 500 ? exchange.fault?.code ?? "status \(status)" : nil)
    }

    /// Counts a reply, and the time that its client waited for it.
    private func measure(_ status: HTTPResponse.Status, exchange: Exchange, took duration: Duration) {
        let method = exchange.head.method.rawValue
        metrics.http.requests.increment(method, exchange.template, HTTPMetricGroup.statusClass(Int(status.code)))
        metrics.http.duration.observe(duration, method, exchange.template, trace: exchange.identity.trace)
        onEnd("\(method) \(exchange.template)", duration)
    }

    private func record(_ status: HTTPResponse.Status, exchange: Exchange, _ span: ActiveSpan?, took duration: Duration) {
        let (method, status) = (exchange.head.method.rawValue, Int(status.code))
        end(span, status, exchange)
        if let fault = exchange.fault ?? exchange.note.value.fault, let reason = fault.tokenProblem {
            metrics.policy.authenticationFailures.increment(reason)
        }
        // Whoever looks for the trace that an agent named finds the lines of its request.
        var context = LogContext.current
        context.trace = exchange.note.value.trace ?? exchange.identity.trace
        LogContext.$current.withValue(context) { tell(method, status, exchange, duration) }
    }

    private func tell(_ method: String, _ status: Int, _ exchange: Exchange, _ duration: Duration) {
        if exchange.isAudited {
            audit.write(
                AuditLog.Entry(
                    method: method, template: exchange.template, status: status, fault: exchange.fault ?? exchange.note.value.fault,
                    principal: exchange.principal,
                    note: exchange.note, duration: duration, requestID: exchange.identity.requestID,
                    client: exchange.client?.description))
        }
        logger.info(
            "request",
            metadata: [
                "method": "\(method)", "route": "\(exchange.template)", "status": .stringConvertible(status),
                "duration_ms": .stringConvertible((duration.seconds * 100_000).rounded() / 100),
                "has_auth": .stringConvertible(exchange.head.headerFields[.authorization] != nil),
                "subject": "\(exchange.principal?.subject ?? "-")", "request_id": "\(exchange.identity.requestID)",
                "correlation_id": "\(exchange.identity.correlationID)",
            ])
    }
}

extension Principal {
    /// Who uses a route that is open to all.
    fileprivate static let nobody = Principal(subject: "-", role: .reader, scopes: [], access: .only(AccessList()))
}

/// Carries the framework's writer into the task that is cancelled with the connection.
///
/// Unchecked Sendable: it is used by that one task, while the one that it came from waits.
struct BodyWriter: @unchecked Sendable {
    let value: any ResponseBodyWriter

    init(_ value: any ResponseBodyWriter) { self.value = value }

    /// Sends bytes, and waits until there is room for more.
    @concurrent func write(_ bytes: [UInt8]) async throws {
        var writer = value
        try await writer.write(ByteBuffer(bytes: bytes))
    }

    @concurrent func finish() async throws { try await value.finish(nil) }
}

extension Result where Failure == any Error {
    /// The outcome of `body`.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
