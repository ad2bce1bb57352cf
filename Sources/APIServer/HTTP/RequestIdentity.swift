import FoundationEssentials
import Hummingbird
import Primitives
import Telemetry

/// The identifiers of a request: taken from the client when they are sane, made otherwise.
struct RequestIdentity: Sendable {
    /// Identifies this request alone.
    let requestID: String
    /// Follows the work that the request starts.
    let correlationID: String
    /// Position in the trace: a child of the caller's span, or a new trace.
    let trace: Telemetry.TraceContext
    /// The caller's span; nil when the trace begins here.
    let parentSpanID: String?

    init(_ head: HTTPRequest, tracer: Tracer) {
        let requestID = Self.accepted(head.headerFields[.requestID]) ?? UUID.timeOrdered().uuidString.lowercased()
        self.requestID = requestID
        correlationID = Self.accepted(head.headerFields[.correlationID]) ?? requestID
        let parent = head.headerFields[.traceparent].flatMap {
            Telemetry.TraceContext(traceparent: $0, tracestate: head.headerFields[.tracestate])
        }
        trace = tracer.begin(after: parent)
        parentSpanID = parent?.spanID
    }

    /// An identifier goes into logs, rows and headers as it is, so that only harmless ones are taken: 1 to 128 letters, digits, `.`, `_`, `-`.
    private static func accepted(_ text: String?) -> String? {
        guard let text, (1...128).contains(text.utf8.count) else { return nil }
        let isHarmless = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        return isHarmless ? text : nil
    }
}
