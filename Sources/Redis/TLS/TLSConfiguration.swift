/// How the connection to Redis is protected: TLS 1.2 or newer, with the server's certificate and name always checked.
package struct TLSConfiguration: Sendable, Hashable {
    /// PEM file with the certificates of the authorities to trust, instead of those of the system.
    package var authorityFile: String?
    /// PEM file with the certificate that this client shows, followed by its chain. Needs `keyFile`.
    package var certificateFile: String?
    /// PEM file with the key of that certificate, without a passphrase.
    package var keyFile: String?

    /// The system's authorities, and no certificate of the client's own, unless said otherwise.
    package init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
