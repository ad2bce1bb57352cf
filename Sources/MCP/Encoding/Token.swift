import Digests

/// Names that nobody can guess.
enum Token {
    /// A new name of as many random bytes, in the alphabet for URLs; 16 or more are out of reach of guessing.
    static func random(bytes count: Int = 18) -> String { Base64.encodeURLSafe(Authenticity.randomBytes(count)) }
}
