package import FoundationEssentials

/// A value that can be read from a column.
package protocol PostgresDecodable: Sendable {
    /// Reads a cell; nil when the cell is NULL or of another kind.
    init?(cell: Cell)
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package init?(cell: Cell) {
        if cell.bytes == nil {
            self = Optional.none
        } else if let value = Wrapped(cell: cell) {
            self = Optional.some(value)
        } else {
            return nil
        }
    }
}

/// Reads every kind that the driver can render as Postgres itself would.
extension String: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes, let text = TextRendering.text(of: bytes, type: cell.type) else { return nil }
        self = text
    }
}

extension Int64: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes else { return nil }
        switch cell.type {
        case .int8 where bytes.count == 8: self = bytes.bigEndian()
        case .int4 where bytes.count == 4: self = Int64(bytes.bigEndian() as Int32)
        case .int2 where bytes.count == 2: self = Int64(bytes.bigEndian() as Int16)
        case .oid where bytes.count == 4: self = Int64(bytes.bigEndian() as UInt32)
        case .numeric, .text, PostgresType(rawValue: 705):
            guard let text = TextRendering.text(of: bytes, type: cell.type), let value = Int64(text) else { return nil }
            self = value
        default: return nil
        }
    }
}

extension Int: PostgresDecodable {
    package init?(cell: Cell) {
        guard let value = Int64(cell: cell) else { return nil }
        self = Int(value)
    }
}

extension Int32: PostgresDecodable {
    package init?(cell: Cell) {
        guard let wide = Int64(cell: cell), let value = Int32(exactly: wide) else { return nil }
        self = value
    }
}

extension Double: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes else { return nil }
        switch cell.type {
        case .float8 where bytes.count == 8: self.init(bitPattern: bytes.bigEndian())
        case .float4 where bytes.count == 4: self.init(Float(bitPattern: bytes.bigEndian()))
        case .numeric, .int2, .int4, .int8:
            guard let text = TextRendering.text(of: bytes, type: cell.type), let value = Double(text) else { return nil }
            self = value
        default: return nil
        }
    }
}

extension Float: PostgresDecodable {
    package init?(cell: Cell) {
        guard let value = Double(cell: cell) else { return nil }
        self.init(value)
    }
}

extension Bool: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes, cell.type == .bool, let byte = bytes.first else { return nil }
        self = byte != 0
    }
}

extension UUID: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes else { return nil }
        if cell.type == .text {
            guard let text = TextRendering.text(of: bytes, type: .text), let value = UUID(uuidString: text) else { return nil }
            self = value
            return
        }
        guard cell.type == .uuid, bytes.count == 16 else { return nil }
        let first = bytes.startIndex
        func byte(_ index: Int) -> UInt8 { bytes[first + index] }
        self.init(
            uuid: (
                byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7), byte(8), byte(9), byte(10), byte(11), byte(12),
                byte(13), byte(14), byte(15)
            ))
    }
}

/// Reads `timestamptz`, `timestamp` (taken as UTC) and `date` (midnight UTC); infinities become the distant dates.
extension Date: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes else { return nil }
        switch cell.type {
        case .timestamptz where bytes.count == 8, .timestamp where bytes.count == 8:
            let value: Int64 = bytes.bigEndian()
            self = value == .max ? .distantFuture : value == .min ? .distantPast : Date(postgresMicroseconds: value)
        case .date where bytes.count == 4:
            let days: Int32 = bytes.bigEndian()
            self =
                days == .max ? .distantFuture : days == .min ? .distantPast : Date(postgresSeconds: Int64(days) * 86_400)
        default: return nil
        }
    }
}

/// Reads `interval`, a day counting 24 hours; intervals with months are refused because months differ.
extension Duration: PostgresDecodable {
    package init?(cell: Cell) {
        guard let bytes = cell.bytes, cell.type == .interval, bytes.count == 16 else { return nil }
        let microseconds: Int64 = bytes.bigEndian()
        let days: Int32 = bytes.dropFirst(8).bigEndian()
        let months: Int32 = bytes.dropFirst(12).bigEndian()
        guard months == 0 else { return nil }
        self = .microseconds(microseconds) + .seconds(Int64(days) * 86_400)
    }
}

extension PostgresJSON: PostgresDecodable {
    package init?(cell: Cell) {
        guard cell.type == .json || cell.type == .jsonb, let text = String(cell: cell) else { return nil }
        self.init(text)
    }
}

/// What may stand in a Swift array that is read from a column: bytes of a `bytea`, or elements of an array.
package protocol PostgresArrayDecodable: Sendable {
    /// Reads the whole cell; nil when it is NULL or of another kind.
    static func decodeArray(cell: Cell) -> [Self]?
}

extension Array: PostgresDecodable where Element: PostgresArrayDecodable {
    package init?(cell: Cell) {
        guard let values = Element.decodeArray(cell: cell) else { return nil }
        self = values
    }
}

extension UInt8: PostgresArrayDecodable {
    package static func decodeArray(cell: Cell) -> [UInt8]? {
        guard cell.type == .bytea, let bytes = cell.bytes else { return nil }
        return Array(bytes)
    }
}

extension PostgresArrayDecodable where Self: PostgresDecodable {
    package static func decodeArray(cell: Cell) -> [Self]? {
        guard let bytes = cell.bytes, let array = BinaryArray(bytes) else { return nil }
        var values: [Self] = []
        values.reserveCapacity(array.cells.count)
        for element in array.cells {
            guard let value = Self(cell: element) else { return nil }
            values.append(value)
        }
        return values
    }
}

extension Optional: PostgresArrayDecodable where Wrapped: PostgresDecodable {}
extension String: PostgresArrayDecodable {}
extension Int: PostgresArrayDecodable {}
extension Int64: PostgresArrayDecodable {}
extension Int32: PostgresArrayDecodable {}
extension Double: PostgresArrayDecodable {}
extension Float: PostgresArrayDecodable {}
extension Bool: PostgresArrayDecodable {}
extension UUID: PostgresArrayDecodable {}
extension Date: PostgresArrayDecodable {}

/// The binary form of a one-dimensional (or empty) array, checked against its length.
struct BinaryArray {
    let cells: [Cell]

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= 12 else { return nil }
        let dimensions: Int32 = bytes.bigEndian()
        guard dimensions != 0 else {
            cells = []
            return
        }
        guard dimensions == 1, bytes.count >= 20 else { return nil }
        let type = PostgresType(rawValue: bytes.dropFirst(8).bigEndian())
        let count: Int32 = bytes.dropFirst(12).bigEndian()
        // Each element takes at least its length, so a count beyond the bytes is broken.
        guard count >= 0, Int(count) <= (bytes.count - 20) / 4 else { return nil }
        var rest = bytes.dropFirst(20)
        var cells: [Cell] = []
        cells.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard rest.count >= 4 else { return nil }
            let length: Int32 = rest.bigEndian()
            rest = rest.dropFirst(4)
            if length < 0 {
                cells.append(Cell(type: type, bytes: nil))
            } else {
                guard rest.count >= Int(length) else { return nil }
                cells.append(Cell(type: type, bytes: rest.prefix(Int(length))))
                rest = rest.dropFirst(Int(length))
            }
        }
        self.cells = cells
    }
}

extension ArraySlice<UInt8> {
    /// The first bytes as a number; the caller has checked that there are enough.
    func bigEndian<Value: FixedWidthInteger>() -> Value {
        var value: Value = 0
        for byte in prefix(Value.bitWidth / 8) { value = value << 8 | Value(truncatingIfNeeded: byte) }
        return value
    }
}
