/// Calls of MCP tools. Label `tool` is the tool's name.
package struct MCPMetricGroup: Sendable {
    /// Calls answered. Labels: tool, outcome (`ok`, `tool_error`, `protocol_error`, `cancelled`).
    package let toolCalls: MetricFamily<Counter>
    /// Time from the decoded request to the encoded reply. Labels: tool.
    package let toolDuration: MetricFamily<Histogram>
    /// Bytes of the encoded results. Labels: tool.
    package let responseBytes: MetricFamily<Histogram>
    /// Streams that wait for changes or are being written.
    package let openStreams: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let tool = MetricLabel.open("tool")
        toolCalls = registry.counter(
            "portolan_mcp_tool_calls_total", "MCP tool calls by outcome.",
            labels: [tool, .closed("outcome", ["ok", "tool_error", "protocol_error", "cancelled"])], seriesLimit: 100)
        toolDuration = registry.histogram(
            "portolan_mcp_tool_duration_seconds", unit: .seconds, "Time of MCP tool calls.", labels: [tool],
            buckets: Buckets.request, seriesLimit: 50)
        responseBytes = registry.histogram(
            "portolan_mcp_response_bytes", unit: .bytes, "Size of MCP tool results.", labels: [tool],
            buckets: Buckets.body, seriesLimit: 50)
        openStreams = registry.gauge(
            "portolan_mcp_open_streams", "MCP streams that are open: subscriptions and answers that come in pieces.")
    }
}
