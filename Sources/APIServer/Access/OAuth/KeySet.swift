import Digests
import MCP
import Primitives

/// The keys that an identity provider publishes (RFC 7517), as far as they check signatures of tokens.
struct KeySet: Sendable {
    /// One of them.
    struct Key: Sendable {
        let id: String?
        /// The one algorithm that it is for; nil for each that takes it.
        let algorithm: String?
        let key: VerificationKey
    }

    /// Bytes of a document.
    static let size = ByteCount.kibibytes(256)
    private static let keyLimit = 100
    /// Keys that are tried for a token.
    private static let trialLimit = 8

    let keys: [Key]

    /// Reads a document. What is no key for signatures, or one that is too weak, is left out.
    /// - Returns: nil when it is no set of keys.
    init?(_ bytes: [UInt8]) {
        guard let document = try? JSONValue(parsing: bytes, limits: JSONLimits(size: Self.size, depth: 16)),
            let members = document["keys"]?.arrayValue, members.count <= Self.keyLimit
        else { return nil }
        keys = members.compactMap { Self.key($0) }
    }

    /// The keys that `token` may be signed with.
    func candidates(for token: AccessToken) -> [Key] {
        let fitting = keys.filter { key in
            key.key.family == token.algorithm.family && (key.algorithm == nil || key.algorithm == token.algorithm.rawValue)
                && (token.keyID == nil || key.id == token.keyID)
        }
        return Array(fitting.prefix(Self.trialLimit))
    }

    private static func key(_ member: JSONValue) -> Key? {
        if let use = member["use"], use.stringValue != "sig" { return nil }
        if let uses = member["key_ops"]?.arrayValue, !uses.contains(.string("verify")) { return nil }
        func bytes(_ name: String) -> [UInt8] { member[name]?.stringValue.flatMap { Base64.decodeURLSafe($0) } ?? [] }
        let key: VerificationKey? =
            switch (member["kty"]?.stringValue, member["crv"]?.stringValue) {
            case ("RSA", _): VerificationKey(rsaModulus: bytes("n"), exponent: bytes("e"))
            case ("EC", "P-256"): VerificationKey(p256X: bytes("x"), y: bytes("y"))
            case ("EC", "P-384"): VerificationKey(p384X: bytes("x"), y: bytes("y"))
            case ("OKP", "Ed25519"): VerificationKey(ed25519: bytes("x"))
            default: nil
            }
        return key.map { Key(id: member["kid"]?.stringValue, algorithm: member["alg"]?.stringValue, key: $0) }
    }
}
