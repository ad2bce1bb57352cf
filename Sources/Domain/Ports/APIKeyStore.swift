/// What the API asks of the keys.
package protocol APIKeyStore: Sendable {
    /// Every key that has neither expired nor been revoked.
    func working() async throws -> [APIKeyCredential]

    /// Remembers that a key is used now; writes at most once a minute, however many processes say so.
    func noteUse(_ id: APIKeyID) async throws
}

/// A key and what proves it.
package struct APIKeyCredential: Sendable, Hashable {
    package let key: APIKey
    /// SHA-256 of the key's whole text, 32 bytes.
    package let digest: [UInt8]

    /// - Parameters: see the properties.
    package init(key: APIKey, digest: [UInt8]) { (self.key, self.digest) = (key, digest) }
}
