internal import CCrypto

/// AES-256 in Galois/Counter mode (NIST SP 800-38D) through libcrypto: encryption that notices every change of what it wrote.
public enum AESGCM {
    /// Bytes of a key.
    public static let keyLength = 32
    /// Bytes of a nonce, which must never be used twice with one key.
    public static let nonceLength = 12
    /// Bytes that a sealed message has more than the plain one.
    public static let tagLength = 16

    /// `plain` encrypted, with the tag at its end.
    ///
    /// - Parameters:
    ///   - key: ``keyLength`` bytes.
    ///   - nonce: ``nonceLength`` bytes, another one for every message under the key.
    ///   - context: what the tag also covers and the result does not hold.
    public static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8]) -> [UInt8] {
        precondition(key.count == keyLength && nonce.count == nonceLength, "a key or nonce of AES-256-GCM has the wrong length")
        let cipher = Cipher()
        return cipher.seal(plain, key: key, nonce: nonce, context: context)
    }

    /// What was sealed; nil when key, nonce, context or a single bit of `sealed` is another.
    public static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard key.count == keyLength, nonce.count == nonceLength, sealed.count >= tagLength else { return nil }
        let cipher = Cipher()
        return cipher.open(sealed, key: key, nonce: nonce, context: context)
    }
}

/// A context of libcrypto's EVP interface for one message.
@safe private struct Cipher: ~Copyable {
    // Freed in deinit by EVP_CIPHER_CTX_free.
    private let context: OpaquePointer

    init() {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { preconditionFailure("libcrypto cannot allocate a cipher") }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8], context associated: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: plain.count + AESGCM.tagLength)
        var (length, done): (Int32, Int32) = (0, 1)
        unsafe output.withUnsafeMutableBufferPointer { output in
            done &= unsafe EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce)
            done &= unsafe EVP_EncryptUpdate(context, nil, &length, associated, Int32(associated.count))
            done &= unsafe EVP_EncryptUpdate(context, output.baseAddress, &length, plain, Int32(plain.count))
            done &= unsafe EVP_EncryptFinal_ex(context, output.baseAddress?.advanced(by: plain.count), &length)
            done &= unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, Int32(AESGCM.tagLength), output.baseAddress?.advanced(by: plain.count))
        }
        precondition(done == 1, "libcrypto cannot encrypt")
        return output
    }

    func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], context associated: [UInt8]) -> [UInt8]? {
        let count = sealed.count - AESGCM.tagLength
        var tag = Array(sealed[count...])
        // One more than needed, so that an empty message has an address too.
        var output = [UInt8](repeating: 0, count: count + 1)
        var (length, done): (Int32, Int32) = (0, 1)
        unsafe output.withUnsafeMutableBufferPointer { output in
            done &= unsafe EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce)
            done &= unsafe EVP_DecryptUpdate(context, nil, &length, associated, Int32(associated.count))
            done &= unsafe EVP_DecryptUpdate(context, output.baseAddress, &length, sealed, Int32(count))
            done &= unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag)
            // Compares the tags, in constant time.
            done &= unsafe EVP_DecryptFinal_ex(context, output.baseAddress?.advanced(by: count), &length) > 0 ? 1 : 0
        }
        guard done == 1 else { return nil }
        output.removeLast()
        return output
    }
}
