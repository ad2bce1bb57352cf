import Domain
import ServiceLifecycle
import Storage
import Telemetry

/// Writes the audit to the database every second, beside the log lines.
struct AuditRecorder: AuditSink, Service {
    private let buffer: AuditBuffer
    private let interval: Duration

    /// - Parameter interval: time between two writes.
    init(_ buffer: AuditBuffer, _ metrics: MetricCatalog, interval: Duration = .seconds(1)) {
        (self.buffer, self.interval) = (buffer, interval)
        metrics.registry.addCollector {
            let counts = buffer.counts
            metrics.events.audited.advance(to: counts.written, "written")
            metrics.events.audited.advance(to: counts.lost, "lost")
        }
    }

    func append(_ record: AuditRecord) { buffer.append(record) }

    /// Writes at each interval until the process stops, and then once more.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: interval)
                await buffer.flush()
            }
        }
        // In a task of its own: the last records are written although this one may be cancelled.
        await Task { await buffer.flush(isLast: true) }.value
    }
}
