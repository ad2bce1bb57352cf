/// The position of a piece of work in a distributed trace, as the W3C headers `traceparent` and `tracestate` carry it.
///
/// Source: https://www.w3.org/TR/trace-context/
package struct TraceContext: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero: the span that is current where this value is held.
    package let spanID: String
    /// Whether the caller records the trace.
    package let isSampled: Bool
    /// The vendors' list, handed on as it came; nil when there was none or it was malformed.
    package let tracestate: String?

    private init(traceID: String, spanID: String, isSampled: Bool, tracestate: String?) {
        (self.traceID, self.spanID, self.isSampled, self.tracestate) = (traceID, spanID, isSampled, tracestate)
    }

    /// Reads the headers; nil when `traceparent` breaks the rules, in which case a new trace has to be started.
    ///
    /// Versions above 00 are read as far as version 00 goes; version ff is refused. A malformed `tracestate` is dropped and the rest kept.
    package init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"), bytes[52] == UInt8(ascii: "-") else {
            return nil
        }
        guard let version = Self.hex(bytes[0..<2]), let traceID = Self.hex(bytes[3..<35]), let spanID = Self.hex(bytes[36..<52]),
            let flags = Self.hex(bytes[53..<55]), version != "ff"
        else { return nil }
        guard version == "00" ? bytes.count == 55 : bytes.count == 55 || bytes[55] == UInt8(ascii: "-") else { return nil }
        guard traceID.contains(where: { $0 != "0" }), spanID.contains(where: { $0 != "0" }) else { return nil }
        let isSampled = UInt8(flags, radix: 16).map { $0 & 1 == 1 } ?? false
        self.init(traceID: traceID, spanID: spanID, isSampled: isSampled, tracestate: tracestate.flatMap(Self.validated))
    }

    /// A new trace.
    package static func generated(isSampled: Bool = true) -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return generated(isSampled: isSampled, using: &generator)
    }

    /// A new trace with identifiers from `generator`.
    package static func generated(isSampled: Bool = true, using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceID: digits(&generator) + digits(&generator), spanID: digits(&generator), isSampled: isSampled, tracestate: nil)
    }

    /// The same trace with a new span under this one.
    package func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return child(using: &generator)
    }

    /// The same trace with a new span whose identifier comes from `generator`.
    package func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.digits(&generator), isSampled: isSampled, tracestate: tracestate)
    }

    /// The value of the `traceparent` header for a call made from this span.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String? {
        let isHex = bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHex ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// 16 digits of a number that is not zero.
    private static func digits(_ generator: inout some RandomNumberGenerator) -> String {
        let digits = String(UInt64.random(in: 1...UInt64.max, using: &generator), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The list if it has 1 to 32 members of the form key=value, each key once, within 512 characters.
    private static func validated(_ tracestate: String) -> String? {
        guard tracestate.utf8.count <= 512, tracestate.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else { return nil }
        let members = tracestate.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
        guard (1...32).contains(members.count) else { return nil }
        let keys = members.compactMap(key)
        return keys.count == members.count && Set(keys).count == keys.count ? tracestate : nil
    }

    /// The bytes of a member without the blanks around it; empty for an empty one, which section 3.3.1 allows.
    private static func trimmed(_ member: Substring) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var bytes = ArraySlice(member.utf8).drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return bytes
    }

    /// The key of a member without blanks around it; nil when the member breaks the grammar of section 3.3.1, as an empty one does.
    private static func key(_ member: ArraySlice<UInt8>) -> [UInt8]? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let (key, value) = (member[..<equals], member[(equals + 1)...])
        let marks = Array("_-*/@".utf8)
        let isInKey = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || marks.contains(byte) }
        guard (1...256).contains(key.count), key.allSatisfy(isInKey), let first = key.first, !marks.contains(first),
            key.count(where: { $0 == UInt8(ascii: "@") }) <= 1
        else { return nil }
        guard (1...256).contains(value.count), value.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }) else {
            return nil
        }
        return Array(key)
    }
}
