import ArgumentParser
import EmbeddedServices
import Fleet
import FoundationEssentials
import Logging
import Primitives
import Redis
import Resilience
import Telemetry
import TestSupport

/// What the circuit of a dependency costs each call, and what a scrape costs the process.
struct ResilienceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resilience", abstract: "Measures the overhead of circuit breakers and of a scrape.")

    @Option(help: "Calls at a time.") var callers = 100
    @Option(help: "Calls of each caller.") var calls = 2000

    func run() async throws {
        try await breakers()
        try await scrape()
    }

    /// Calls that do nothing, through a circuit whose state lies in a real Redis, beside the same calls without one.
    private func breakers() async throws {
        try await TestRedis.withRedis { url in
            let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
            let redis = RedisClient(configuration: try RedisConfiguration(url: url), logger: quiet)
            let guardian = Dependency(DependencyProfile("redis", concurrency: 1000, waiting: 10_000))
            let watch = BreakerWatch(access: BreakerAccess(redis: redis, guardian: guardian))
            let profile = DependencyProfile("embedder", concurrency: 1000, waiting: 10_000)
            let shared = Dependency(profile, store: watch.store("embedder", profile.breaker))
            let local = Dependency(profile)
            for (name, dependency) in [("shared", shared), ("local", local)] {
                var overheads: [Double] = []
                for _ in 0..<5 {
                    let bare = await microseconds { await Task.yield() }
                    let through = await microseconds { try? await dependency.call { await Task.yield() } }
                    overheads.append(max(0, through - bare))
                }
                try BenchmarkResult(
                    "breaker overhead, \(name)", value: overheads.sorted()[2], unit: "µs", target: 20,
                    detail: "each call, \(callers) callers at a time, \(calls) calls each, median of 5, beside calls without one"
                ).report()
            }
            await redis.shutDown()
        }
    }

    /// Time of one call on the clock, over all callers.
    private func microseconds(_ body: @escaping @Sendable () async -> Void) async -> Double {
        let (callers, calls) = (callers, calls)
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for _ in 0..<callers { group.addTask { for _ in 0..<calls { await body() } } }
        }
        return start.duration(to: .now).seconds * 1e6 / Double(callers * calls)
    }

    /// A page of a process that has seen traffic for ten libraries: every label that grows with what is served has its values.
    private func scrape() async throws {
        let metrics = MetricCatalog(build: BuildInfo(version: "0.1.0", role: "api"))
        let routes = [
            "/v1/search", "/v1/ask", "/v1/documentation", "/v1/documentation/{id}", "/v1/documentation/{id}/tree",
            "/v1/documentation/{id}/content", "/v1/documentation/{id}/search", "/v1/documentation/ingestion",
            "/v1/documentation/ingestion/{job_id}", "/v1/documentation/ingestion/stop", "/v1/sources", "/v1/sources/{id}", "/v1/libraries",
            "/v1/jobs/{id}/report", "/v1/jobs/{id}/pages", "/v1/jobs/{id}/verification", "/v1/events", "/v1/breakers", "/mcp", "/health",
            "/version", "/webhooks/{kind}", "unmatched",
        ]
        let trace = TraceContext.generated()
        for (index, route) in routes.enumerated() {
            for method in ["GET", "POST", "DELETE"] {
                for status in ["2xx", "4xx", "5xx"] { metrics.http.requests.increment(method, route, status) }
                for step in 0..<50 {
                    metrics.http.duration.observe(Double(step * (index + 1)) / 1000, method, route, trace: trace)
                }
            }
        }
        for tool in [
            "search_documentation", "list_documentations", "list_documentation_sections", "get_documentation_tree", "get_section_content",
        ] {
            for outcome in ["ok", "tool_error", "protocol_error", "cancelled"] { metrics.mcp.toolCalls.increment(tool, outcome) }
            metrics.mcp.toolDuration.observe(0.01, tool, trace: trace)
            metrics.mcp.responseBytes.observe(5000, tool)
        }
        for mode in ["hybrid", "keyword_fallback"] {
            metrics.search.duration.observe(0.01, mode, trace: trace)
            metrics.search.results.observe(10, mode)
        }
        for kind in ["github", "notion", "confluence", "embedder", "storage", "redis", "notifications", "alerts", "traces"] {
            metrics.breakers.state.set(0, kind)
            for outcome in ["success", "failure", "neutral", "blocked"] { metrics.breakers.calls.advance(to: 5, kind, outcome) }
            for state in ["closed", "open", "half_open"] { metrics.breakers.transitions.increment(kind, state) }
        }
        var (times, bytes): ([Double], Int) = ([], 0)
        for _ in 0..<50 {
            let start = ContinuousClock.now
            let page = await metrics.registry.exposition(.openMetrics)
            times.append(start.duration(to: .now).seconds * 1000)
            bytes = page.utf8.count
        }
        try BenchmarkResult(
            "metrics scrape", value: times.sorted()[25], unit: "ms", target: 5, detail: "every route and tool with its values, median of 50"
        ).report()
        try BenchmarkResult(
            "metrics page", value: Double(bytes) / 1000, unit: "kB", target: 200, detail: "the same, OpenMetrics with exemplars"
        )
        .report()
    }
}
