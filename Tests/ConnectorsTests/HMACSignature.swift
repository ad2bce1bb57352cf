import Digests

/// Signs as providers do.
enum HMACSignature {
    static func header(_ body: [UInt8], secret: String) -> String {
        "sha256=" + Authenticity.code(for: body, key: Array(secret.utf8)).hexadecimal
    }
}
