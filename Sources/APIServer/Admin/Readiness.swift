import Primitives

/// Where a process is in its life, for its probes: shared by the admin server and by whoever starts and drains the process.
package final class Readiness: Sendable {
    /// A stretch of the process's life.
    package enum Phase: Sendable, Hashable {
        case starting, serving, draining
    }

    private let state = Locked(Phase.starting)

    /// A process that has not started yet.
    package init() {}

    /// Where the process is.
    package var phase: Phase { state.withLock { $0 } }

    /// The process does its work from now on; has no effect once it drains.
    package func markStarted() { state.withLock { if $0 == .starting { $0 = .serving } } }

    /// The process takes no new work: `/readyz` answers 503 from now on.
    package func beginDraining() { state.withLock { $0 = .draining } }
}
