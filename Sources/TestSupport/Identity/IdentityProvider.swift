package import FoundationEssentials
package import Primitives

/// A stand-in for an identity provider on the web: its discovery document, a set of keys that rotates, and tokens signed with them or as an
/// attacker would.
package final class IdentityProvider: Sendable {
    /// One of the provider's keys.
    package struct Key: Sendable {
        package let id: String
        package let key: SigningKey
        /// The name of its algorithm.
        package let algorithm: String

        /// Makes a key.
        package init(_ id: String, _ kind: SigningKey.Kind, _ algorithm: String) {
            (self.id, key, self.algorithm) = (id, SigningKey(kind), algorithm)
        }
    }

    /// What it publishes, and how it fails.
    package struct State: Sendable {
        package var keys: [Key]
        /// Answers every request with 503.
        package var isAway = false
        /// The issuer that the discovery document names; nil for the right one.
        package var claimedIssuer: String?
        /// Members of the document of keys, in the place of `keys`, as JSON.
        package var rawKeys: String?
        /// Where discovery documents are found.
        package var discoveryPaths: Set<String> = ["/.well-known/openid-configuration"]
    }

    private let state: Locked<State>
    /// Requests for the set of keys so far.
    package let keyRequests = Locked(0)
    private let address = Locked("")

    /// Where it is, and who it says it is.
    package var issuer: String { address.withLock(\.self) }
    package var keysURL: String { issuer + "/keys" }

    private init(_ keys: [Key]) { state = Locked(State(keys: keys)) }

    /// Runs `body` beside a provider that publishes `keys`.
    package static func with<Result>(_ keys: [Key], _ body: (IdentityProvider) async throws -> Result) async throws -> Result {
        let provider = IdentityProvider(keys)
        return try await LoopbackHTTPServer.withServer {
            provider.answer($0)
        } body: { server in
            provider.address.withLock { $0 = server.url }
            return try await body(provider)
        }
    }

    /// Changes what it publishes.
    package func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    private func answer(_ request: HTTPServerRequest) -> HTTPServerResponse {
        let state = state.withLock(\.self)
        if request.path == "/keys" { keyRequests.withLock { $0 += 1 } }
        if state.isAway { return .status(503) }
        if request.path == "/keys" {
            return .json(#"{"keys":[\#(state.rawKeys ?? state.keys.map(Self.published).joined(separator: ","))]}"#)
        }
        guard state.discoveryPaths.contains(request.path) else { return .status(404) }
        return .json(#"{"issuer":"\#(state.claimedIssuer ?? issuer)","jwks_uri":"\#(keysURL)"}"#)
    }

    /// A key in the form of RFC 7517.
    package static func published(_ key: Key) -> String {
        let parts = key.key.publicParts.map { encoded($0) }
        let fields =
            switch key.key.kind {
            case .rsa: #""kty":"RSA","n":"\#(parts[0])","e":"\#(parts[1])""#
            case .p256: #""kty":"EC","crv":"P-256","x":"\#(parts[0])","y":"\#(parts[1])""#
            case .p384: #""kty":"EC","crv":"P-384","x":"\#(parts[0])","y":"\#(parts[1])""#
            case .ed25519: #""kty":"OKP","crv":"Ed25519","x":"\#(parts[0])""#
            }
        return #"{"kid":"\#(key.id)","use":"sig","alg":"\#(key.algorithm)",\#(fields)}"#
    }

    // MARK: Tokens

    /// The claims of a token that is in order, for `audience`: members that tests replace, as JSON values.
    package func claims(audience: String, now: Date = Date()) -> [String: String] {
        let seconds = Int(now.timeIntervalSince1970)
        return [
            "iss": #""\#(issuer)""#, "aud": #""\#(audience)""#, "sub": #""somebody""#, "iat": "\(seconds)", "exp": "\(seconds + 300)",
            "scope": #""docs:read""#,
        ]
    }

    /// A token signed with `key`.
    ///
    /// - Parameters:
    ///   - claims: members as JSON values.
    ///   - header: members as JSON values, in the place of those that belong to the key; an empty value leaves one out.
    package static func token(_ claims: [String: String], key: Key, header: [String: String] = [:]) -> String {
        let own = ["alg": #""\#(key.algorithm)""#, "kid": #""\#(key.id)""#, "typ": #""at+jwt""#]
        let text = signed(own.merging(header) { $1 }, claims)
        let bits = Int(key.algorithm.suffix(3)) ?? 256
        return text + "." + encoded(key.key.sign(Array(text.utf8), bits: bits, isPSS: key.algorithm.hasPrefix("PS")))
    }

    /// The first two parts of a token.
    package static func signed(_ header: [String: String], _ claims: [String: String]) -> String {
        [header, claims].map { members in
            let text = members.filter { !$0.value.isEmpty }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
            return encoded(Array("{\(text)}".utf8))
        }.joined(separator: ".")
    }

    /// Bytes in the alphabet for URLs without padding.
    package static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
