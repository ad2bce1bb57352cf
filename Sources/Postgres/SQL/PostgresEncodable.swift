package import FoundationEssentials

/// A value that can be a parameter of a statement.
package protocol PostgresEncodable: Sendable {
    /// The Postgres type that it is sent as, also when it is NULL.
    static var postgresType: PostgresType { get }
    /// Adds exactly one parameter.
    func encode(into buffer: inout ParameterBuffer)
}

/// A value that can be an element of an array parameter.
package protocol PostgresArrayElement: PostgresEncodable {
    /// The type of a one-dimensional array of it.
    static var postgresArrayType: PostgresType { get }
    /// The type of the element inside the array.
    static var postgresElementType: PostgresType { get }
    /// Appends the binary form.
    func appendBinary(to bytes: inout [UInt8])
    /// Whether it is text that holds a NUL.
    var holdsNul: Bool { get }
}

extension PostgresArrayElement {
    package static var postgresElementType: PostgresType { postgresType }
    package var holdsNul: Bool { false }
    package func encode(into buffer: inout ParameterBuffer) { buffer.appendBinary(Self.postgresType) { appendBinary(to: &$0) } }
}

/// Text is sent untyped, so that the server reads it as whatever stands there: text, an enumeration, `jsonb`, `$1::halfvec`.
extension String: PostgresArrayElement {
    package static var postgresType: PostgresType { .unspecified }
    package static var postgresElementType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }
    package func encode(into buffer: inout ParameterBuffer) { buffer.appendText(self, as: .unspecified) }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    package var holdsNul: Bool { utf8.contains(0) }
}

/// Sent as `int8`; use `Int32` for functions that take `integer` only.
extension Int: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }
}

extension Int64: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
}

extension Int32: PostgresArrayElement {
    package static var postgresType: PostgresType { .int4 }
    package static var postgresArrayType: PostgresType { .int4Array }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
}

extension Double: PostgresArrayElement {
    package static var postgresType: PostgresType { .float8 }
    package static var postgresArrayType: PostgresType { .float8Array }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
}

extension Float: PostgresArrayElement {
    package static var postgresType: PostgresType { .float4 }
    package static var postgresArrayType: PostgresType { .float4Array }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
}

extension Bool: PostgresArrayElement {
    package static var postgresType: PostgresType { .bool }
    package static var postgresArrayType: PostgresType { .boolArray }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
}

extension UUID: PostgresArrayElement {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }
    package func appendBinary(to bytes: inout [UInt8]) {
        let raw = uuid
        bytes += [raw.0, raw.1, raw.2, raw.3, raw.4, raw.5, raw.6, raw.7, raw.8, raw.9, raw.10, raw.11, raw.12, raw.13, raw.14, raw.15]
    }
}

/// Sent as `timestamptz`, to the microsecond.
extension Date: PostgresArrayElement {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }
    package func appendBinary(to bytes: inout [UInt8]) { bytes.append(bigEndian: postgresMicroseconds) }

    /// Microseconds since 2000-01-01, Postgres' epoch; clamped to what fits.
    var postgresMicroseconds: Int64 {
        // Whole seconds and fraction apart: a Double of microseconds since 1970 has no bits left for the last one.
        let sinceReference = timeIntervalSinceReferenceDate
        let whole = sinceReference.rounded(.down)
        guard abs(whole) < 9e12 else { return whole < 0 ? .min : .max }
        let fraction = ((sinceReference - whole) * 1e6).rounded()
        return (Int64(whole) + Self.referenceToPostgresEpochSeconds) * 1_000_000 + Int64(fraction)
    }

    init(postgresMicroseconds value: Int64) {
        let (seconds, microseconds) = value.quotientAndRemainder(dividingBy: 1_000_000)
        self.init(timeIntervalSinceReferenceDate: Double(seconds - Self.referenceToPostgresEpochSeconds) + Double(microseconds) / 1e6)
    }

    /// For whole seconds, which reach further than the microseconds of 64 bits: a `date` does.
    init(postgresSeconds value: Int64) {
        self.init(timeIntervalSinceReferenceDate: Double(value - Self.referenceToPostgresEpochSeconds))
    }

    /// From 2000-01-01 to 2001-01-01: 366 days.
    static let referenceToPostgresEpochSeconds: Int64 = 366 * 86_400
}

/// Sent as `interval`: microseconds only, no days or months.
extension Duration: PostgresEncodable {
    package static var postgresType: PostgresType { .interval }
    package func encode(into buffer: inout ParameterBuffer) {
        let (seconds, attoseconds) = components
        buffer.appendBinary(.interval) { bytes in
            bytes.append(bigEndian: seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000)
            bytes.append(bigEndian: Int32(0))
            bytes.append(bigEndian: Int32(0))
        }
    }
}

/// Text that is sent as `jsonb`; the server checks its syntax.
package struct PostgresJSON: PostgresEncodable, Hashable {
    /// The JSON text.
    package let text: String
    package init(_ text: String) { self.text = text }
    package static var postgresType: PostgresType { .jsonb }
    package func encode(into buffer: inout ParameterBuffer) { buffer.appendText(text, as: .jsonb) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package static var postgresType: PostgresType { Wrapped.postgresType }
    package func encode(into buffer: inout ParameterBuffer) {
        guard let self else { return buffer.appendNull(Wrapped.postgresType) }
        self.encode(into: &buffer)
    }
}

/// `[UInt8]` is `bytea`; arrays of the other encodable values are one-dimensional Postgres arrays. Both are sent in binary.
extension Array: PostgresEncodable where Element: PostgresArrayable {
    package static var postgresType: PostgresType { Element.postgresArrayableType }
    package func encode(into buffer: inout ParameterBuffer) { Element.encodeArray(self, into: &buffer) }
}

/// What may stand in a Swift array that is a parameter.
package protocol PostgresArrayable: Sendable {
    /// The type of the whole.
    static var postgresArrayableType: PostgresType { get }
    /// Adds the whole as one parameter.
    static func encodeArray(_ values: [Self], into buffer: inout ParameterBuffer)
}

extension UInt8: PostgresArrayable {
    package static var postgresArrayableType: PostgresType { .bytea }
    package static func encodeArray(_ values: [UInt8], into buffer: inout ParameterBuffer) { buffer.appendBinary(.bytea) { $0 += values } }
}

extension PostgresArrayElement {
    package static var postgresArrayableType: PostgresType { postgresArrayType }
    package static func encodeArray(_ values: [Self], into buffer: inout ParameterBuffer) {
        if values.contains(where: \.holdsNul) { buffer.refuseNul() }
        buffer.appendArray(
            of: postgresElementType, as: postgresArrayType, values, isNull: { _ in false }, encode: { $0.appendBinary(to: &$1) })
    }
}

extension Optional: PostgresArrayable where Wrapped: PostgresArrayElement {
    package static var postgresArrayableType: PostgresType { Wrapped.postgresArrayType }
    package static func encodeArray(_ values: [Wrapped?], into buffer: inout ParameterBuffer) {
        if values.contains(where: { $0?.holdsNul ?? false }) { buffer.refuseNul() }
        buffer.appendArray(
            of: Wrapped.postgresElementType, as: Wrapped.postgresArrayType, values, isNull: { $0 == nil },
            encode: { $0?.appendBinary(to: &$1) })
    }
}

extension String: PostgresArrayable {}
extension Int: PostgresArrayable {}
extension Int64: PostgresArrayable {}
extension Int32: PostgresArrayable {}
extension Double: PostgresArrayable {}
extension Float: PostgresArrayable {}
extension Bool: PostgresArrayable {}
extension UUID: PostgresArrayable {}
extension Date: PostgresArrayable {}
