/// Transfers from sources and model servers. Set by a collector from the fetcher's snapshot.
package struct FetchMetricGroup: Sendable {
    /// Transfers ended. Labels: outcome (`completed`, whatever the status, or the code of the error).
    package let transfers: MetricFamily<Counter>
    /// Body bytes received, after decompression.
    package let receivedBytes: MetricFamily<Counter>
    /// Connections opened.
    package let connections: MetricFamily<Counter>
    /// Transfers in progress.
    package let inFlight: MetricFamily<Gauge>
    /// Transfers that wait for a slot.
    package let queued: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        transfers = registry.counter(
            "portolan_fetch_transfers_total", "HTTP transfers: completed, or by error code.", labels: [.open("outcome")], seriesLimit: 50)
        receivedBytes = registry.counter(
            "portolan_fetch_received_bytes_total", unit: .bytes, "Body bytes received, after decompression.")
        connections = registry.counter("portolan_fetch_connections_total", "HTTP connections opened.")
        inFlight = registry.gauge("portolan_fetch_in_flight", "HTTP transfers in progress.")
        queued = registry.gauge("portolan_fetch_queued", "HTTP transfers that wait for a slot.")
    }
}
