internal import CCrypto

/// Authenticated encryption with AES-256-GCM (NIST SP 800-38D) through libcrypto's EVP interface.
public enum Sealing {
    private static let nonceLength = 12
    private static let tagLength = 16

    /// `plain` encrypted: a random nonce, the ciphertext, the tag.
    ///
    /// - Parameters:
    ///   - key: 32 bytes; at most 2³² texts under one key, because nonces are random.
    ///   - context: bytes that are not in the result and must be the same on opening.
    public static func seal(_ plain: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8] {
        let nonce = Authenticity.randomBytes(nonceLength)
        guard let sealed = run(plain, key: key, nonce: nonce, context: context, tag: nil) else {
            preconditionFailure("libcrypto cannot encrypt with AES-256-GCM")
        }
        return nonce + sealed
    }

    /// What ``seal(_:key:context:)`` was given; nil when `sealed` is nothing that it returned for this key and context.
    public static func open(_ sealed: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= nonceLength + tagLength else { return nil }
        return run(
            Array(sealed[nonceLength..<(sealed.count - tagLength)]), key: key, nonce: Array(sealed.prefix(nonceLength)), context: context,
            tag: Array(sealed.suffix(tagLength)))
    }

    /// Encrypts and appends the tag when `tag` is nil, else decrypts and checks it; nil when that fails.
    private static func run(_ input: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8], tag: [UInt8]?) -> [UInt8]? {
        precondition(key.count == 32, "a key of AES-256 has 32 bytes")
        // Freed below.
        guard let cipher = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(cipher) }
        let encrypts: Int32 = tag == nil ? 1 : 0
        guard
            unsafe EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce, encrypts) == 1,
            unsafe context.isEmpty || update(cipher, nil, context) != nil
        else { return nil }
        var output = [UInt8](repeating: 0, count: input.count)
        guard unsafe input.isEmpty || update(cipher, &output, input) == input.count else { return nil }
        if var tag {
            guard unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, Int32(tagLength), &tag) == 1 else { return nil }
        }
        // GCM has no padding: the last step writes nothing, and on opening says whether the tag is right.
        var rest = [UInt8](repeating: 0, count: 16)
        var length: Int32 = 0
        guard unsafe EVP_CipherFinal_ex(cipher, &rest, &length) == 1 else { return nil }
        if tag == nil {
            var made = [UInt8](repeating: 0, count: tagLength)
            guard unsafe EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, Int32(tagLength), &made) == 1 else { return nil }
            output += made
        }
        return output
    }

    /// `EVP_CipherUpdate`: the bytes that it wrote, or nil when it failed.
    private static func update(_ cipher: OpaquePointer, _ output: UnsafeMutablePointer<UInt8>?, _ input: [UInt8]) -> Int? {
        var length: Int32 = 0
        guard unsafe EVP_CipherUpdate(cipher, output, &length, input, Int32(input.count)) == 1 else { return nil }
        return Int(length)
    }
}
