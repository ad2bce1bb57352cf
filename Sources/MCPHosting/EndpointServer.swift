import HTTPTypes
import Hummingbird
package import Logging
package import MCP
import NIOCore
package import Primitives

/// A server that has an endpoint of the protocol and nothing else: what is in front of an endpoint at least.
package struct EndpointServer<Principal: Sendable>: Sendable {
    private let endpoint: MCPEndpoint<Principal>
    private let path: String
    private let principal: Principal
    private let bodyLimit: ByteCount

    /// - Parameters:
    ///   - endpoint: answers the requests.
    ///   - path: the only path there is.
    ///   - principal: who all callers are: there is no authentication.
    ///   - bodyLimit: the largest body that is read.
    package init(_ endpoint: MCPEndpoint<Principal>, path: String = "/mcp", principal: Principal, bodyLimit: ByteCount = .mebibytes(1)) {
        (self.endpoint, self.path, self.principal, self.bodyLimit) = (endpoint, path, principal, bodyLimit)
    }

    /// Serves until cancelled or told to stop by a signal.
    ///
    /// - Parameters:
    ///   - bind: the address.
    ///   - port: 0 takes a free one.
    ///   - logger: warnings and errors.
    ///   - onServing: called once with the port, when requests are answered.
    package func run(bind: String, port: Int, logger: Logger, onServing: @escaping @Sendable (Int) async -> Void) async throws {
        try await HTTPListener.run(
            EndpointResponder(endpoint: endpoint, path: path, principal: principal, bodyLimit: bodyLimit), bind: bind, port: port,
            idleTimeout: .seconds(60), logger: logger, onServing: onServing)
    }
}

private struct EndpointResponder<Principal: Sendable>: HTTPResponder {
    let endpoint: MCPEndpoint<Principal>
    let path: String
    let principal: Principal
    let bodyLimit: ByteCount
    private let numbers = Locked(0)

    init(endpoint: MCPEndpoint<Principal>, path: String, principal: Principal, bodyLimit: ByteCount) {
        (self.endpoint, self.path, self.principal, self.bodyLimit) = (endpoint, path, principal, bodyLimit)
    }

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        guard (request.head.path ?? "/").prefix(while: { $0 != "?" }) == path else { return Response(status: .notFound) }
        var body: [UInt8] = []
        for try await part in request.body {
            guard body.count + part.readableBytes <= bodyLimit.bytes else { return Response(status: .contentTooLarge) }
            body.append(contentsOf: part.readableBytesView)
        }
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        let message = MCPHTTPRequest(request.head, body: body, requestID: "request-\(number)")
        let (endpoint, principal) = (endpoint, principal)
        return await context.cancellingOnDisconnect { await endpoint.handle(message, principal: principal) }.response(on: context)
    }
}
