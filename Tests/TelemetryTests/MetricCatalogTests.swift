import Testing

@testable import Telemetry

@Suite struct MetricCatalogTests {
    private let catalog = MetricCatalog(build: BuildInfo(version: "0", role: "test"))

    @Test func `Names follow the rules of the contract`() throws {
        for descriptor in catalog.registry.descriptors {
            #expect(descriptor.name.hasPrefix("portolan_"), "\(descriptor.name)")
            #expect(descriptor.name.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }, "\(descriptor.name)")
            #expect(descriptor.name.hasSuffix("_total") == (descriptor.kind == .counter), "\(descriptor.name)")
            if let unit = descriptor.unit { #expect(descriptor.familyName.hasSuffix("_\(unit.rawValue)"), "\(descriptor.name)") }
            for suffix in ["_seconds", "_bytes"] where descriptor.familyName.hasSuffix(suffix) {
                #expect(descriptor.unit.map { "_\($0.rawValue)" } == suffix, "\(descriptor.name)")
            }
            #expect(descriptor.help.hasSuffix("."), "\(descriptor.name)")
        }
    }

    @Test func `Histograms have ascending finite buckets and nothing else has any`() {
        for descriptor in catalog.registry.descriptors {
            #expect(descriptor.buckets.isEmpty == (descriptor.kind != .histogram), "\(descriptor.name)")
            #expect(zip(descriptor.buckets, descriptor.buckets.dropFirst()).allSatisfy { $0 < $1 && $1.isFinite }, "\(descriptor.name)")
        }
    }

    @Test func `Label names are legal and never one that the formats reserve`() {
        for descriptor in catalog.registry.descriptors {
            #expect(Set(descriptor.labels.map(\.name)).count == descriptor.labels.count, "\(descriptor.name)")
            for label in descriptor.labels {
                #expect(label.name.allSatisfy { ("a"..."z").contains($0) || $0 == "_" }, "\(descriptor.name)")
                #expect(!["le", "quantile", "job", "instance"].contains(label.name), "\(descriptor.name)")
            }
        }
    }

    @Test func `No metric can have more series than its bound`() {
        for descriptor in catalog.registry.descriptors {
            let closed = descriptor.labels.compactMap(\.allowed).reduce(1) { $0 * ($1.count + 1) }
            let isOpen = descriptor.labels.contains { $0.allowed == nil }
            let bound = isOpen ? descriptor.seriesLimit + closed : closed
            #expect(bound <= 600, "\(descriptor.name) may have \(bound) series")
        }
    }

    @Test func `A flood of label values ends in other`() throws {
        for index in 0..<5000 { catalog.http.requests.increment("GET", "/route/\(index)", "2xx") }
        catalog.http.requests.increment("BREW", "/route/1", "9xx")
        #expect(catalog.http.requests.count <= 502)
        #expect(catalog.http.requests.value("GET", "other", "2xx") == 4500)
        #expect(catalog.http.requests.value("other", "other", "other") == 1)
        #expect(catalog.registry.overflows["portolan_http_requests_total"] ?? 0 >= 4500)
    }

    @Test func `Overflows are shown at the next scrape`() async throws {
        for index in 0..<600 { catalog.http.requests.increment("GET", "/route/\(index)", "2xx") }
        let page = try ExpositionParser(await catalog.registry.exposition(.prometheusText), isOpenMetrics: false)
        #expect(page.value("portolan_metric_overflows_total", ["metric": "portolan_http_requests_total"]) == 100)
    }

    @Test func `Counters with closed labels start at zero`() throws {
        let page = try ExpositionParser(catalog.registry.snapshot(.prometheusText), isOpenMetrics: false)
        #expect(page.value("portolan_sections_total", ["change": "deleted"]) == 0)
        #expect(page.value("portolan_leases_lost_total") == 0)
        #expect(page.samples("portolan_jobs").isEmpty)
    }

    @Test func `Process figures are those of this process`() async throws {
        let page = try ExpositionParser(await catalog.registry.exposition(.openMetrics), isOpenMetrics: true)
        #expect(try #require(page.value("portolan_process_resident_memory_bytes")) > 1_000_000)
        #expect(try #require(page.value("portolan_process_open_fds")) >= 3)
        #expect(try #require(page.value("portolan_process_max_fds")) >= 3)
        #expect(try #require(page.value("portolan_process_threads")) >= 1)
        #expect(try #require(page.value("portolan_process_cpu_seconds_total")) >= 0)
        #expect(try #require(page.value("portolan_process_start_time_seconds")) > 1_700_000_000)
    }

    @Test func `Collectors run before the page is rendered`() async throws {
        catalog.registry.addCollector { [depth = catalog.queue.depth] in depth.set(7, "high") }
        let page = try ExpositionParser(await catalog.registry.exposition(.prometheusText), isOpenMetrics: false)
        #expect(page.value("portolan_queue_depth", ["queue": "high"]) == 7)
    }

    @Test func `A collector that hangs is cancelled and the page still comes`() async throws {
        let registry = MetricRegistry(collectionLimit: .seconds(1))
        let gauge = registry.gauge("portolan_test", "Test.")
        let (never, source) = AsyncStream<Void>.makeStream()
        registry.addCollector { for await _ in never {} }
        registry.addCollector { gauge.set(1) }
        let page = await registry.exposition(.prometheusText)
        source.finish()
        #expect(page.hasSuffix("portolan_test 1\n"))
    }

    @Test func `Counters lose nothing under contention`() async {
        let registry = MetricRegistry()
        let (whole, fraction) = (registry.counter("portolan_a_total", "A."), registry.counter("portolan_b_total", "B."))
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        whole.increment()
                        fraction.add(0.5)
                    }
                }
            }
        }
        #expect(whole.value() == 8000)
        #expect(fraction.value() == 4000)
    }

    @Test func `Counters never go down`() {
        let counter = MetricRegistry().counter("portolan_a_total", "A.")
        counter.advance(to: 10)
        counter.advance(to: 4)
        counter.increment(by: -3)
        counter.add(-1)
        #expect(counter.value() == 10)
    }

    @Test func `Gauges can be listed anew`() {
        let gauge = MetricRegistry().gauge("portolan_a", "A.", labels: [.open("name")], seriesLimit: 1)
        gauge.set(1, "first")
        gauge.removeAll()
        gauge.set(2, "second")
        #expect(gauge.count == 1)
        #expect(gauge.value("second") == 2)
    }

    @Test(arguments: [(100, "1xx"), (204, "2xx"), (404, "4xx"), (599, "5xx")]) func `Status codes fall into classes`(
        code: Int, name: String
    ) {
        #expect(HTTPMetricGroup.statusClass(code) == name)
    }
}
