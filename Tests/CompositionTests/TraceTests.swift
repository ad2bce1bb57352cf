import Composition
import Domain
import Fetch
import FoundationEssentials
import Logging
import Postgres
import Primitives
import Resilience
import Telemetry
import TestSupport
import Testing

@Suite struct `Traces on their way out` {
    private let quiet = Logger(label: "traces") { _ in SwiftLogNoOpLogHandler() }
    private let parent = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

    /// The parts of a request of OTLP that every receiver checks.
    private struct Request: Decodable {
        struct WireSpan: Decodable {
            let traceId, spanId, name: String
            let parentSpanId: String?
        }
        struct Scope: Decodable { let spans: [WireSpan] }
        struct Group: Decodable { let scopeSpans: [Scope] }
        let resourceSpans: [Group]

        var spans: [WireSpan] { resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans) }
    }

    private func exporter(_ tracer: Tracer, _ fetcher: HTTPFetcher, _ url: String, _ metrics: MetricCatalog) -> TraceExporter {
        TraceExporter(
            tracer: tracer, fetcher: fetcher, url: url, headers: [("X-Key", Redacted("k"))],
            dependency: Dependency(DependencyProfile("traces", failures: 2, concurrency: 1, waiting: 1)),
            resource: ["service.name": "portolan-api"], version: "1", metrics: metrics.traces, logger: quiet)
    }

    @Test func `A receiver gets the spans in batches, with the key, and what it does not take is counted and gone`() async throws {
        let status = Locked(200)
        try await LoopbackHTTPServer.withServer { _ in
            .status(status.withLock(\.self))
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let (tracer, metrics) = (Tracer(isOn: true), MetricCatalog(build: BuildInfo(version: "1", role: "api")))
            let exporter = exporter(tracer, fetcher, server.url, metrics)
            await LogContext.with({ $0.trace = parent }) { for _ in 0..<600 { tracer.child("search")?.end() } }
            await exporter.flush()
            #expect(server.requests.map(\.path) == ["/v1/traces", "/v1/traces"])
            #expect(server.requests.allSatisfy { $0["Content-Type"] == "application/json" && $0["X-Key"] == "k" })
            let sent = try server.requests.map { try JSONDecoder().decode(Request.self, from: Data($0.body)).spans }
            #expect(sent.map(\.count) == [512, 88] && metrics.traces.spans.value("exported") == 600)
            let isHex: (String, Int) -> Bool = { text, count in text.utf8.count == count && text.allSatisfy(\.isHexDigit) }
            #expect(sent.joined().allSatisfy { isHex($0.traceId, 32) && isHex($0.spanId, 16) && $0.parentSpanId == "00f067aa0ba902b7" })
            status.withLock { $0 = 503 }
            await LogContext.with({ $0.trace = parent }) { tracer.child("search")?.end() }
            await exporter.flush()
            #expect(metrics.traces.spans.value("failed") == 1 && tracer.waiting == 0)
        }
    }

    @Test func `Statements and transfers are spans of their trace, which the server and the embedder learn of`() async throws {
        try await TestDatabase.withDatabase { url in
            try await LoopbackHTTPServer.withServer { _ in
                .text("ok")
            } body: { server in
                let tracer = Tracer(isOn: true)
                let slow = Locked<[String]>([])
                let observer = WorkObserver(tracer: tracer, slow: SlowWork { type, _, _ in slow.withLock { $0.append(type.rawValue) } })
                var configuration = try PostgresConfiguration(url: url).named("portolan-worker")
                configuration.observer = observer
                let database = try PostgresClient(configuration: configuration, logger: quiet)
                defer { database.close() }
                var fetching = HTTPFetcher.Configuration()
                fetching.observer = observer
                let fetcher = try HTTPFetcher(fetching)
                defer { fetcher.close() }
                var name = ""
                try await LogContext.with({ $0.trace = parent }) {
                    _ = try await database.query("select 1")
                    name = try await database.withTransaction { connection in
                        try await connection.query("select current_setting('application_name')").single().decode(0)
                    }
                    var request = FetchRequest("GET", server.url + "/x")
                    _ = try await fetcher.send(request)
                    request.carriesTrace = true
                    _ = try await fetcher.send(request)
                }
                #expect(name == "portolan-worker 4bf92f3577b34da6a3ce929d0e0e4736")
                let after: String = try await database.withConnection { connection in
                    try await connection.query("select current_setting('application_name')").single().decode(0)
                }
                #expect(after == "portolan-worker")
                let spans = tracer.take(100)
                #expect(
                    spans.map(\.name) == [
                        "postgres SELECT", "postgres BEGIN", "postgres SELECT", "postgres COMMIT", "fetch GET", "fetch GET",
                    ])
                #expect(spans.allSatisfy { $0.parentID == "00f067aa0ba902b7" && $0.failure == nil })
                // A stranger's server is told nothing.
                #expect(server.requests[0]["traceparent"] == nil)
                #expect(server.requests[1]["traceparent"] == spans[5].context.traceparent)
                _ = try await database.query("select pg_sleep(0.6)")
                #expect(slow.withLock { $0.last } == "perf.slow_query")
            }
        }
    }

    @Test func `An operation is slow from a second on`() {
        let told = Locked<[[String: String]]>([])
        let slow = SlowWork { _, payload, _ in told.withLock { $0.append(payload) } }
        slow.operation("GET /v1/search", took: .milliseconds(999))
        slow.operation("GET /v1/search", took: .milliseconds(1001))
        #expect(told.withLock { $0 } == [["operation": "GET /v1/search", "seconds": "1.001"]])
    }
}
