import FoundationEssentials

/// Spans as an `ExportTraceServiceRequest` in the JSON encoding of OTLP: identifiers in hexadecimal, 64-bit numbers as texts, enumerations as
/// numbers.
///
/// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
package enum OTLPEncoder {
    private struct Request: Encodable { let resourceSpans: [ResourceSpans] }

    private struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    private struct Resource: Encodable { let attributes: [Attribute] }

    private struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [WireSpan]
    }

    private struct Scope: Encodable {
        let name: String
        let version: String
    }

    private struct Attribute: Encodable {
        let key: String
        let value: Span.Value

        enum Keys: String, CodingKey { case key, value }
        enum ValueKeys: String, CodingKey { case stringValue, intValue, boolValue }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(key, forKey: .key)
            var nested = container.nestedContainer(keyedBy: ValueKeys.self, forKey: .value)
            switch value {
            case .text(let text): try nested.encode(text, forKey: .stringValue)
            case .number(let number): try nested.encode("\(number)", forKey: .intValue)
            case .flag(let flag): try nested.encode(flag, forKey: .boolValue)
            }
        }
    }

    private struct Status: Encodable {
        let code: Int
        let message: String?
    }

    private struct WireSpan: Encodable {
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let traceState: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let links: [Link]?
        let status: Status
    }

    private struct Link: Encodable {
        let traceId: String
        let spanId: String
    }

    /// The bytes of a request with `spans`.
    ///
    /// - Parameters:
    ///   - resource: who made them, such as `service.name`.
    ///   - version: of the product.
    /// - Throws: `EncodingError`, which no span causes.
    package static func encode(_ spans: [Span], resource: [String: String], version: String) throws -> [UInt8] {
        let request = Request(resourceSpans: [
            ResourceSpans(
                resource: Resource(attributes: resource.sorted { $0.key < $1.key }.map { Attribute(key: $0.key, value: .text($0.value)) }),
                scopeSpans: [ScopeSpans(scope: Scope(name: "portolan", version: version), spans: spans.map(wire))])
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(request))
    }

    private static func wire(_ span: Span) -> WireSpan {
        WireSpan(
            traceId: span.context.traceID, spanId: span.context.spanID, parentSpanId: span.parentID, traceState: span.context.tracestate,
            name: span.name, kind: span.kind.rawValue, startTimeUnixNano: nanoseconds(span.start), endTimeUnixNano: nanoseconds(span.end),
            attributes: span.attributes.sorted { $0.key < $1.key }.map { Attribute(key: $0.key, value: $0.value) },
            links: span.links.isEmpty ? nil : span.links.map { Link(traceId: $0.traceID, spanId: $0.spanID) },
            // 1 is ok and 2 error; unset, which is 0, says that nobody looked.
            status: Status(code: span.failure == nil ? 1 : 2, message: span.failure))
    }

    private static func nanoseconds(_ date: Date) -> String {
        // A double holds a time of today to a quarter of a microsecond: more digits would be made up.
        "\(Int64((date.timeIntervalSince1970 * 1_000_000).rounded()) * 1000)"
    }
}
