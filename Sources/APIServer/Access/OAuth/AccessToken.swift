import Digests
import MCP
import Primitives

/// A signed token as a client sends it (RFC 7519, compact form of RFC 7515): read, and not yet believed.
struct AccessToken {
    /// How it says that it is signed.
    let algorithm: SignatureAlgorithm
    /// The key that it says it is signed with.
    let keyID: String?
    let claims: JSONObject
    /// What the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]

    /// Bytes of a token.
    static let length = 1...8192
    private static let limits = JSONLimits(size: .kibibytes(8), depth: 8)
    /// What a token may say it is: a JWT, or one for resource servers (RFC 9068).
    private static let types: Set<String> = ["jwt", "at+jwt", "application/at+jwt"]

    /// Whether `text` has the form of a signed token, whatever is in it.
    static func hasForm(_ text: String) -> Bool {
        text.utf8.count { $0 == UInt8(ascii: ".") } == 2 && text.hasPrefix("ey")
    }

    /// Reads `text`.
    /// - Throws: ``Refusal`` for what is no token, or one that is signed in a way that is not taken.
    init(_ text: String) throws(Refusal) {
        guard Self.length.contains(text.utf8.count) else { throw .malformed }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]) else { throw .malformed }
        // Whatever else the header says of keys (jku, jwk, x5c) is the sender's word and counts for nothing.
        guard header["crit"] == nil, let name = header["alg"]?.stringValue else { throw .malformed }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .algorithm }
        if let type = header["typ"] {
            guard let type = type.stringValue?.lowercased(), Self.types.contains(type) else { throw .type }
        }
        let keyID = header["kid"]?.stringValue
        guard (header["kid"] == nil) == (keyID == nil), keyID.map({ $0.utf8.count <= 256 }) ?? true else { throw .malformed }
        guard let claims = Self.object(parts[1]), let signature = Base64.decodeURLSafe(parts[2]), !signature.isEmpty else {
            throw .malformed
        }
        (self.algorithm, self.keyID, self.claims, self.signature) = (algorithm, keyID, claims, signature)
        signed = Array("\(parts[0]).\(parts[1])".utf8)
    }

    private static func object(_ part: Substring) -> JSONObject? {
        guard let bytes = Base64.decodeURLSafe(part) else { return nil }
        return (try? JSONValue(parsing: bytes, limits: limits))?.objectValue
    }

    /// Why a token is not taken: for operators, in the audit; its sender is not told.
    enum Refusal: String, Error {
        case malformed, type, algorithm, key, signature, issuer, audience, expired, claims
        case notYet = "not_yet"
    }
}
