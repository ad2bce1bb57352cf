/// Encoded parameters of a statement, back to back in one buffer, as libpq wants to see them.
package struct ParameterBuffer: Sendable {
    struct Slot: Sendable {
        var type: PostgresType
        var isBinary: Bool
        var start: Int
        /// Bytes without the terminator of text; nil for NULL.
        var length: Int?
    }

    var bytes: [UInt8] = []
    var slots: [Slot] = []
    /// The first value that could not be encoded, by what is wrong with it.
    var failure: String?

    /// Adds NULL.
    mutating func appendNull(_ type: PostgresType) {
        slots.append(Slot(type: type, isBinary: true, start: bytes.count, length: nil))
    }

    /// Adds a value in the binary format of `type`.
    mutating func appendBinary(_ type: PostgresType, _ body: (inout [UInt8]) -> Void) {
        let start = bytes.count
        body(&bytes)
        slots.append(Slot(type: type, isBinary: true, start: start, length: bytes.count - start))
    }

    /// Adds text, which the server reads as `type`.
    mutating func appendText(_ text: String, as type: PostgresType) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        let length = bytes.count - start
        refuseNul(from: start)
        // libpq takes the length of text from its terminator.
        bytes.append(0)
        slots.append(Slot(type: type, isBinary: false, start: start, length: length))
    }

    /// Adds a one-dimensional array in binary: nil elements become NULL.
    mutating func appendArray<Element>(
        of element: PostgresType, as type: PostgresType, _ values: [Element], isNull: (Element) -> Bool,
        encode: (Element, inout [UInt8]) -> Void
    ) {
        appendBinary(type) { bytes in
            bytes.append(bigEndian: Int32(values.isEmpty ? 0 : 1))
            bytes.append(bigEndian: Int32(values.contains(where: isNull) ? 1 : 0))
            bytes.append(bigEndian: element.rawValue)
            guard !values.isEmpty else { return }
            bytes.append(bigEndian: Int32(values.count))
            bytes.append(bigEndian: Int32(1))
            for value in values {
                let position = bytes.count
                bytes.append(bigEndian: Int32(-1))
                guard !isNull(value) else { continue }
                encode(value, &bytes)
                bytes.replace(at: position, bigEndian: Int32(bytes.count - position - 4))
            }
        }
    }

    mutating func refuseNul(from start: Int) {
        if bytes[start...].contains(0) { refuseNul() }
    }

    mutating func refuseNul() {
        failure = failure ?? "Parameter $\(slots.count + 1) is text with a NUL character, which Postgres cannot store."
    }

    mutating func append(contentsOf other: ParameterBuffer) {
        let base = bytes.count
        bytes += other.bytes
        slots += other.slots.map { Slot(type: $0.type, isBinary: $0.isBinary, start: $0.start + base, length: $0.length) }
        failure = failure ?? other.failure
    }
}

extension [UInt8] {
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        var shift = Value.bitWidth - 8
        while shift >= 0 {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
            shift -= 8
        }
    }

    mutating func replace(at position: Int, bigEndian value: Int32) {
        for index in 0..<4 { self[position + index] = UInt8(truncatingIfNeeded: value >> Int32(24 - 8 * index)) }
    }
}
