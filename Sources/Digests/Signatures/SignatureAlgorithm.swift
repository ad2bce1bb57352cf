/// How a signature is made, by its name in JOSE (RFC 7518 section 3.1, RFC 8037): asymmetric ones only, so that no public key can be taken for a
/// shared secret.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// RSASSA-PKCS1-v1_5.
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSASSA-PSS, with a salt as long as the digest.
    case ps256 = "PS256"
    /// ECDSA on P-256 and P-384.
    case es256 = "ES256"
    case es384 = "ES384"
    /// Ed25519.
    case eddsa = "EdDSA"

    /// Which keys it takes.
    public enum Family: Sendable, Hashable {
        case rsa, p256, p384, ed25519
    }

    /// Which keys it takes.
    public var family: Family {
        switch self {
        case .rs256, .rs384, .rs512, .ps256: .rsa
        case .es256: .p256
        case .es384: .p384
        case .eddsa: .ed25519
        }
    }
}
