internal import CMarkup

/// Character sets other than UTF-8, through libxml2's converters (iconv for the rarer ones).
enum CharsetConverter {
    /// `bytes` in the named character set as UTF-8; what cannot be read becomes U+FFFD. Nil when the name is unknown.
    static func utf8(from bytes: [UInt8], charset: String) -> [UInt8]? {
        guard let handler = unsafe xmlFindCharEncodingHandler(charset) else { return nil }
        defer { unsafe xmlCharEncCloseFunc(handler) }
        guard let input = unsafe xmlBufferCreateSize(bytes.count + 1), let output = unsafe xmlBufferCreateSize(bytes.count * 2 + 64)
        else { return nil }
        defer {
            unsafe xmlBufferFree(input)
            unsafe xmlBufferFree(output)
        }
        _ = unsafe bytes.withUnsafeBufferPointer { unsafe xmlBufferAdd(input, $0.baseAddress, Int32(clamping: $0.count)) }
        while unsafe xmlBufferLength(input) > 0 {
            let before = unsafe xmlBufferLength(input)
            let result = unsafe xmlCharEncInFunc(handler, output, input)
            if result < 0, unsafe xmlBufferLength(input) == before {
                // Stuck at a byte that is none of this character set: step over it.
                _ = unsafe xmlBufferShrink(input, 1)
                _ = unsafe xmlBufferCat(output, "\u{FFFD}")
            } else if result == 0, unsafe xmlBufferLength(input) == before {
                break
            }
        }
        return unsafe Array(UnsafeBufferPointer(start: xmlBufferContent(output), count: Int(xmlBufferLength(output))))
    }
}
