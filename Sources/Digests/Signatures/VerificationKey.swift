internal import CCrypto

/// A public key that checks signatures, through libcrypto's EVP interface.
@safe public final class VerificationKey: Sendable {
    /// Bits of an RSA modulus. Shorter ones can be factored, and the time of a check grows with the length.
    public static let modulusBits = 2048...8192
    /// Bytes of an RSA exponent.
    private static let exponentBytes = 1...8

    /// Which algorithms take it.
    public let family: SignatureAlgorithm.Family
    // libcrypto's keys are reference-counted and not changed by a check, so that any thread may use one. Freed in deinit by EVP_PKEY_free.
    private nonisolated(unsafe) let key: OpaquePointer

    private init?(family: SignatureAlgorithm.Family, information: [UInt8]) {
        let key = unsafe information.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return unsafe d2i_PUBKEY(nil, &start, buffer.count)
        }
        guard let key = unsafe key else { return nil }
        unsafe self.key = key
        self.family = family
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// An RSA key; nil when it is weaker or longer than ``modulusBits`` or no key at all.
    ///
    /// - Parameters:
    ///   - modulus: highest byte first.
    ///   - exponent: highest byte first.
    public convenience init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        let significant = modulus.drop { $0 == 0 }
        let bits = significant.first.map { significant.count * 8 - $0.leadingZeroBitCount } ?? 0
        let power = exponent.drop { $0 == 0 }
        // Every public exponent is odd; that of 1 would make the message its own signature.
        guard Self.modulusBits.contains(bits), Self.exponentBytes.contains(power.count), power.last.map({ $0 & 1 == 1 }) ?? false,
            Array(power) != [1]
        else { return nil }
        let algorithm = DER.sequence(DER.identifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]), DER.null)
        let key = DER.sequence(DER.integer(significant), DER.integer(power))
        self.init(family: .rsa, information: DER.sequence(algorithm, DER.bits(key)))
    }

    /// A key on the curve P-256, from the coordinates of its point, 32 bytes each; nil for a point that is not on the curve.
    public convenience init?(p256X x: [UInt8], y: [UInt8]) {
        self.init(.p256, curve: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], size: 32, x, y)
    }

    /// A key on the curve P-384, from the coordinates of its point, 48 bytes each; nil for a point that is not on the curve.
    public convenience init?(p384X x: [UInt8], y: [UInt8]) {
        self.init(.p384, curve: [0x2B, 0x81, 0x04, 0x00, 0x22], size: 48, x, y)
    }

    private convenience init?(_ family: SignatureAlgorithm.Family, curve: [UInt8], size: Int, _ x: [UInt8], _ y: [UInt8]) {
        guard x.count == size, y.count == size else { return nil }
        let algorithm = DER.sequence(DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]), DER.identifier(curve))
        self.init(family: family, information: DER.sequence(algorithm, DER.bits([0x04] + x + y)))
    }

    /// An Ed25519 key of 32 bytes; nil for another length.
    public convenience init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(family: .ed25519, information: DER.sequence(DER.sequence(DER.identifier([0x2B, 0x65, 0x70])), DER.bits(bytes)))
    }

    /// Whether `signature` over `message` was made with the private half of this key.
    ///
    /// - Parameters:
    ///   - signature: in the form of JOSE: for ECDSA both numbers one after the other (RFC 7518 section 3.4).
    ///   - algorithm: false for one that does not take this key.
    public func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard algorithm.family == family else { return false }
        var signature = signature
        switch family {
        case .p256, .p384:
            let size = family == .p256 ? 32 : 48
            guard signature.count == 2 * size else { return false }
            signature = DER.sequence(DER.integer(signature[..<size]), DER.integer(signature[size...]))
        case .rsa, .ed25519: break
        }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        // Owned by the context.
        var settings: OpaquePointer?
        guard unsafe EVP_DigestVerifyInit(context, &settings, algorithm.digest, nil, key) == 1 else { return false }
        if algorithm == .ps256 {
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
            }
        }
    }
}

extension SignatureAlgorithm {
    /// libcrypto's digest; nil for Ed25519, which has its own.
    fileprivate var digest: OpaquePointer? {
        switch self {
        case .rs256, .ps256, .es256: unsafe EVP_sha256()
        case .rs384, .es384: unsafe EVP_sha384()
        case .rs512: unsafe EVP_sha512()
        case .eddsa: nil
        }
    }
}
