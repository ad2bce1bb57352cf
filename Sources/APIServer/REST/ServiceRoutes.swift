import Hummingbird
import Telemetry

/// What the service says about itself.
struct ServiceRoutes: Sendable {
    let health: ServiceHealth
    let build: BuildInfo

    /// `GET /health` is always 200 and asks nobody, so that anyone may ask it as often as they like.
    var routes: [Route] {
        [
            Route(.get, "/health", .open) { _ in try .json(await health.report()) },
            Route(.get, "/version", .open) { _ in try .json(build) },
        ]
    }
}
