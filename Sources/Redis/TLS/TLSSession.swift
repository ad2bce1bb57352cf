import CTLS
import NIOCore

/// One TLS connection without its socket: an `SSL` between two memory BIOs. Bytes of the peer are fed in, bytes for it are taken out.
/// Freed with `SSL_free`, and the BIOs with it.
///
/// After a thrown error the session is spent; what `takeOutput()` still has is the alert for the peer.
@safe struct TLSSession: ~Copyable {
    private let session: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// How much is decrypted at a time: the largest record.
    private static let portion = 16 << 10

    fileprivate enum Step { case done, wantsInput, closed }

    /// A client's session that accepts only a certificate for `host`.
    init(context: OpaquePointer, host: String) throws(RedisError) {
        ERR_clear_error()
        guard let session = unsafe SSL_new(context), let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem())
        else {
            // Only when malloc fails, where nothing else would work either.
            fatalError("OpenSSL: out of memory")
        }
        unsafe SSL_set_bio(session, input, output)
        unsafe (self.session, self.input, self.output) = unsafe (session, input, output)
        unsafe SSL_set_connect_state(session)
        unsafe SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        // An address is compared with the addresses of the certificate and is not sent as a server name (RFC 6066, section 3).
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1 { return }
        ERR_clear_error()
        guard unsafe SSL_set1_host(session, host) == 1, unsafe portolan_tls_set_server_name(session, host) == 1 else {
            throw RedisError(.configuration, "The host of the Redis URL is no name that a certificate can have")
        }
    }

    deinit { unsafe SSL_free(session) }

    /// Takes in all of `buffer`.
    mutating func feed(_ buffer: inout ByteBuffer) {
        unsafe buffer.readWithUnsafeReadableBytes { bytes in
            var written = 0
            // A memory BIO takes everything or, out of memory, nothing.
            if bytes.count > 0, unsafe BIO_write_ex(input, bytes.baseAddress, bytes.count, &written) != 1 {
                fatalError("OpenSSL: out of memory")
            }
            return bytes.count
        }
    }

    /// Goes on with the handshake and says whether it is over.
    /// - Throws: `RedisError` with code `.tls` and the reason.
    mutating func handshake() throws(RedisError) -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        guard result != 1 else { return true }
        guard unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_READ else { throw handshakeFailure() }
        return false
    }

    /// Encrypts all of `buffer`. Only after the handshake.
    mutating func encrypt(_ buffer: inout ByteBuffer) throws(RedisError) {
        guard buffer.readableBytes > 0 else { return }
        ERR_clear_error()
        let isWritten = unsafe buffer.readWithUnsafeReadableBytes { bytes in
            var written = 0
            // Memory takes everything at once, and renegotiation, which could stand in the way, is off.
            let result = unsafe SSL_write_ex(session, bytes.baseAddress, bytes.count, &written)
            return (bytes.count, result == 1 && written == bytes.count)
        }
        guard isWritten else { throw RedisError(.tls, "TLS to Redis broke while writing", detail: TLSFailure.reasons()) }
    }

    /// Appends what can be decrypted to `buffer`, at most some records. False when the peer has ended the session properly.
    /// - Throws: `RedisError` with code `.tls` for records that were changed on the way and for alerts.
    mutating func decrypt(into buffer: inout ByteBuffer) throws(RedisError) -> Bool {
        while true {
            ERR_clear_error()
            var count = 0
            var result: Int32 = 0
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.portion) { space in
                result = unsafe SSL_read_ex(session, space.baseAddress, Self.portion, &count)
                return result == 1 ? count : 0
            }
            if result == 1 { continue }
            switch unsafe SSL_get_error(session, result) {
            case SSL_ERROR_WANT_READ: return true
            case SSL_ERROR_ZERO_RETURN: return false
            default:
                let reason = TLSFailure.first().text
                throw RedisError(.tls, "Redis ended the TLS connection: \(reason)", detail: reason)
            }
        }
    }

    /// Puts the proper end of the session into the output.
    mutating func end() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(session)
    }

    /// Takes the bytes for the peer; nil when there are none.
    mutating func takeOutput(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let pending = unsafe portolan_tls_pending(output)
        guard pending > 0 else { return nil }
        var buffer = allocator.buffer(capacity: pending)
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            var count = 0
            return unsafe BIO_read_ex(output, space.baseAddress, pending, &count) == 1 ? count : 0
        }
        return buffer
    }

    private func handshakeFailure() -> RedisError {
        let reason = TLSFailure.first()
        if reason.isCertificate {
            let problem = unsafe String(cString: X509_verify_cert_error_string(SSL_get_verify_result(session)))
            return RedisError(.tls, "The certificate of Redis is not accepted: \(problem)")
        }
        return RedisError(.tls, "Redis and this client cannot agree on TLS: \(reason.text)", detail: reason.text)
    }
}
