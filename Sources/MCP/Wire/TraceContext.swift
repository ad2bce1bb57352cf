/// The W3C trace context of a request: from `_meta`, or else from the headers.
///
/// Source: https://www.w3.org/TR/trace-context/
public struct TraceContext: Sendable, Hashable {
    /// Version, trace, parent and flags: `00-` and 32, 16 and 2 hexadecimal digits.
    public let traceparent: String
    /// What the systems on the way added.
    public let tracestate: String?
    /// Application values, unchecked: they come from the client.
    public let baggage: String?

    /// Takes the values when `traceparent` is well formed; longer companions than the recommendations allow are dropped.
    init?(traceparent: String?, tracestate: String?, baggage: String?) {
        guard let traceparent, Self.isWellFormed(traceparent) else { return nil }
        self.traceparent = traceparent
        self.tracestate = tracestate.flatMap { $0.utf8.count <= 512 ? $0 : nil }
        self.baggage = baggage.flatMap { $0.utf8.count <= 8192 ? $0 : nil }
    }

    init?(meta: JSONObject, headers: MCPHTTPRequest) {
        if let own = TraceContext(
            traceparent: meta["traceparent"]?.stringValue, tracestate: meta["tracestate"]?.stringValue,
            baggage: meta["baggage"]?.stringValue)
        {
            self = own
        } else {
            // Looked for by itself first: without it the others say nothing.
            guard headers.header("traceparent") != nil else { return nil }
            self.init(
                traceparent: headers.header("traceparent"), tracestate: headers.header("tracestate"), baggage: headers.header("baggage"))
        }
    }

    private static func isWellFormed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 55 else { return false }
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 2, 35, 52: guard byte == UInt8(ascii: "-") else { return false }
            default:
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                guard isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) else { return false }
            }
        }
        let isZero = { (range: Range<Int>) in bytes[range].allSatisfy { $0 == UInt8(ascii: "0") } }
        return text.hasPrefix("00") && !isZero(3..<35) && !isZero(36..<52)
    }
}
