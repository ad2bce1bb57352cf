import FoundationEssentials
import Primitives
import Telemetry
import Testing

@Suite struct `Spans` {
    private struct Wrong: Error {}
    private let parent = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1")

    @Test func `Work below a recorded trace becomes a child with the identifiers of the log lines`() async throws {
        let tracer = Tracer(isOn: true)
        await LogContext.with({ $0.trace = parent }) {
            await tracer.with("search", attributes: ["a": "b"]) {
                #expect(LogContext.current.trace?.traceID == parent?.traceID)
                tracer.child("postgres SELECT", kind: .client)?.end()
            }
        }
        let spans = tracer.take(10)
        let (inner, outer) = (try #require(spans.first), try #require(spans.last))
        #expect(spans.map(\.name) == ["postgres SELECT", "search"])
        #expect(outer.parentID == "00f067aa0ba902b7" && inner.parentID == outer.context.spanID && inner.kind == .client)
        #expect(outer.context.tracestate == "vendor=1" && outer.attributes == ["a": "b"] && outer.failure == nil)
        #expect(outer.end >= outer.start && tracer.waiting == 0 && tracer.counts.recorded == 2)
    }

    @Test func `An error ends the span with its type, and not with its text`() async throws {
        let tracer = Tracer(isOn: true)
        _ = await LogContext.with({ $0.trace = parent }) {
            await #expect(throws: Wrong.self) { try await tracer.with("search") { () async throws -> Void in throw Wrong() } }
        }
        #expect(tracer.take(1).first?.failure == "Wrong")
    }

    @Test func `Nothing is made outside of a trace, for one that is not recorded, or when tracing is off`() async {
        let (on, off) = (Tracer(isOn: true, ratio: 0), Tracer.off)
        #expect(on.child("x") == nil)
        #expect(!on.begin(after: nil).isSampled && !off.begin(after: nil).isSampled)
        #expect(Tracer(isOn: true, ratio: 1).begin(after: nil).isSampled)
        await LogContext.with({ $0.trace = on.begin(after: nil) }) { #expect(on.child("x") == nil) }
        await LogContext.with({ $0.trace = parent }) {
            #expect(off.child("x") == nil)
            // The caller records it: so do we, whatever the ratio.
            #expect(on.child("x") != nil)
        }
        #expect(on.begin(after: parent).traceID == parent?.traceID)
    }

    @Test func `Spans beyond the room are dropped and counted, and one ends once`() async {
        let tracer = Tracer(isOn: true)
        await LogContext.with({ $0.trace = parent }) {
            let first = tracer.child("x")
            first?.end()
            first?.end(failure: "again")
            for _ in 0..<Tracer.capacity + 4 { tracer.child("x")?.end() }
        }
        #expect(tracer.waiting == Tracer.capacity && tracer.counts.dropped == 5)
        #expect(tracer.take(1).first?.failure == nil)
    }

    @Test func `They are written as OTLP wants them`() async throws {
        let tracer = Tracer(isOn: true)
        await LogContext.with({ $0.trace = parent }) {
            tracer.add("stage crawling", took: .seconds(2), attributes: ["portolan.stage": "crawling", "n": 5, "ok": true])
            tracer.child("fetch GET", kind: .client)?.end(failure: "dns")
        }
        struct Body: Decodable {
            struct Attribute: Decodable {
                let key: String
                let value: [String: AnyValue]
            }
            struct AnyValue: Decodable, Equatable {
                let text: String
                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    if let word = try? container.decode(String.self) { text = word } else { text = "\(try container.decode(Bool.self))" }
                }
            }
            struct Status: Decodable {
                let code: Int
                let message: String?
            }
            struct WireSpan: Decodable {
                let traceId, spanId, parentSpanId, traceState, name, startTimeUnixNano, endTimeUnixNano: String
                let kind: Int
                let attributes: [Attribute]
                let status: Status
            }
            struct Scope: Decodable { let spans: [WireSpan] }
            struct Resource: Decodable { let attributes: [Attribute] }
            struct Group: Decodable {
                let resource: Resource
                let scopeSpans: [Scope]
            }
            let resourceSpans: [Group]
        }
        let bytes = try OTLPEncoder.encode(tracer.take(10), resource: ["service.name": "portolan-api"], version: "1.0.0")
        let body = try JSONDecoder().decode(Body.self, from: Data(bytes))
        let group = try #require(body.resourceSpans.first)
        #expect(group.resource.attributes.first?.key == "service.name")
        let spans = try #require(group.scopeSpans.first).spans
        #expect(spans.map(\.traceId) == Array(repeating: "4bf92f3577b34da6a3ce929d0e0e4736", count: 2))
        #expect(spans.map(\.kind) == [1, 3] && spans.map(\.status.code) == [1, 2] && spans[1].status.message == "dns")
        let (end, start) = (try #require(Int64(spans[0].endTimeUnixNano)), try #require(Int64(spans[0].startTimeUnixNano)))
        #expect(abs(end - start - 2_000_000_000) < 10_000)
        let values = spans[0].attributes.map { "\($0.key) \($0.value.keys.first ?? "") \($0.value.values.first?.text ?? "")" }
        #expect(values == ["n intValue 5", "ok boolValue true", "portolan.stage stringValue crawling"])
    }
}
