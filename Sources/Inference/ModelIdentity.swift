/// Which model made a vector: vectors of different identities must never be compared.
package struct ModelIdentity: Sendable, Hashable {
    /// `all-MiniLM-L6-v2`, or the name of the folder of another model.
    package let name: String
    /// SHA-256 of the weights, 64 lower-case hexadecimal digits.
    package let sha256: String
    /// SHA-256 of the vocabulary, likewise.
    package let vocabularySHA256: String
    /// Values in a vector.
    package let dimension: Int
    /// Tokens that count, `[CLS]` and `[SEP]` included; the rest of a text is cut off.
    package let tokenLimit: Int
}

extension ModelIdentity {
    /// The model that the tests run on and `deploy/setup` installs.
    package static let tested = ModelIdentity(
        name: "all-MiniLM-L6-v2", sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        vocabularySHA256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", dimension: 384, tokenLimit: 256)
}
