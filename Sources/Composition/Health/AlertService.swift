package import Connectors
import Domain
import Fleet
import FoundationEssentials
package import Logging
import Primitives
import ServiceLifecycle
package import Telemetry

/// Sends alerts as signed callbacks: each change once over all processes, repeated with growing pauses until the receiver has it.
package struct AlertService: Service {
    /// Tries before an alert is given up.
    package static let attempts = 6

    private let queue: AlertQueue
    private let callback: SignedCallback
    private let isNews: @Sendable (_ subject: String, _ state: String) async -> Bool
    private let settle: @Sendable (_ subject: String, _ state: String, _ isTold: Bool) async -> Void
    private let origin: Origin
    private let metrics: HealthMetricGroup
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void
    private let backoff = Backoff(base: .seconds(1), limit: .seconds(60))

    /// Who tells.
    package struct Origin: Sendable, Hashable {
        package let role: String
        package let instance: String
        package let version: String

        /// - Parameters: see the properties.
        package init(role: String, instance: String, version: String) {
            (self.role, self.instance, self.version) = (role, instance, version)
        }
    }

    private struct Body: Encodable {
        let id: String
        let event: String
        let subject: String
        let from: String?
        let to: String
        let at: Date
        let role: String
        let instance: String
        let version: String
    }

    /// - Parameters:
    ///   - isNews: whether no process has told this state of the subject yet, nor is about to.
    ///   - settle: hears whether it was told.
    ///   - sleep: waits between tries.
    package init(
        queue: AlertQueue, callback: SignedCallback, origin: Origin, metrics: HealthMetricGroup, logger: Logger,
        isNews: @escaping @Sendable (_ subject: String, _ state: String) async -> Bool,
        settle: @escaping @Sendable (_ subject: String, _ state: String, _ isTold: Bool) async -> Void = { _, _, _ in },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        (self.queue, self.callback, self.origin, self.metrics, self.logger) = (queue, callback, origin, metrics, logger)
        (self.isNews, self.settle, self.sleep) = (isNews, settle, sleep)
    }

    /// Sends what is posted until the process stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await alert in self.queue.alerts { await self.send(alert) }
        }
    }

    private func send(_ alert: Alert) async {
        guard await isNews(alert.mark, alert.to) else {
            metrics.callbacks.increment("duplicate")
            return
        }
        let isTold = await deliver(alert)
        // In a task of its own: a process that ends in the middle of it leaves the news to the others.
        await Task { await settle(alert.mark, alert.to, isTold) }.value
    }

    /// Sends until the receiver has it or it is given up; returns whether it has it.
    private func deliver(_ alert: Alert) async -> Bool {
        let body = Body(
            id: alert.id, event: alert.event, subject: alert.subject, from: alert.from, to: alert.to, at: alert.at, role: origin.role,
            instance: origin.instance, version: origin.version)
        let encoder = JSONEncoder()
        (encoder.dateEncodingStrategy, encoder.outputFormatting) = (.iso8601, [.sortedKeys, .withoutEscapingSlashes])
        guard let bytes = try? encoder.encode(body) else { return false }
        for attempt in 1... {
            do {
                try await callback.send(Array(bytes), event: alert.event, delivery: alert.id)
                metrics.callbacks.increment("sent")
                return true
            } catch let fault as Fault {
                guard fault.isTransient, attempt < Self.attempts else {
                    metrics.callbacks.increment("given_up")
                    logger.warning(
                        "alert given up", metadata: ["event": "\(alert.event)", "subject": "\(alert.subject)", "reason": "\(fault)"])
                    return false
                }
                do { try await sleep(max(fault.retryAfter ?? .zero, backoff.delay(afterAttempt: attempt))) } catch { return false }
            } catch { return false }
        }
        return false
    }
}
