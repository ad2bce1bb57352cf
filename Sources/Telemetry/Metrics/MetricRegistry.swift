import Primitives

/// The metrics of a process: families in the order of their declaration, and collectors that bring values up to date before a scrape.
package final class MetricRegistry: Sendable {
    /// Brings gauges and totals up to date; called at each scrape, beside the other collectors.
    package typealias Collector = @Sendable () async -> Void

    private struct State {
        var families: [any RenderedFamily] = []
        var names: Set<String> = []
        var collectors: [Collector] = []
    }

    private let state = Locked(State())
    private let collectionLimit: Duration

    /// - Parameter collectionLimit: after this time the collectors of a scrape are cancelled and what is there is shown.
    package init(collectionLimit: Duration = .seconds(3)) { self.collectionLimit = collectionLimit }

    /// What all declared metrics are, in the order of their declaration.
    package var descriptors: [MetricDescriptor] { state.withLock { $0.families.map(\.descriptor) } }

    /// How many label sets were folded into `other`, by metric; only metrics with any.
    package var overflows: [String: Int] {
        let families = state.withLock { $0.families }
        return Dictionary(families.filter { $0.overflowed > 0 }.map { ($0.descriptor.name, $0.overflowed) }) { first, _ in first }
    }

    /// Adds a collector. It must honor cancellation: a scrape waits for it at most until the limit if it does.
    package func addCollector(_ collector: @escaping Collector) { state.withLock { $0.collectors.append(collector) } }

    /// The page for a scrape. Runs the collectors at the same time, then renders all families.
    package func exposition(_ format: ExpositionFormat) async -> String {
        await collect()
        return snapshot(format)
    }

    /// The page with the values as they are, without running the collectors.
    package func snapshot(_ format: ExpositionFormat) -> String {
        let families = state.withLock { $0.families }
        var page = ExpositionPage(format: format)
        for family in families { family.render(into: &page) }
        return page.finished()
    }

    private func collect() async {
        let collectors = state.withLock { $0.collectors }
        guard !collectors.isEmpty else { return }
        await withTaskGroup(of: Bool.self) { group in
            for collector in collectors {
                group.addTask {
                    await collector()
                    return true
                }
            }
            group.addTask { [collectionLimit] in
                try? await Task.sleep(for: collectionLimit)
                return false
            }
            var open = collectors.count
            for await finished in group {
                open -= finished ? 1 : open
                if open == 0 { break }
            }
            group.cancelAll()
        }
    }

    private func add<Series>(_ descriptor: MetricDescriptor) -> MetricFamily<Series> {
        let family = MetricFamily<Series>(descriptor)
        state.withLock { state in
            // Declarations are code: two with one name would show the same series twice, which no scraper accepts.
            precondition(state.names.insert(descriptor.name).inserted, "metric \(descriptor.name) is declared twice")
            state.families.append(family)
        }
        return family
    }

    func counter(
        _ name: String, unit: MetricDescriptor.Unit? = nil, _ help: String, labels: [MetricLabel] = [], seriesLimit: Int = 500
    ) -> MetricFamily<Counter> {
        add(MetricDescriptor(name: name, kind: .counter, unit: unit, help: help, labels: labels, seriesLimit: seriesLimit))
    }

    func gauge(
        _ name: String, unit: MetricDescriptor.Unit? = nil, _ help: String, labels: [MetricLabel] = [], seriesLimit: Int = 500
    ) -> MetricFamily<Gauge> {
        add(MetricDescriptor(name: name, kind: .gauge, unit: unit, help: help, labels: labels, seriesLimit: seriesLimit))
    }

    func histogram(
        _ name: String, unit: MetricDescriptor.Unit? = nil, _ help: String, labels: [MetricLabel] = [], buckets: [Double],
        seriesLimit: Int = 500
    ) -> MetricFamily<Histogram> {
        add(
            MetricDescriptor(
                name: name, kind: .histogram, unit: unit, help: help, labels: labels, buckets: buckets, seriesLimit: seriesLimit))
    }
}
