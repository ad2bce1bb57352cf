/// Percent-encoding in one normal form (RFC 3986, 6.2.2): unreserved characters plain, everything else that needs it as upper-case triplets.
package enum PercentEncoding {
    /// The byte that the two hexadecimal digits at the start of `digits` stand for.
    static func byte(_ digits: some Collection<UInt8>) -> UInt8? {
        var iterator = digits.makeIterator()
        guard let high = iterator.next(), let low = iterator.next(), high.isHexDigit, low.isHexDigit else { return nil }
        return value(high) << 4 | value(low)
    }

    /// `text` with its triplets decoded; nil when that is no UTF-8.
    package static func decoded(_ text: some StringProtocol) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let decoded = Self.byte(rest) {
                rest = rest.dropFirst(2)
                output.append(decoded)
            } else {
                output.append(byte)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    /// Where the text stands, which decides on the reserved characters that stay plain.
    enum Part {
        case path, query
    }

    /// `text` in normal form. A percent sign without two digits becomes `%25`.
    static func normalized(_ text: Substring, _ part: Part) -> String {
        let isPlain =
            switch part {
            case .path: inPath
            case .query: inQuery
            }
        if text.utf8.allSatisfy({ isPlain[Int($0)] }) { return String(text) }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 16)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let decoded = Self.byte(rest) {
                rest = rest.dropFirst(2)
                if isUnreserved(decoded) { output.append(decoded) } else { append(decoded, to: &output) }
            } else if isPlain[Int(byte)] {
                output.append(byte)
            } else {
                append(byte, to: &output)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let inPath = table("/:@!$&'()*+,;=")
    private static let inQuery = table("/:@!$&'()*+,;=?")

    private static func table(_ reserved: String) -> [Bool] {
        (0...255).map { isUnreserved(UInt8($0)) || reserved.utf8.contains(UInt8($0)) }
    }

    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func value(_ digit: UInt8) -> UInt8 { digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x61 + 10 }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}
