package import Domain
package import Fetch
import FoundationEssentials
import Primitives
import ServiceLifecycle
package import Storage
package import Telemetry

/// Collects what happens in a process and writes it every few seconds: single events as they are, transfers and decisions of limits as sums of
/// the interval, because there may be thousands of them.
package struct EventRecorder: EventSink, Service {
    private let buffer: EventBuffer
    private let figures = Locked(IntervalFigures())
    private let interval: Duration

    /// - Parameter interval: time between two writes.
    package init(_ buffer: EventBuffer, _ metrics: MetricCatalog, interval: Duration = .seconds(5)) {
        (self.buffer, self.interval) = (buffer, interval)
        metrics.registry.addCollector {
            let counts = buffer.counts
            metrics.events.recorded.advance(to: counts.written, "written")
            metrics.events.recorded.advance(to: counts.lost, "lost")
        }
    }

    package func record(_ event: NewEvent) { buffer.record(event) }

    /// Adds a transfer to the figures of its host.
    package func record(_ transfer: TransferReport) { figures.withLock { $0.add(transfer) } }

    /// Adds a decision of a limit to its figures.
    package func recordLimit(perSecond: Double, isAllowed: Bool) { figures.withLock { $0.addDecision(perSecond, isAllowed: isAllowed) } }

    /// Adds what was done to stored objects to the figures of its type.
    package func recordStorage(_ type: EventType, objects: Int, bytes: Int64) {
        figures.withLock { $0.addStorage(type, objects: objects, bytes: bytes) }
    }

    /// Writes what there is.
    package func flush() async {
        let events = figures.withLock { figures in
            defer { figures = IntervalFigures() }
            return figures.events
        }
        for event in events { buffer.record(event) }
        await buffer.flush()
    }

    /// Writes at each interval until the process stops, and then once more.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: interval)
                await flush()
            }
        }
        // In a task of its own: the last events are written although this one may be cancelled.
        await Task { await flush() }.value
    }
}

extension EventProcess {
    /// This process.
    static func running(as service: String, configHash: String) -> EventProcess {
        let kernel = FileManager.default.contents(atPath: "/proc/sys/kernel/osrelease").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return EventProcess(
            service: service, runID: UUID().uuidString.lowercased(), configHash: configHash,
            context: ["app_version": Product.version, "os": "Linux \(kernel.trimmingWhitespace())"])
    }
}
