import FoundationEssentials

/// Turns binary values into the text that Postgres would print (ISO dates in UTC), for reading as `String` and for COPY.
enum TextRendering {
    /// The text; nil when the bytes do not fit the type, or the type has no text form here.
    static func text(of bytes: ArraySlice<UInt8>, type: PostgresType) -> String? {
        let cell = Cell(type: type, bytes: bytes)
        switch type {
        case .int2, .int4, .int8, .oid: return Int64(cell: cell).map(String.init)
        case .bool: return bytes.first.map { $0 == 0 ? "f" : "t" }
        case .float4 where bytes.count == 4: return text(of: Float(bitPattern: bytes.bigEndian()), isNaN: \.isNaN)
        case .float8 where bytes.count == 8: return text(of: Double(bitPattern: bytes.bigEndian()), isNaN: \.isNaN)
        case .uuid: return UUID(cell: cell)?.uuidString.lowercased()
        case .bytea: return "\\x" + hexadecimal(bytes)
        case .numeric: return numeric(bytes)
        case .jsonb:
            // Version byte 1 comes before the text.
            guard bytes.first == 1 else { return nil }
            return String(validating: bytes.dropFirst(), as: UTF8.self)
        case .timestamptz where bytes.count == 8: return timestamp(bytes.bigEndian()).map { $0 + "+00" }
        case .timestamp where bytes.count == 8: return timestamp(bytes.bigEndian())
        case .date where bytes.count == 4: return date(bytes.bigEndian())
        case .interval: return interval(bytes)
        case _ where isArray(type): return array(bytes)
        default: return String(validating: bytes, as: UTF8.self)
        }
    }

    private static func isArray(_ type: PostgresType) -> Bool {
        switch type {
        case .boolArray, .byteaArray, .int4Array, .int8Array, .textArray, .float4Array, .float8Array, .uuidArray, .timestamptzArray: true
        default: false
        }
    }

    private static func text<Number: BinaryFloatingPoint & CustomStringConvertible>(of number: Number, isNaN: (Number) -> Bool) -> String {
        if isNaN(number) { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func timestamp(_ microseconds: Int64) -> String? {
        if microseconds == .max { return "infinity" }
        if microseconds == .min { return "-infinity" }
        let (whole, fraction) = microseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000)
        guard let base = text(of: Date(postgresSeconds: whole)) else { return nil }
        guard fraction != 0 else { return base }
        let digits = String(1_000_000 + fraction).dropFirst()
        return base + "." + digits.trimmingSuffix("0")
    }

    private static func date(_ days: Int32) -> String? {
        if days == .max { return "infinity" }
        if days == .min { return "-infinity" }
        return text(of: Date(postgresSeconds: Int64(days) * 86_400)).map { String($0.prefix(10)) }
    }

    /// `2026-01-31 12:00:00` in UTC; nil before 1582-10-15 and after the year 9999: Foundation counts in the Julian
    /// calendar before, where Postgres does not, and loses count after.
    private static func text(of date: Date) -> String? {
        guard (-12_219_292_800..<253_402_300_800).contains(date.timeIntervalSince1970) else { return nil }
        return date.formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space).time(includingFractionalSeconds: false))
    }

    private static func interval(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.count == 16 else { return nil }
        let microseconds: Int64 = bytes.bigEndian()
        let days: Int32 = bytes.dropFirst(8).bigEndian()
        let months: Int32 = bytes.dropFirst(12).bigEndian()
        return "P\(months)M\(days)DT\(Double(microseconds) / 1e6)S"
    }

    private static func array(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let array = BinaryArray(bytes) else { return nil }
        var text = "{"
        for (index, cell) in array.cells.enumerated() {
            if index > 0 { text += "," }
            guard let bytes = cell.bytes else {
                text += "NULL"
                continue
            }
            // The server has no arrays of arrays: more dimensions, yes. Refused, because each level would take some of the stack.
            guard !isArray(cell.type), let element = Self.text(of: bytes, type: cell.type) else { return nil }
            text += "\""
            for scalar in element.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
            text += "\""
        }
        return text + "}"
    }

    /// Base 10,000 digits with weight, sign and display scale (`numeric_send` in the server's `numeric.c`).
    private static func numeric(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.count >= 8 else { return nil }
        let count = Int(bytes.bigEndian() as Int16)
        let weight = Int(bytes.dropFirst(2).bigEndian() as Int16)
        let sign: UInt16 = bytes.dropFirst(4).bigEndian()
        let scale = Int(bytes.dropFirst(6).bigEndian() as Int16)
        switch sign {
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: break
        }
        guard count >= 0, scale >= 0, bytes.count == 8 + 2 * count else { return nil }
        func group(_ position: Int) -> String {
            // Groups outside of the digits that were sent are zero.
            let index = weight - position
            guard index >= 0, index < count else { return "0000" }
            return String(String(10_000 + Int(bytes.dropFirst(8 + 2 * index).bigEndian() as Int16)).dropFirst())
        }
        var whole = ""
        if weight >= 0 { for position in stride(from: weight, through: 0, by: -1) { whole += group(position) } }
        whole = String(whole.drop { $0 == "0" })
        var text = (sign == 0x4000 ? "-" : "") + (whole.isEmpty ? "0" : whole)
        if scale > 0 {
            var fraction = ""
            var position = -1
            while fraction.count < scale {
                fraction += group(position)
                position -= 1
            }
            text += "." + fraction.prefix(scale)
        }
        return text
    }
}

extension Int64 {
    func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var trimmed = self
        while trimmed.last == character { trimmed.removeLast() }
        return trimmed
    }
}
