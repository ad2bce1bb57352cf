import FoundationEssentials
import Primitives
import TestSupport

/// A collector of traces in the place of a real one: takes `/v1/traces` as OTLP over HTTP in its JSON encoding and keeps what it was sent.
final class TraceCollector: Sendable {
    /// A span as it came over the wire, with the service that made it.
    struct Span: Sendable, Hashable {
        let service: String
        let trace: String
        let id: String
        let parent: String?
        let name: String
        let kind: Int
        /// Texts, numbers and flags, as text.
        let attributes: [String: String]
        /// Traces that it has a link to.
        let links: [String]
        let hasFailed: Bool
    }

    private let received = Locked<[Span]>([])

    /// Where to send, for `PORTOLAN_OTLP_URL`.
    let url: String

    private init(url: String) { self.url = url }

    /// Every span of a trace so far.
    func spans(of trace: String) -> [Span] { received.withLock { $0.filter { $0.trace == trace } } }

    /// Every span so far.
    var spans: [Span] { received.withLock(\.self) }

    /// Runs `body` beside a collector. A request that is not what the protocol says is answered with 400 and none of its spans is kept.
    static func with<Result>(_ body: (TraceCollector) async throws -> Result) async throws -> Result {
        let sink = Locked<TraceCollector?>(nil)
        return try await LoopbackHTTPServer.withServer { request in
            guard request.method == "POST", request.path == "/v1/traces", request["content-type"] == "application/json",
                let message = try? JSONDecoder().decode(Request.self, from: Data(request.body)), let spans = message.spans
            else { return .status(400) }
            sink.withLock(\.self)?.received.withLock { $0 += spans }
            return .json("{}")
        } body: { server in
            let collector = TraceCollector(url: server.url)
            sink.withLock { $0 = collector }
            return try await body(collector)
        }
    }
}

/// `ExportTraceServiceRequest`: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
private struct Request: Decodable {
    struct Group: Decodable {
        let resource: Resource
        let scopeSpans: [Scope]
    }
    struct Resource: Decodable { let attributes: [Attribute] }
    struct Scope: Decodable { let spans: [WireSpan] }
    struct Attribute: Decodable {
        struct Value: Decodable {
            let stringValue: String?
            // A 64-bit number is a text in this encoding.
            let intValue: String?
            let boolValue: Bool?
            var text: String? { stringValue ?? intValue ?? boolValue.map { "\($0)" } }
        }
        let key: String
        let value: Value
    }
    struct Link: Decodable { let traceId, spanId: String }
    struct WireSpan: Decodable {
        struct Status: Decodable { let code: Int }
        let traceId, spanId, name, startTimeUnixNano, endTimeUnixNano: String
        let parentSpanId: String?
        let kind: Int
        let attributes: [Attribute]
        let links: [Link]?
        let status: Status
    }

    let resourceSpans: [Group]

    /// Nil when something is not as a collector needs it.
    var spans: [TraceCollector.Span]? {
        var found: [TraceCollector.Span] = []
        for group in resourceSpans {
            guard let service = Self.values(group.resource.attributes)?["service.name"] else { return nil }
            for span in group.scopeSpans.flatMap(\.spans) {
                let identifiers = [(span.traceId, 32), (span.spanId, 16)] + (span.parentSpanId.map { [($0, 16)] } ?? [])
                guard identifiers.allSatisfy({ text, count in text.utf8.count == count && text.allSatisfy(\.isHexDigit) }),
                    let attributes = Self.values(span.attributes), (1...5).contains(span.kind),
                    let start = UInt64(span.startTimeUnixNano), let end = UInt64(span.endTimeUnixNano), start <= end
                else { return nil }
                found.append(
                    TraceCollector.Span(
                        service: service, trace: span.traceId, id: span.spanId, parent: span.parentSpanId, name: span.name, kind: span.kind,
                        attributes: attributes, links: (span.links ?? []).map(\.traceId), hasFailed: span.status.code == 2))
            }
        }
        return found
    }

    private static func values(_ attributes: [Attribute]) -> [String: String]? {
        var values: [String: String] = [:]
        for attribute in attributes {
            guard let text = attribute.value.text else { return nil }
            values[attribute.key] = text
        }
        return values
    }
}
