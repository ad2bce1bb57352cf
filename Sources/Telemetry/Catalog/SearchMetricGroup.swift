/// Searches, whatever the surface. Label `mode` is `hybrid` or `keyword_fallback`.
package struct SearchMetricGroup: Sendable {
    /// Searches answered. Labels: mode.
    package let searches: MetricFamily<Counter>
    /// Time of a search, query embedding included. Labels: mode.
    package let duration: MetricFamily<Histogram>
    /// Results in a reply. Labels: mode.
    package let results: MetricFamily<Histogram>

    init(_ registry: MetricRegistry) {
        let mode = MetricLabel.closed("mode", ["hybrid", "keyword_fallback"])
        searches = registry.counter("portolan_searches_total", "Searches by mode.", labels: [mode])
        duration = registry.histogram(
            "portolan_search_duration_seconds", unit: .seconds, "Time of searches, query embedding included.", labels: [mode],
            buckets: Buckets.request)
        results = registry.histogram(
            "portolan_search_results", "Results per search reply.", labels: [mode], buckets: [0, 1, 2, 5, 10, 20, 50, 100])
    }
}
