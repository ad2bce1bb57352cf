/// Authenticated encryption by ``AESGCM`` with nonces that are random and part of what is sealed.
public enum Sealing {
    /// `plain` encrypted: a random nonce, the ciphertext, the tag.
    ///
    /// - Parameters:
    ///   - key: 32 bytes; at most 2³² texts under one key, because nonces are random.
    ///   - context: bytes that are not in the result and must be the same on opening.
    public static func seal(_ plain: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8] {
        let nonce = Authenticity.randomBytes(AESGCM.nonceLength)
        return nonce + AESGCM.seal(plain, key: key, nonce: nonce, context: context)
    }

    /// What ``seal(_:key:context:)`` was given; nil when `sealed` is nothing that it returned for this key and context.
    public static func open(_ sealed: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8]? {
        precondition(key.count == AESGCM.keyLength, "a key of AES-256 has 32 bytes")
        guard sealed.count >= AESGCM.nonceLength + AESGCM.tagLength else { return nil }
        return AESGCM.open(
            Array(sealed.dropFirst(AESGCM.nonceLength)), key: key, nonce: Array(sealed.prefix(AESGCM.nonceLength)), context: context)
    }
}
