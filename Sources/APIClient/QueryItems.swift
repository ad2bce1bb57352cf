/// The query of a URL in the making; parameters without a value are left out.
struct QueryItems {
    private var pairs: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { pairs.append((name, value)) }
    }

    mutating func add(_ name: String, _ value: Int?) { add(name, value.map(String.init)) }

    /// The query with its question mark; empty without parameters.
    var text: String {
        pairs.isEmpty ? "" : "?" + pairs.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    /// `text` with everything but the unreserved characters of RFC 3986 percent-encoded.
    static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
