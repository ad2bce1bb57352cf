import Hummingbird
import Telemetry

/// What the service says about itself.
struct ServiceRoutes: Sendable {
    let health: HealthMonitor
    let readiness: Readiness
    let build: BuildInfo

    /// `GET /health`: always 200; anyone may ask, so that one round of checks serves all callers of a second.
    struct Health: Encodable {
        let status: String
        let version: String
        let components: [HealthReport.Component]
    }

    var routes: [Route] {
        [
            Route(.get, "/health", .open) { _ in
                let report = await health.report(phase: readiness.phase, maximumAge: .seconds(1))
                return try .json(Health(status: report.status, version: build.version, components: report.components))
            },
            Route(.get, "/version", .open) { _ in try .json(build) },
        ]
    }
}
