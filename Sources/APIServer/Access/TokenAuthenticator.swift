import Digests
import Domain
package import Primitives

/// One bearer token with all scopes.
package struct TokenAuthenticator: Authenticator {
    private let digest: [UInt8]

    package let isOpen = false

    /// Accepts `token` and nothing else.
    package init(token: Redacted<String>) { digest = SHA256.hash(token.reveal()) }

    package func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token else { throw Fault.tokenMissing }
        // Digests have one length, so that the comparison does not tell the length of the secret either.
        guard Authenticity.equal(SHA256.hash(token.reveal()), digest) else { throw Fault.tokenWrong }
        return .operatorToken
    }
}
