/// Base64 of RFC 4648, canonical in both directions.
public enum Base64 {
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of `bytes` in the standard alphabet with padding.
    public static func encode(_ bytes: some Collection<UInt8>) -> String { encode(bytes, alphabet: standard, isPadded: true) }

    /// The text of `bytes` in the alphabet for URLs, without padding.
    public static func encodeURLSafe(_ bytes: some Collection<UInt8>) -> String { encode(bytes, alphabet: urlSafe, isPadded: false) }

    /// The bytes of a padded text in the standard alphabet; nil for any other text, also for one that no encoder writes.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count % 4 == 0 else { return nil }
        var body = Array(text.utf8)
        var padding = 0
        while padding < 2, body.last == UInt8(ascii: "=") {
            body.removeLast()
            padding += 1
        }
        guard (body.count + padding) % 4 == 0 else { return nil }
        return decode(body, alphabet: standard)
    }

    /// The bytes of an unpadded text in the alphabet for URLs; nil for any other text.
    public static func decodeURLSafe(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8), alphabet: urlSafe) }

    private static func encode(_ bytes: some Collection<UInt8>, alphabet: [UInt8], isPadded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in bytes {
            accumulator = accumulator << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(accumulator >> UInt32(bits) & 63)])
            }
            accumulator &= 1 << UInt32(bits) - 1
        }
        if bits > 0 { text.append(alphabet[Int(accumulator << UInt32(6 - bits) & 63)]) }
        while isPadded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func decode(_ body: [UInt8], alphabet: [UInt8]) -> [UInt8]? {
        guard body.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count * 3 / 4)
        var accumulator: UInt32 = 0
        var bits = 0
        for character in body {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            accumulator = accumulator << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
            accumulator &= 1 << UInt32(bits) - 1
        }
        // Bits that are left must be zero, or two texts would mean the same bytes.
        return accumulator == 0 ? bytes : nil
    }
}
