import CHiredis
import NIOCore
import Primitives

/// hiredis' `redisReader` as an incremental RESP2 decoder. Owns the C reader and frees it with `redisReaderFree`.
///
/// After a thrown error the decoder is spent: the position in the stream is unknown, so the connection must be closed.
@safe struct ReplyDecoder: ~Copyable {
    /// The reader moves its whole rest down after each kilobyte consumed, so small portions keep that move short.
    private static let portion = 16 << 10

    private let reader: UnsafeMutablePointer<redisReader>
    private let builder: ReplyBuilder
    private let limits: ReplyLimits

    init(limits: ReplyLimits = ReplyLimits()) {
        builder = ReplyBuilder(limits: limits)
        self.limits = limits
        guard let reader = unsafe redisReaderCreateWithFunctions(ReplyCallbacks.table) else {
            // Only when malloc fails for some hundred bytes, where nothing else would work either.
            fatalError("redisReaderCreateWithFunctions: out of memory")
        }
        // Unretained: the builder lives as long as this value, and callbacks run inside its methods only.
        unsafe reader.pointee.privdata = unsafe Unmanaged.passUnretained(builder).toOpaque()
        unsafe self.reader = unsafe reader
    }

    deinit { unsafe redisReaderFree(reader) }

    /// Consumes all of `buffer` and calls `body` with each reply that is complete, in order.
    /// - Throws: `RedisError` with code `.protocolViolation` for bytes that are no RESP2 or exceed the limits.
    mutating func decode(_ buffer: inout ByteBuffer, _ body: (RedisValue) -> Void) throws(RedisError) {
        while buffer.readableBytes > 0 {
            let count = min(buffer.readableBytes, Self.portion)
            let status = unsafe buffer.readWithUnsafeReadableBytes { bytes in
                (count, unsafe redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count))
            }
            guard status == REDIS_OK else { throw failure() }
            while let reply = try next() { body(reply) }
            try checkRest()
        }
    }

    private func next() throws(RedisError) -> RedisValue? {
        var root: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &root) == REDIS_OK else { throw failure() }
        return unsafe root == nil ? nil : builder.takeReply()
    }

    /// hiredis bounds neither a line that never ends nor a bulk string that is announced longer than any limit.
    private func checkRest() throws(RedisError) {
        let rest = unsafe reader.pointee.len - reader.pointee.pos
        guard rest > limits.line.bytes else { return }
        guard rest <= limits.size.bytes + limits.line.bytes else {
            throw RedisError(.protocolViolation, "A reply is larger than \(limits.size)")
        }
        let start = unsafe UnsafeRawBufferPointer(start: reader.pointee.buf + reader.pointee.pos, count: limits.line.bytes)
        guard unsafe start.contains(UInt8(ascii: "\n")) else {
            throw RedisError(.protocolViolation, "A line of a reply is longer than \(limits.line)")
        }
    }

    private func failure() -> RedisError {
        if let failure = builder.failure { return failure }
        let text = unsafe withUnsafeBytes(of: reader.pointee.errstr) { raw in
            unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.protocolViolation, "The peer does not speak RESP2", detail: text)
    }
}
