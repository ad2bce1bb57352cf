/// Searches, whatever the surface. Label `mode` is `hybrid` or `keyword_fallback`.
package struct SearchMetricGroup: Sendable {
    /// Searches answered. Labels: mode.
    package let searches: MetricFamily<Counter>
    /// Time of a search, query embedding included. Labels: mode.
    package let duration: MetricFamily<Histogram>
    /// Searches that ended in an error that is not the caller's.
    package let failures: MetricFamily<Counter>
    /// Time of one of the two legs of a search. Labels: leg (`bm25`; `dense`, query embedding included, where there was a vector).
    package let legDuration: MetricFamily<Histogram>
    /// Results in a reply. Labels: mode.
    package let results: MetricFamily<Histogram>
    /// What was not asked for anew because it was there from before. Labels: what (`vector` of a question, whole `answer`).
    package let recalled: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        let mode = MetricLabel.closed("mode", ["hybrid", "keyword_fallback"])
        searches = registry.counter("portolan_searches_total", "Searches by mode.", labels: [mode])
        duration = registry.histogram(
            "portolan_search_duration_seconds", unit: .seconds, "Time of searches, query embedding included.", labels: [mode],
            buckets: Buckets.request)
        failures = registry.counter("portolan_search_failures_total", "Searches that failed through no fault of the caller.")
        legDuration = registry.histogram(
            "portolan_search_leg_duration_seconds", unit: .seconds, "Time of the legs of searches: by words, and by vectors.",
            labels: [.closed("leg", ["bm25", "dense"])], buckets: Buckets.request)
        results = registry.histogram(
            "portolan_search_results", "Results per search reply.", labels: [mode], buckets: [0, 1, 2, 5, 10, 20, 50, 100])
        recalled = registry.counter(
            "portolan_search_recalled_total",
            "What searches took from memory: vectors of questions, and answers while the database was away.",
            labels: [.closed("what", ["vector", "answer"])])
    }
}
