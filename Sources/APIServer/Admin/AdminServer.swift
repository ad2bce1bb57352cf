import Domain
import FoundationEssentials
import Hummingbird
package import Logging
import MCPHosting
import Primitives
import ServiceLifecycle
package import Telemetry

/// The admin port of any role: `/livez`, `/readyz`, `/startupz`, `/metrics`, `/health`. Never behind the ingress: it asks for no token.
package struct AdminServer: Service {
    private let bind: String
    private let port: Int
    private let responder: AdminResponder
    private let logger: Logger
    private let onServing: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - bind: address to listen on.
    ///   - port: 0 takes a free one.
    ///   - readiness: where the process is.
    ///   - health: the dependencies.
    ///   - registry: what `/metrics` shows.
    ///   - service: what `/health` shows; nil leaves it out.
    ///   - logger: failures only.
    ///   - onServing: called once with the port, when requests are answered.
    package init(
        bind: String, port: Int, readiness: Readiness, health: HealthMonitor, registry: MetricRegistry,
        service: ServiceHealth? = nil, logger: Logger,
        onServing: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        (self.bind, self.port, self.logger, self.onServing) = (bind, port, logger, onServing)
        responder = AdminResponder(readiness: readiness, health: health, registry: registry, service: service)
    }

    /// Serves until cancelled or gracefully shut down. Put it before the services that it reports on: a group stops them in reverse order.
    package func run() async throws {
        try await HTTPListener.run(responder, bind: bind, port: port, idleTimeout: .seconds(60), logger: logger, onServing: onServing)
    }
}

/// Answers on the admin port.
struct AdminResponder: HTTPResponder {
    typealias Context = ConnectionContext

    let readiness: Readiness
    let health: HealthMonitor
    let registry: MetricRegistry
    let service: ServiceHealth?

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let path = (request.head.path ?? "/").prefix { $0 != "?" }
        guard ["/livez", "/readyz", "/startupz", "/metrics"].contains(path) || (path == "/health" && service != nil) else {
            return Self.text(.notFound, "not found\n")
        }
        guard request.head.method == .get || request.head.method == .head else {
            var response = Self.text(.methodNotAllowed, "method not allowed\n")
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        var response = try await answer(path, request.head)
        response.headers[.cacheControl] = "no-store"
        return request.head.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ path: Substring, _ head: HTTPRequest) async throws -> Response {
        switch path {
        // Never checks a dependency: restarting this process would not bring one back.
        case "/livez": return Self.text(.ok, "ok\n")
        case "/startupz":
            let isStarted = readiness.phase != .starting
            return Self.text(isStarted ? .ok : .serviceUnavailable, isStarted ? "ok\n" : "starting\n")
        case "/readyz":
            let phase = readiness.phase
            let report = await health.report(phase: phase)
            let isReady = phase == .serving && report.hasHardDependencies
            return try .json(report, status: isReady ? .ok : .serviceUnavailable)
        case "/health":
            guard let service else { return Self.text(.notFound, "not found\n") }
            return try .json(await service.report())
        default:
            let format = ExpositionFormat.negotiated(accept: head.headerFields[.accept])
            return Response(
                status: .ok, headers: [.contentType: format.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await registry.exposition(format))))
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
