import Primitives

/// A structure in the compact protocol of Thrift, in which Parquet keeps its metadata. Fields must be added in ascending order of their numbers.
///
/// Source: `doc/specs/thrift-compact-protocol.md` of Apache Thrift.
struct CompactStruct {
    private(set) var bytes: [UInt8] = []
    private var last: UInt8 = 0

    /// What stands for a type in a field's header and in a list's.
    private enum Kind: UInt8 {
        case int32 = 5
        case int64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    mutating func add(_ value: Int32, _ field: UInt8) {
        begin(field, .int32)
        append(zigzag: Int64(value))
    }

    mutating func add(_ value: Int64, _ field: UInt8) {
        begin(field, .int64)
        append(zigzag: value)
    }

    mutating func add(_ text: String, _ field: UInt8) {
        begin(field, .binary)
        append(text)
    }

    mutating func add(_ structure: CompactStruct, _ field: UInt8) {
        begin(field, .structure)
        bytes += structure.ended
    }

    mutating func add(_ values: [Int32], _ field: UInt8) {
        begin(list: field, .int32, count: values.count)
        for value in values { append(zigzag: Int64(value)) }
    }

    mutating func add(_ texts: [String], _ field: UInt8) {
        begin(list: field, .binary, count: texts.count)
        for text in texts { append(text) }
    }

    mutating func add(_ structures: [CompactStruct], _ field: UInt8) {
        begin(list: field, .structure, count: structures.count)
        for structure in structures { bytes += structure.ended }
    }

    /// The structure with the mark of its end.
    var ended: [UInt8] { bytes + [0] }

    private mutating func begin(_ field: UInt8, _ kind: Kind) {
        precondition(field > last && field - last < 16, "fields are added in order")
        bytes.append((field - last) << 4 | kind.rawValue)
        last = field
    }

    private mutating func begin(list field: UInt8, _ kind: Kind, count: Int) {
        begin(field, .list)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            bytes.append(variable: UInt64(count))
        }
    }

    private mutating func append(zigzag value: Int64) { bytes.append(variable: UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    private mutating func append(_ text: String) {
        bytes.append(variable: UInt64(text.utf8.count))
        bytes += text.utf8
    }
}

extension [UInt8] {
    /// Adds an unsigned number, seven bits a byte, the lowest first.
    mutating func append(variable number: UInt64) {
        var rest = number
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Adds the bytes of a number, the lowest first.
    mutating func append(littleEndian number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
