/// Requests to the public port. Label `route` is the template of the route, never the path.
package struct HTTPMetricGroup: Sendable {
    /// Replies sent. Labels: method, route, status (`2xx` and so on).
    package let requests: MetricFamily<Counter>
    /// Time from the request's head to the end of the reply; of a stream of events, to the beginning of it. Labels: method, route.
    package let duration: MetricFamily<Histogram>
    /// Requests that have no complete reply yet.
    package let inFlight: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let method = MetricLabel.closed("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        let route = MetricLabel.open("route")
        requests = registry.counter(
            "portolan_http_requests_total", "HTTP replies by route template and status class.",
            labels: [method, route, .closed("status", ["1xx", "2xx", "3xx", "4xx", "5xx"])])
        duration = registry.histogram(
            "portolan_http_request_duration_seconds", unit: .seconds,
            "Time from request head to end of reply, of event streams to its beginning.",
            labels: [method, route], buckets: Buckets.request)
        inFlight = registry.gauge("portolan_http_requests_in_flight", "HTTP requests without a complete reply.")
    }

    /// The class of a status code for the label `status`, such as `2xx`.
    package static func statusClass(_ status: Int) -> String { "\(status / 100)xx" }
}
