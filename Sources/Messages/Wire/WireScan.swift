/// The little of the wire format (https://protobuf.dev/programming-guides/encoding/) that protobuf-c does not show.
enum WireScan {
    /// Whether a length-delimited field `number` at the top level of `bytes` has a zero byte. `bytes` has been parsed before, so whatever does not
    /// fit ends the search.
    static func hasZeroByte(inField number: UInt64, of bytes: [UInt8]) -> Bool {
        var position = 0
        while let tag = varint(in: bytes, at: &position) {
            switch tag & 7 {
            case 0: guard varint(in: bytes, at: &position) != nil else { return false }
            case 1: position += 8
            case 5: position += 4
            case 2:
                guard let length = varint(in: bytes, at: &position), length <= UInt64(bytes.count - position) else { return false }
                let end = position + Int(length)
                if tag >> 3 == number, bytes[position..<end].contains(0) { return true }
                position = end
            default: return false
            }
        }
        return false
    }

    static func append(varint value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func varint(in bytes: [UInt8], at position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
