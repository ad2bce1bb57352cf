/// Brings the bytes of a page to UTF-8 without NULs.
enum CharsetDetection {
    /// `bytes` as UTF-8. The character set is the one of the byte order mark, the one that HTTP `declared`, the one of a `meta` element
    /// when `isHTML`, or else UTF-8 where the bytes are that, and Windows-1252 where not.
    ///
    /// Bytes that the character set does not have become U+FFFD.
    static func utf8(from bytes: [UInt8], declared: String?, isHTML: Bool) -> [UInt8] {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return repaired(Array(bytes.dropFirst(3))) }
        if bytes.starts(with: [0xff, 0xfe]) { return converted(Array(bytes.dropFirst(2)), from: "UTF-16LE") }
        if bytes.starts(with: [0xfe, 0xff]) { return converted(Array(bytes.dropFirst(2)), from: "UTF-16BE") }
        let name = declared.flatMap(canonical) ?? (isHTML ? metaCharset(bytes).flatMap(canonical) : nil)
        switch name {
        case "UTF-8": return repaired(bytes)
        case nil: return String(validating: bytes, as: UTF8.self) != nil ? repaired(bytes) : converted(bytes, from: "WINDOWS-1252")
        case let name?: return converted(bytes, from: name)
        }
    }

    private static func canonical(_ name: String) -> String? {
        let upper = name.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }.uppercased()
        switch upper {
        case "": return nil
        case "UTF-8", "UTF8": return "UTF-8"
        // What browsers do (WHATWG Encoding, section 4.2): pages that claim either of these mean Windows-1252.
        case "ISO-8859-1", "ISO8859-1", "LATIN1", "US-ASCII", "ASCII": return "WINDOWS-1252"
        default: return upper.utf8.count <= 32 ? upper : nil
        }
    }

    private static func converted(_ bytes: [UInt8], from name: String) -> [UInt8] {
        CharsetConverter.utf8(from: bytes, charset: name).map(repaired) ?? repaired(bytes)
    }

    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        if String(validating: bytes, as: UTF8.self) == nil { result = Array(String(decoding: bytes, as: UTF8.self).utf8) }
        guard result.contains(0) else { return result }
        for index in result.indices where result[index] == 0 { result[index] = 0x20 }
        return result
    }

    /// The value behind `charset=` in the first 1024 bytes, as far as HTML lets a page declare it.
    private static func metaCharset(_ bytes: [UInt8]) -> String? {
        let head = bytes.prefix(1024).map(\.asciiLowercased)
        let key = Array("charset".utf8)
        var index = 0
        while index + key.count < head.count {
            guard head[index] == key[0], head[index...].starts(with: key) else {
                index += 1
                continue
            }
            var position = index + key.count
            while position < head.count, head[position].isHTMLSpace { position += 1 }
            index = position
            guard position < head.count, head[position] == UInt8(ascii: "=") else { continue }
            position += 1
            while position < head.count, head[position].isHTMLSpace || head[position] == 0x22 || head[position] == 0x27 { position += 1 }
            let end =
                head[position...].firstIndex { $0.isHTMLSpace || $0 == 0x22 || $0 == 0x27 || $0 == 0x3e || $0 == 0x3b || $0 == 0x2f }
                ?? head.endIndex
            return String(decoding: head[position..<end], as: UTF8.self)
        }
        return nil
    }
}
