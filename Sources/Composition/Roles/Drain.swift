import APIServer
import ServiceLifecycle

/// Tells the probes when a role without a public port has started and when it drains.
struct Drain: Service {
    let readiness: Readiness

    func run() async throws {
        readiness.markStarted()
        // Last in the group, so first to be stopped.
        try? await gracefulShutdown()
        readiness.beginDraining()
    }
}
