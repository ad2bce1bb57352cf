internal import CCrypto
import Primitives

/// The private half of a key for signing tokens, made anew, through libcrypto's EVP interface.
@safe package final class SigningKey: Sendable {
    /// What a key is good for.
    package enum Kind: Sendable, Hashable {
        case rsa(bits: Int)
        case p256, p384, ed25519
    }

    package let kind: Kind
    // Not changed after it was made. Freed in deinit by EVP_PKEY_free.
    private nonisolated(unsafe) let key: OpaquePointer

    /// Makes a key; an RSA key of 2,048 bits takes some 100 ms.
    package init(_ kind: Kind) {
        let name =
            switch kind {
            case .rsa: "RSA"
            case .p256, .p384: "EC"
            case .ed25519: "ED25519"
            }
        var key: OpaquePointer?
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, name, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var isReady = unsafe EVP_PKEY_keygen_init(context) == 1
        switch kind {
        case .rsa(let bits): isReady = unsafe isReady && EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1
        case .p256: isReady = unsafe isReady && EVP_PKEY_CTX_set_group_name(context, "P-256") == 1
        case .p384: isReady = unsafe isReady && EVP_PKEY_CTX_set_group_name(context, "P-384") == 1
        case .ed25519: break
        }
        guard isReady, unsafe EVP_PKEY_generate(context, &key) == 1, let key = unsafe key else {
            preconditionFailure("libcrypto cannot make a key")
        }
        unsafe self.key = key
        self.kind = kind
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The public half: modulus and exponent, both coordinates of the point, or the one number of Ed25519.
    package var publicParts: [[UInt8]] {
        switch kind {
        case .rsa: [number("n"), number("e")]
        case .p256: [padded(number("qx"), 32), padded(number("qy"), 32)]
        case .p384: [padded(number("qx"), 48), padded(number("qy"), 48)]
        case .ed25519: [raw()]
        }
    }

    /// A signature in the form of JOSE.
    ///
    /// - Parameters:
    ///   - bits: of SHA-2: 256, 384 or 512; Ed25519 has its own digest.
    ///   - isPSS: whether an RSA key signs by PSS.
    package func sign(_ message: [UInt8], bits: Int = 256, isPSS: Bool = false) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        // libcrypto's; Ed25519 has its own.
        var digest: OpaquePointer?
        switch (kind, bits) {
        case (.ed25519, _): break
        case (_, 384): unsafe digest = EVP_sha384()
        case (_, 512): unsafe digest = EVP_sha512()
        default: unsafe digest = EVP_sha256()
        }
        var settings: OpaquePointer?
        var isReady = unsafe EVP_DigestSignInit(context, &settings, digest, nil, key) == 1
        if isPSS {
            isReady = unsafe isReady && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
            isReady = unsafe isReady && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1
        }
        var signature = [UInt8](repeating: 0, count: 1024)
        var length = signature.count
        isReady =
            unsafe isReady
            && message.withUnsafeBufferPointer { message in
                unsafe signature.withUnsafeMutableBufferPointer { signature in
                    unsafe EVP_DigestSign(context, signature.baseAddress, &length, message.baseAddress, message.count) == 1
                }
            }
        precondition(isReady, "libcrypto cannot sign")
        signature.removeLast(signature.count - length)
        switch kind {
        case .rsa, .ed25519: return signature
        case .p256: return Self.joined(signature, size: 32)
        case .p384: return Self.joined(signature, size: 48)
        }
    }

    private func number(_ name: String) -> [UInt8] {
        var number: OpaquePointer?
        precondition(unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1, "the key has no \(name)")
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: (Int(unsafe BN_num_bits(number)) + 7) / 8)
        _ = unsafe bytes.withUnsafeMutableBufferPointer { unsafe BN_bn2bin(number, $0.baseAddress) }
        return bytes
    }

    private func raw() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = bytes.count
        _ = unsafe bytes.withUnsafeMutableBufferPointer { unsafe EVP_PKEY_get_raw_public_key(key, $0.baseAddress, &length) }
        return bytes
    }

    private func padded(_ bytes: [UInt8], _ size: Int) -> [UInt8] { [UInt8](repeating: 0, count: size - bytes.count) + bytes }

    /// Both numbers of a DER signature one after the other: a sequence of two integers, shorter than 128 bytes.
    private static func joined(_ signature: [UInt8], size: Int) -> [UInt8] {
        var position = 2
        var numbers: [UInt8] = []
        for _ in 0..<2 {
            let length = Int(signature[position + 1])
            let bytes = signature[(position + 2)..<(position + 2 + length)].drop { $0 == 0 }
            numbers += [UInt8](repeating: 0, count: size - bytes.count) + bytes
            position += 2 + length
        }
        return numbers
    }
}
