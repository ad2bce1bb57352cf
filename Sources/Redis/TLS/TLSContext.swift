import CTLS

/// An `SSL_CTX`: the authorities to trust and the client's own certificate. Freed with `SSL_CTX_free`; sessions made from it keep what they need.
///
/// Immutable once made, and `SSL_CTX` may be used from several threads then.
@safe final class TLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    /// Reads the files of `configuration`: blocks, some milliseconds with the authorities of a whole system.
    /// - Throws: `RedisError` with code `.configuration` that names the file that cannot be used.
    init(_ configuration: TLSConfiguration) throws(RedisError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw RedisError(.configuration, "TLS cannot be set up", detail: TLSFailure.reasons())
        }
        unsafe self.context = unsafe context
        guard unsafe portolan_tls_restrict(context) == 1 else {
            throw RedisError(.configuration, "TLS cannot be limited to 1.2 and newer", detail: TLSFailure.reasons())
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // Without this OpenSSL asks on the terminal for the passphrase of a key.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        if let file = configuration.authorityFile {
            guard unsafe SSL_CTX_load_verify_file(context, file) == 1 else {
                throw .tlsFile(file, "has no certificates of authorities that can be read")
            }
        } else if unsafe SSL_CTX_set_default_verify_paths(context) != 1 {
            throw RedisError(.configuration, "The authorities of the system cannot be read", detail: TLSFailure.reasons())
        }
        guard let certificate = configuration.certificateFile, let key = configuration.keyFile else { return }
        guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw .tlsFile(certificate, "has no certificate that can be read")
        }
        // Also refuses a key that does not belong to the certificate.
        guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
            throw .tlsFile(key, "has no key without passphrase for the client certificate")
        }
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// A session for one connection to the server `host`, a name or an address.
    /// - Throws: `RedisError` with code `.configuration` for a name that no certificate can have.
    func makeSession(host: String) throws(RedisError) -> TLSSession {
        try unsafe TLSSession(context: context, host: host)
    }
}

extension RedisError {
    fileprivate static func tlsFile(_ path: String, _ problem: String) -> RedisError {
        RedisError(.configuration, "The TLS file \(path) \(problem)", detail: TLSFailure.reasons())
    }
}
