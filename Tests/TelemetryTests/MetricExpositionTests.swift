import Testing

@testable import Telemetry

@Suite struct MetricExpositionTests {
    @Test(arguments: ExpositionFormat.allCases) func `A page of the whole catalog parses`(format: ExpositionFormat) async throws {
        let catalog = MetricCatalog(build: BuildInfo(version: "1.2.3", role: "api"))
        catalog.http.requests.increment("GET", "/v1/search", "2xx")
        catalog.http.duration.observe(.milliseconds(12), "GET", "/v1/search")
        let page = try ExpositionParser(await catalog.registry.exposition(format), isOpenMetrics: format == .openMetrics)
        #expect(page.hasEnd == (format == .openMetrics))
        #expect(page.value("portolan_http_requests_total", ["method": "GET", "route": "/v1/search", "status": "2xx"]) == 1)
        #expect(page.value("portolan_build_info", ["version": "1.2.3", "revision": "unknown", "role": "api"]) == 1)
        #expect(page.families.allSatisfy { $0.help?.isEmpty == false && $0.type != nil })
    }

    @Test(arguments: ExpositionFormat.allCases) func `Label values and help come back as they went in`(format: ExpositionFormat) throws {
        let registry = MetricRegistry()
        let value = "a \"quoted\" \\ path\nwith a line, {braces} and ü"
        let gauge = registry.gauge("portolan_test", "Help with \\ and\na line.", labels: [.open("name")])
        gauge.set(1, value)
        let page = try ExpositionParser(registry.snapshot(format), isOpenMetrics: format == .openMetrics)
        #expect(page.value("portolan_test", ["name": value]) == 1)
        #expect(page.families.first?.help == "Help with \\\\ and\\na line.")
    }

    @Test func `A histogram counts into cumulative buckets`() throws {
        let registry = MetricRegistry()
        let histogram = registry.histogram("portolan_test_seconds", unit: .seconds, "Test.", buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 3] { histogram.observe(value) }
        histogram.observe(.nan)
        let page = try ExpositionParser(registry.snapshot(.prometheusText), isOpenMetrics: false)
        #expect(page.value("portolan_test_seconds_bucket", ["le": "0.1"]) == 2)
        #expect(page.value("portolan_test_seconds_bucket", ["le": "1.0"]) == 3)
        #expect(page.value("portolan_test_seconds_bucket", ["le": "+Inf"]) == 4)
        #expect(page.value("portolan_test_seconds_count") == 4)
        #expect(abs((page.value("portolan_test_seconds_sum") ?? 0) - 3.65) < 1e-9)
    }

    @Test func `A sampled trace becomes the exemplar of its bucket in OpenMetrics only`() throws {
        let registry = MetricRegistry()
        let histogram = registry.histogram("portolan_test_seconds", unit: .seconds, "Test.", buckets: [0.1, 1])
        let (sampled, unsampled) = (TraceContext.generated(), TraceContext.generated(isSampled: false))
        histogram.observe(0.5, trace: sampled)
        histogram.observe(0.05, trace: unsampled)
        let page = try ExpositionParser(registry.snapshot(.openMetrics), isOpenMetrics: true)
        let exemplars = page.samples("portolan_test_seconds_bucket").compactMap(\.exemplar)
        #expect(exemplars == [["trace_id": sampled.traceID]])
        #expect(page.samples("portolan_test_seconds_bucket").compactMap(\.exemplarValue) == [0.5])
        #expect(!registry.snapshot(.prometheusText).contains("trace_id"))
    }

    @Test(arguments: [
        (0.0, "0"), (3, "3"), (-2, "-2"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e21, "1e+21"),
    ])
    func `Numbers are spelled as scrapers read them`(value: Double, text: String) {
        #expect(ExpositionPage.number(value) == text)
    }

    @Test(arguments: [
        (nil, ExpositionFormat.prometheusText),
        ("", .prometheusText),
        ("*/*", .prometheusText),
        ("text/html", .prometheusText),
        ("application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
        ("application/openmetrics-text;version=2.0.0", .prometheusText),
        ("application/openmetrics-text;version=1.0.0;q=0.1, text/plain;version=0.0.4;q=0.9", .prometheusText),
        ("application/openmetrics-text;q=0", .prometheusText),
        ("application/openmetrics-text;q=nonsense, */*;q=0.1", .openMetrics),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
        ),
    ])
    func `The Accept header chooses the format`(header: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat.negotiated(accept: header) == format)
    }
}
