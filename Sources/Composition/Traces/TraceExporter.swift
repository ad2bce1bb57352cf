package import Fetch
package import Logging
package import Primitives
package import Resilience
import ServiceLifecycle
package import Telemetry

/// Sends spans to a collector by OTLP over HTTP in its JSON encoding: some at a time, at an interval, never twice.
///
/// A collector that is away costs nothing but spans: what cannot be sent is dropped and counted, so that the next ones are not late too.
package struct TraceExporter: Service {
    /// Spans of one request.
    package static let batch = 512

    private let tracer: Tracer
    private let fetcher: HTTPFetcher
    private let url: String
    private let headers: [(String, Redacted<String>)]
    private let dependency: Dependency
    private let resource: [String: String]
    private let version: String
    private let metrics: TraceMetricGroup
    private let interval: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - url: of the collector, without `/v1/traces`.
    ///   - headers: sent with each request, such as a key of the collector's provider.
    ///   - resource: who makes the spans.
    ///   - interval: the longest that a span waits.
    package init(
        tracer: Tracer, fetcher: HTTPFetcher, url: String, headers: [(String, Redacted<String>)] = [], dependency: Dependency,
        resource: [String: String], version: String, metrics: TraceMetricGroup, interval: Duration = .seconds(5), logger: Logger
    ) {
        (self.tracer, self.fetcher, self.url, self.headers, self.dependency) = (tracer, fetcher, url, headers, dependency)
        (self.resource, self.version, self.metrics, self.interval, self.logger) = (resource, version, metrics, interval, logger)
    }

    /// Sends until the process stops, and then what is left.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: self.interval)
                if Task.isCancelled { return }
                await self.flush()
            }
        }
        // In a task of its own: the last spans are sent although this one may be cancelled.
        await Task { await self.flush() }.value
    }

    /// Sends what waits.
    package func flush() async {
        while true {
            let spans = tracer.take(Self.batch)
            metrics.spans.advance(to: tracer.counts.dropped, "dropped")
            guard !spans.isEmpty else { return }
            if await send(spans) {
                metrics.spans.increment("exported", by: spans.count)
            } else {
                metrics.spans.increment("failed", by: spans.count)
            }
        }
    }

    private func send(_ spans: [Span]) async -> Bool {
        do {
            var request = FetchRequest(
                "POST", url + "/v1/traces", body: try OTLPEncoder.encode(spans, resource: resource, version: version),
                totalTimeout: .seconds(10), maximumBody: .kibibytes(64))
            request.headers["Content-Type"] = "application/json"
            for (name, value) in headers { request.headers[name] = value.reveal() }
            let response = try await fetcher.send(request, through: dependency)
            guard !(200...299).contains(response.status) else { return true }
            logger.info("spans refused", metadata: ["status": "\(response.status)", "spans": "\(spans.count)"])
        } catch {
            logger.info("spans not sent", metadata: ["error": "\(error)", "spans": "\(spans.count)"])
        }
        return false
    }
}
