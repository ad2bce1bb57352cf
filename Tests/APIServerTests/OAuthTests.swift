import APIModel
import Digests
import Domain
import Fetch
import FoundationEssentials
import MCP
import Primitives
import TestSupport
import Testing

@testable import APIServer

/// No keys.
struct NoKeys: APIKeyStore {
    func working() async throws -> [APIKeyCredential] { [] }
    func noteUse(_ id: APIKeyID) async throws {}
}

/// Asks the provider without gates, which have tests of their own.
struct PlainDocuments: IdentityDocuments {
    let fetcher: HTTPFetcher

    func document(at url: String, limit: ByteCount) async throws -> [UInt8] {
        do {
            let response = try await fetcher.send(FetchRequest("GET", url, maximumBody: limit))
            guard response.status == 200 else { throw Fault.unavailable("the identity provider", "Status \(response.status).") }
            return response.body
        } catch let error as FetchError {
            throw Fault.unavailable("the identity provider", error.description)
        }
    }
}

/// Keys for all tests: making one takes a while.
private enum Keys {
    static let rsa = IdentityProvider.Key("rsa-1", .rsa(bits: 2048), "RS256")
    static let next = IdentityProvider.Key("ec-2", .p256, "ES256")
    static let others = [
        IdentityProvider.Key("es384", .p384, "ES384"), IdentityProvider.Key("eddsa", .ed25519, "EdDSA"),
        IdentityProvider.Key("ps256", .rsa(bits: 2048), "PS256"), IdentityProvider.Key("rs512", .rsa(bits: 2048), "RS512"),
    ]
    /// A key that no provider has published.
    static let stranger = IdentityProvider.Key("stranger", .p256, "ES256")
}

/// An authenticator beside a provider, with clocks that the test moves.
private struct Bench {
    static let resource = "https://docs.example.com"

    let provider: IdentityProvider
    let authenticator: OAuthAuthenticator
    let hand: Hand

    static func with(
        _ keys: [IdentityProvider.Key] = [Keys.rsa], configure: (inout OAuthAuthenticator.Configuration) -> Void = { _ in },
        _ body: (Bench) async throws -> Void
    ) async throws {
        try await IdentityProvider.with(keys) { provider in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            var configuration = OAuthAuthenticator.Configuration(issuer: provider.issuer, audiences: [resource, resource + "/mcp"])
            configure(&configuration)
            let hand = Hand()
            let start = (hand.now, Date())
            let authenticator = OAuthAuthenticator(
                configuration, documents: PlainDocuments(fetcher: fetcher), keys: NoKeys(), now: { hand.now },
                time: { start.1 + start.0.duration(to: hand.now).seconds })
            try await body(Bench(provider: provider, authenticator: authenticator, hand: hand))
        }
    }

    /// A token with `changes` to the usual claims; an empty value leaves one out.
    func token(_ changes: [String: String] = [:], key: IdentityProvider.Key = Keys.rsa, header: [String: String] = [:]) -> String {
        IdentityProvider.token(provider.claims(audience: Self.resource).merging(changes) { $1 }, key: key, header: header)
    }

    /// What becomes of `token`: nil when it is taken, else the reason that the audit has, or the code of another fault.
    func refusal(_ token: String) async throws -> String? {
        let note = CallNote()
        do {
            _ = try await CallNote.$current.withValue(note) { try await authenticator.principal(token: Redacted(token)) }
            return nil
        } catch let fault as Fault {
            return fault.code == "E_TOKEN_INVALID" ? note.value.refusal ?? "" : fault.code
        }
    }

    func principal(_ changes: [String: String]) async throws -> Principal {
        try await authenticator.principal(token: Redacted(token(changes)))
    }
}

@Suite struct `Tokens of an identity provider` {
    @Test func `A token of the issuer for this server is taken, by every algorithm that is asymmetric`() async throws {
        try await Bench.with([Keys.rsa, Keys.next] + Keys.others) { (bench) async throws in
            for key in [Keys.rsa, Keys.next] + Keys.others {
                #expect(try await bench.refusal(bench.token(key: key)) == nil, "\(key.algorithm)")
            }
            #expect(bench.provider.keyRequests.withLock { $0 } == 1)
            for audience in [#""https://docs.example.com/mcp""#, #"["other","https://docs.example.com"]"#, #""https://docs.example.com/""#]
            {
                #expect(try await bench.refusal(bench.token(["aud": audience])) == nil, "\(audience)")
            }
            for type in [#""JWT""#, #""application/at+jwt""#, ""] {
                #expect(try await bench.refusal(bench.token(header: ["typ": type])) == nil, "\(type)")
            }
            #expect(try await bench.refusal(bench.token(header: ["kid": ""])) == nil)
        }
    }

    @Test(
        arguments: [
            (["iss": #""https://evil.example.com""#], "issuer"), (["iss": ""], "issuer"),
            (["aud": #""https://other.example.com""#], "audience"), (["aud": ""], "audience"), (["aud": "[]"], "audience"),
            (["aud": "[1]"], "audience"), (["exp": ""], "claims"), (["exp": #""soon""#], "claims"), (["exp": "1"], "expired"),
            (["nbf": "99999999999"], "not_yet"), (["iat": "99999999999"], "not_yet"), (["nbf": #""x""#], "claims"),
            (["sub": ""], "claims"), (["sub": #""""#], "claims"), (["scope": "1"], "claims"), (["role": "{}"], "claims"),
            (["groups": "1"], "claims"), (["libraries": #"{"a":1}"#], "claims"),
        ] as [([String: String], String)])
    func `A token with other claims is refused`(changes: [String: String], reason: String) async throws {
        try await Bench.with { (bench) async throws in
            #expect(try await bench.refusal(bench.token(changes)) == reason)
            // What is not for this server does not make it ask the provider.
            #expect(bench.provider.keyRequests.withLock { $0 } == 0)
        }
    }

    @Test func `No signature, another one, or one by a public key as a shared secret is refused`() async throws {
        try await Bench.with([Keys.rsa, Keys.next]) { (bench) async throws in
            let claims = bench.provider.claims(audience: Bench.resource)
            for name in ["none", "None", "HS256", "HS512", "RS1", "ES256K", ""] {
                let text = IdentityProvider.signed(["alg": #""\#(name)""#, "kid": #""rsa-1""#], claims)
                #expect(try await bench.refusal(text + ".AAAA") == "algorithm", "\(name)")
                #expect(try await bench.refusal(text + ".") == "algorithm")
            }
            let own = bench.token()
            let parts = own.split(separator: ".")
            #expect(try await bench.refusal("\(parts[0]).\(parts[1]).") == "malformed")
            let forged = IdentityProvider.token(claims, key: Keys.stranger, header: ["kid": #""ec-2""#])
            #expect(try await bench.refusal(forged) == "signature")
            // A key is for its algorithm, whatever the header says.
            #expect(try await bench.refusal(bench.token(header: ["alg": #""RS512""#])) == "key")
            #expect(try await bench.refusal(bench.token(header: ["kid": #""ec-2""#])) == "key")
            let other = IdentityProvider.encoded(Array(#"{"sub":"admin"}"#.utf8))
            #expect(try await bench.refusal("\(parts[0]).\(other).\(parts[2])") == "issuer")
            #expect(try await bench.refusal(bench.token(header: ["typ": #""dpop+jwt""#])) == "type")
            #expect(try await bench.refusal(bench.token(header: ["crit": #"["exp"]"#])) == "malformed")
            for text in ["ey..", "ey.\(parts[1]).\(parts[2])", "ey" + String(repeating: "x", count: 9000) + ".a.b"] {
                #expect(try await bench.refusal(text) == "malformed", "\(text.prefix(40))")
            }
            // What has another form is no token of a provider, and no key either.
            for text in ["ey.a", "abc", "a.b.c", "ptl_x"] { #expect(try await bench.refusal(text) == "", "\(text)") }
        }
    }

    @Test func `Whatever is changed in a token or a set of keys, it is refused or read, and nothing else happens`() async throws {
        try await Bench.with { (bench) async throws in
            let token = Array(bench.token().utf8)
            let set = Array(#"{"keys":[\#(IdentityProvider.published(Keys.rsa)),\#(IdentityProvider.published(Keys.next))]}"#.utf8)
            var state: UInt64 = 42
            func random(below bound: Int) -> Int {
                // Knuth's generator: the same bytes in every run.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            for _ in 0..<5000 {
                var (text, document) = (token, set)
                for _ in 0...random(below: 3) {
                    text[random(below: text.count)] = UInt8(random(below: 256))
                    document[random(below: document.count)] = UInt8(random(below: 256))
                }
                if text != token { #expect(throws: (any Error).self) { try Self.taken(String(decoding: text, as: UTF8.self), bench) } }
                _ = KeySet(document)
            }
        }
    }

    /// Reads `text` as a token and checks its signature.
    private static func taken(_ text: String, _ bench: Bench) throws {
        let token = try AccessToken(text)
        let set = try #require(KeySet(Array(#"{"keys":[\#(IdentityProvider.published(Keys.rsa))]}"#.utf8)))
        let isSigned = set.candidates(for: token).contains { $0.key.verifies(token.signature, of: token.signed, by: token.algorithm) }
        if !isSigned { throw AccessToken.Refusal.signature }
    }

    @Test func `Clocks may differ by half a minute`() async throws {
        try await Bench.with { (bench) async throws in
            let now = Int(Date().timeIntervalSince1970)
            #expect(try await bench.refusal(bench.token(["exp": "\(now - 20)", "nbf": "\(now + 20)"])) == nil)
            #expect(try await bench.refusal(bench.token(["exp": "\(now - 40)"])) == "expired")
            #expect(try await bench.refusal(bench.token(["nbf": "\(now + 60)"])) == "not_yet")
            let token = bench.token()
            bench.hand.move(.seconds(600))
            #expect(try await bench.refusal(token) == "expired")
        }
    }

    @Test func `A new key is found at its first token, one that was withdrawn counts no more after the next reading`() async throws {
        try await Bench.with { (bench) async throws in
            let requests = { bench.provider.keyRequests.withLock(\.self) }
            #expect(try await bench.refusal(bench.token()) == nil)
            bench.provider.change { $0.keys = [Keys.next] }
            // Too soon after the last reading: strangers could make it ask as often as they like.
            for _ in 0..<50 { #expect(try await bench.refusal(bench.token(key: Keys.stranger)) == "key") }
            #expect(try await bench.refusal(bench.token(key: Keys.next)) == "key")
            #expect(requests() == 1)
            bench.hand.move(KeySetCache.pause)
            #expect(try await bench.refusal(bench.token(key: Keys.next)) == nil)
            #expect(try await bench.refusal(bench.token()) == "key")
            #expect(requests() == 2)
            bench.provider.change { $0.keys = [] }
            bench.hand.move(KeySetCache.pause)
            #expect(try await bench.refusal(bench.token(key: Keys.stranger)) == "key")
            #expect(try await bench.refusal(bench.token(key: Keys.next)) == "key")
            #expect(requests() == 3)
        }
    }

    @Test func `While the provider is away known keys go on for a day, and without any nothing is taken`() async throws {
        try await Bench.with { (bench) async throws in
            bench.provider.change { $0.isAway = true }
            for _ in 0..<20 { #expect(try await bench.refusal(bench.token()) == "E_UNAVAILABLE") }
            #expect(bench.provider.keyRequests.withLock { $0 } == 0)
            bench.provider.change { $0.isAway = false }
            bench.hand.move(KeySetCache.pause)
            let lasting = bench.token(["exp": "99999999999"])
            #expect(try await bench.refusal(lasting) == nil)
            bench.provider.change { $0.isAway = true }
            bench.hand.move(KeySetCache.lifetime - .seconds(1))
            #expect(try await bench.refusal(lasting) == nil)
            #expect(try await bench.refusal(bench.token(["exp": "99999999999"], key: Keys.next)) == "key")
            bench.hand.move(.seconds(1) + KeySetCache.pause)
            #expect(try await bench.refusal(lasting) == "E_UNAVAILABLE")
        }
    }

    @Test func `Metadata of another issuer, and what is no set of keys, is not believed`() async throws {
        try await Bench.with { (bench) async throws in
            bench.provider.change { $0.claimedIssuer = "https://evil.example.com" }
            #expect(try await bench.refusal(bench.token()) == "E_UNAVAILABLE")
            #expect(bench.provider.keyRequests.withLock { $0 } == 0)
            for document in ["1", #"{"keys":1}"#, #"{"keys":[],"keys":[]}"#] {
                #expect(KeySet(Array(document.utf8)) == nil, "\(document)")
            }
            let oct = #"{"kty":"oct","k":"c2VjcmV0","kid":"rsa-1","alg":"HS256"}"#
            let encryption = IdentityProvider.published(Keys.rsa).replacing(#""use":"sig""#, with: #""use":"enc""#)
            let weak = IdentityProvider.published(IdentityProvider.Key("weak", .rsa(bits: 1024), "RS256"))
            for key in [oct, encryption, weak, "1", "{}", #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#] {
                #expect(KeySet(Array(#"{"keys":[\#(key)]}"#.utf8))?.keys.isEmpty == true, "\(key)")
            }
        }
    }

    @Test func `Keys are where the metadata says, which is looked for at three places, or where the operator says`() async throws {
        #expect(
            KeySetReader.metadataURLs(of: "https://id.example.com/realms/a/") == [
                "https://id.example.com/.well-known/oauth-authorization-server/realms/a",
                "https://id.example.com/.well-known/openid-configuration/realms/a",
                "https://id.example.com/realms/a/.well-known/openid-configuration",
            ])
        for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
            try await Bench.with { (bench) async throws in
                bench.provider.change { $0.discoveryPaths = [path] }
                #expect(try await bench.refusal(bench.token()) == nil, "\(path)")
            }
        }
        try await IdentityProvider.with([Keys.rsa]) { keys in
            try await Bench.with([], configure: { $0.keysURL = keys.keysURL }) { (bench) async throws in
                bench.provider.change { $0.discoveryPaths = [] }
                #expect(try await bench.refusal(bench.token()) == nil)
            }
        }
    }

    @Test func `Scopes, role and what may be seen come from the claims`() async throws {
        try await Bench.with { (bench) async throws in
            let plain = try await bench.principal([:])
            #expect(plain.scopes == [.read] && plain.role == .reader && plain.access == .publicOnly)
            #expect(plain.subject.hasPrefix("user-") && plain.subject.utf8.count == 17 && !plain.subject.contains("somebody"))
            #expect(try await bench.principal([:]).subject == plain.subject)
            #expect(try await bench.principal(["sub": #""another""#]).subject != plain.subject)
            #expect(try await bench.principal(["scope": #""docs:read ingest openid docs:read""#]).scopes == [.read, .ingest])
            #expect(try await bench.principal(["scope": "", "scp": #"["ask","docs:read"]"#]).scopes == [.read, .ask])
            #expect(try await bench.principal(["scope": ""]).scopes == [])
            #expect(try await bench.principal(["role": #""power""#]).role == .power)
            #expect(try await bench.principal(["role": #"["reader","ADMIN","x"]"#]).role == .admin)
            #expect(try await bench.principal(["role": #""root""#]).role == .reader)
            // A role is a quota: it opens nothing.
            #expect(try await bench.principal(["role": #""ADMIN""#]).access == .publicOnly)
            #expect(try await bench.principal(["scope": #""admin""#]).access == .all)
            #expect(try await bench.principal(["groups": #"["a","b",""]"#]).access == .open(groups: ["a", "b"]))
            #expect(try await bench.principal(["libraries": #"["x"]"#, "groups": #"["a"]"#]).access == .only(AccessList(libraries: ["x"])))
            #expect(try await bench.principal(["libraries": "[]"]).access == .only(AccessList()))
            #expect(try await bench.principal(["libraries": #""*""#]).access == .all)
        }
        try await Bench.with(configure: { ($0.roleClaim, $0.groupsClaim) = ("realm_access.roles", "https://example.com/teams") }) {
            (bench) async throws in
            let principal = try await bench.principal([
                "realm_access": #"{"roles":["POWER"]}"#, "https://example.com/teams": #""a""#, "role": #""ADMIN""#, "groups": #""b""#,
            ])
            #expect(principal.role == .power && principal.access == .open(groups: ["a"]))
        }
    }
}

@Suite struct `OAuth at the edge` {
    private static let resource = ProtectedResource(publicURL: "https://docs.example.com", issuer: "https://id.example.com")

    private func withEdge(_ body: (Edge, IdentityProvider) async throws -> Void) async throws {
        try await IdentityProvider.with([Keys.rsa]) { provider in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            var options = Edge.Options()
            options.protectedResource = Self.resource
            options.authenticator = OAuthAuthenticator(
                OAuthAuthenticator.Configuration(issuer: provider.issuer, audiences: Self.resource.audiences),
                documents: PlainDocuments(fetcher: fetcher), keys: NoKeys())
            try await Edge.with(options) { edge in try await body(edge, provider) }
        }
    }

    @Test func `The metadata tells clients where tokens come from, for the server and for the agents' endpoint`() async throws {
        try await withEdge { edge, _ in
            for (suffix, resource) in [("", "https://docs.example.com"), ("/mcp", "https://docs.example.com/mcp")] {
                let reply = try await edge.send("GET", "/.well-known/oauth-protected-resource" + suffix, token: nil)
                #expect(reply.status == 200 && reply.json["resource"] == .string(resource), "\(reply)")
                #expect(reply.json["authorization_servers"] == ["https://id.example.com"])
                #expect(reply.json["bearer_methods_supported"] == ["header"])
                #expect(reply.json["scopes_supported"] == ["docs:read", "ask", "ingest", "admin"])
            }
            #expect(try await edge.send("GET", "/.well-known/oauth-protected-resource/v1", token: nil).status == 401)
        }
        try await Edge.with { (edge) async throws in
            for suffix in ["", "/mcp"] {
                #expect(try await edge.send("GET", "/.well-known/oauth-protected-resource" + suffix, token: nil).status == 404)
            }
        }
    }

    @Test func `A refusal says where the metadata is and all that is needed, and nothing of why`() async throws {
        try await withEdge { edge, provider in
            let metadata = #"resource_metadata="https://docs.example.com/.well-known/oauth-protected-resource"#
            func challenge(_ method: String, _ path: String, _ token: String?, _ status: Int) async throws -> String? {
                let reply = try await edge.send(method, path, token: token)
                #expect(reply.status == status, "\(reply)")
                return reply.headers["WWW-Authenticate"]
            }
            #expect(
                try await challenge("POST", "/mcp", nil, 401) == #"Bearer realm="portolan", scope="docs:read", \#(metadata)/mcp""#)
            #expect(
                try await challenge("POST", "/v1/sources", nil, 401) == #"Bearer realm="portolan", scope="ingest", \#(metadata)""#)
            #expect(try await challenge("GET", "/nowhere", nil, 401) == #"Bearer realm="portolan", \#(metadata)""#)
            var claims = provider.claims(audience: "https://docs.example.com/mcp")
            let reader = IdentityProvider.token(claims, key: Keys.rsa)
            #expect(try await edge.send("GET", "/v1/libraries", token: reader).status == 200)
            #expect(try await Agent(edge: edge, token: reader).toolNames().count == 5)
            #expect(
                try await challenge("POST", "/v1/sources", reader, 403)
                    == #"Bearer realm="portolan", error="insufficient_scope", scope="ingest", \#(metadata)""#)
            var texts: Set<String> = []
            for change in [["exp": "1"], ["aud": #""other""#], ["iss": #""other""#]] {
                let token = IdentityProvider.token(claims.merging(change) { $1 }, key: Keys.rsa)
                let reply = try await edge.send("GET", "/v1/libraries", ["X-Request-Id": "same"], token: token)
                #expect(
                    reply.headers["WWW-Authenticate"]
                        == #"Bearer realm="portolan", error="invalid_token", scope="docs:read", \#(metadata)""#)
                texts.insert(reply.json["message"]?.stringValue ?? "\(reply)")
            }
            #expect(texts.count == 1)
            claims["scope"] = #""docs:read ingest""#
            #expect(try await Agent(edge: edge, token: IdentityProvider.token(claims, key: Keys.rsa)).toolNames().count == 7)
            // The audit has the reason, and no log has a token.
            let reasons = edge.logs.lines.filter { $0.message == "audit" }.compactMap { $0.metadata["reason"] }
            #expect(reasons == ["expired", "audience", "issuer"])
            let secrets = reader.split(separator: ".").map(String.init) + ["somebody"]
            for line in edge.logs.lines {
                let text = line.message + line.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                #expect(!secrets.contains { text.contains($0) }, "\(text)")
            }
        }
    }
}
