import Hummingbird
import MCP
import Telemetry

/// What the service says about itself.
struct ServiceRoutes: Sendable {
    let health: ServiceHealth
    let build: BuildInfo

    /// `GET /health` is always 200 and asks nobody, so that anyone may ask it as often as they like.
    var routes: [Route] {
        [
            Route(.get, "/health", .open, Operation("getHealth", .operations, "How the service and what it needs are")) { _ in
                Answer(await health.report())
            },
            Route(.get, "/version", .open, Operation("getVersion", .operations, "What runs")) { _ in Answer(build) },
        ]
    }

    /// `GET /openapi.json`: the description of `routes`.
    static func description(of routes: [Route], build: BuildInfo) -> Route {
        // Made once: the routes of a process do not change.
        let bytes = JSONValue.object(OpenAPIDocument.make(routes, version: build.version)).serialized
        let tag = EntityTag.of(bytes)
        return Route(.get, "/openapi.json", .open) { call in
            let headers: HTTPFields = [.contentType: "application/json", .eTag: tag, .cacheControl: "public, max-age=60"]
            if let known = call.head.headerFields[.ifNoneMatch], EntityTag.matches(known, tag) {
                return Response(status: .notModified, headers: [.eTag: tag])
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}
