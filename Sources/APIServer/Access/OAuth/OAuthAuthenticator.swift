import Digests
package import Domain
import FoundationEssentials
import MCP
package import Primitives

/// Takes the tokens of an identity provider, and the keys that operators make.
package struct OAuthAuthenticator: Authenticator {
    /// What makes a token this server's.
    package struct Configuration: Sendable {
        /// Exactly the token's `iss`.
        package var issuer: String
        /// Of which the token's `aud` must name one.
        package var audiences: Set<String>
        /// Where the issuer's keys are; nil: as its metadata says.
        package var keysURL: String?
        /// The claim that holds the caller's role. Default `role`.
        package var roleClaim = "role"
        /// The claim that holds the caller's groups. Default `groups`.
        package var groupsClaim = "groups"
        /// The claim that holds an access list, where a token has one. Default `libraries`.
        package var librariesClaim = "libraries"

        /// - Parameters: see the properties.
        package init(issuer: String, audiences: Set<String>, keysURL: String? = nil) {
            (self.issuer, self.audiences, self.keysURL) = (issuer, audiences, keysURL)
        }
    }

    private let configuration: Configuration
    private let keySets: KeySetCache
    private let keys: KeyAuthenticator
    private let time: @Sendable () -> Date

    package let isOpen = false

    /// - Parameters:
    ///   - configuration: what makes a token this server's.
    ///   - documents: fetches the provider's keys.
    ///   - keys: where the keys of the API are.
    package init(_ configuration: Configuration, documents: any IdentityDocuments, keys: any APIKeyStore) {
        self.init(configuration, documents: documents, keys: keys, now: { .now }, time: { Date() })
    }

    init(
        _ configuration: Configuration, documents: any IdentityDocuments, keys: any APIKeyStore,
        now: @escaping @Sendable () -> ContinuousClock.Instant, time: @escaping @Sendable () -> Date
    ) {
        let reader = KeySetReader(issuer: configuration.issuer, keysURL: configuration.keysURL, documents: documents)
        (self.configuration, self.time) = (configuration, time)
        keySets = KeySetCache(read: { try await reader.read() }, now: now)
        self.keys = KeyAuthenticator(token: nil, keys: keys, now: now)
    }

    package func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token, AccessToken.hasForm(token.reveal()) else { return try await keys.principal(token: token) }
        do {
            return try await principal(token.reveal())
        } catch let refusal as AccessToken.Refusal {
            CallNote.current?.note(refusal: refusal.rawValue)
            throw Fault.tokenWrong
        }
    }

    package func isCurrent(_ principal: Principal) async throws -> Bool {
        guard let end = principal.expiresAt else { return try await keys.isCurrent(principal) }
        return time() < end
    }

    private func principal(_ text: String) async throws -> Principal {
        let token = try AccessToken(text)
        // Before the keys are asked for: what is not for this server must not make it ask the provider.
        let claims = try TokenClaims(token.claims, configuration, at: time())
        let candidates = try await keySets.candidates(for: token)
        guard !candidates.isEmpty else { throw AccessToken.Refusal.key }
        guard candidates.contains(where: { $0.key.verifies(token.signature, of: token.signed, by: token.algorithm) }) else {
            throw AccessToken.Refusal.signature
        }
        return claims.principal
    }
}
