internal import CMarkup
internal import Glibc

/// Character sets other than UTF-8, through libxml2's converters (iconv for the rarer ones).
///
/// They are called themselves, not through `xmlCharEncInFunc`: that moves all that is left for every byte that cannot be read, and writes
/// a line about it to the error output.
enum CharsetConverter {
    /// Bytes that are handed over at once.
    private static let window = 16 << 10

    /// What a converter did with a window.
    private struct Step {
        var read = 0
        var written = 0
        /// Whether it stopped at a byte that is none of the character set, rather than at the end.
        var isStuck = false
    }

    /// `bytes` in the named character set as UTF-8; what cannot be read becomes U+FFFD. Nil when the name is unknown.
    static func utf8(from bytes: [UInt8], charset: String) -> [UInt8]? {
        guard let handler = unsafe xmlFindCharEncodingHandler(charset) else { return nil }
        defer { unsafe xmlCharEncCloseFunc(handler) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 8)
        // No character set has more bytes of UTF-8 for one of its own.
        var output = [UInt8](repeating: 0, count: window * 4)
        var position = 0
        while position < bytes.count {
            let length = min(window, bytes.count - position)
            let step = unsafe bytes.withUnsafeBufferPointer { input in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe convert(
                        UnsafeBufferPointer(rebasing: input[position..<(position + length)]), into: output, by: handler)
                }
            }
            result.append(contentsOf: output[..<step.written])
            position += step.read
            if step.isStuck {
                // Step over it.
                position += 1
                result.append(contentsOf: "\u{FFFD}".utf8)
            } else if step.read == 0, step.written == 0 {
                break
            }
        }
        return result
    }

    private static func convert(
        _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, by handler: xmlCharEncodingHandlerPtr
    ) -> Step {
        guard let start = input.baseAddress, let target = output.baseAddress else { return Step() }
        if let function = unsafe handler.pointee.input {
            var (read, written) = (Int32(input.count), Int32(output.count))
            let status = unsafe function(target, &written, start, &read)
            return Step(read: Int(max(read, 0)), written: Int(max(written, 0)), isStuck: status == -2)
        }
        guard let converter = unsafe handler.pointee.iconv_in else { return Step() }
        var from: UnsafeMutablePointer<CChar>? = unsafe UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(to: CChar.self)
        var to: UnsafeMutablePointer<CChar>? = unsafe UnsafeMutableRawPointer(target).assumingMemoryBound(to: CChar.self)
        var (left, room) = (input.count, output.count)
        let status = unsafe iconv(converter, &from, &left, &to, &room)
        return Step(read: input.count - left, written: output.count - room, isStuck: status == -1 && errno == EILSEQ)
    }
}
