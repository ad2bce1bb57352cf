import APIModel
import Domain
import Fetch
import FoundationEssentials
import MCP
import Primitives
import Storage
import TestSupport
import Testing

@testable import APIServer

/// Takes tokens that say what they are worth, such as `READER/docs:read+ask`.
private struct SelfDescribing: Authenticator {
    let isOpen = false

    func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token else { throw Fault.tokenMissing }
        let parts = token.reveal().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let role = AccessRole(rawValue: String(parts[0])) else { throw Fault.tokenWrong }
        return Principal(
            subject: token.reveal(), role: role,
            scopes: Set(parts[1].split(separator: "+").compactMap { AccessScope(rawValue: String($0)) }), access: .publicOnly)
    }

    /// A reader with no scope, each scope alone, all but each, and all; the other roles with none and all, because a role gives no right.
    static let callers: [Caller] = AccessRole.allCases.flatMap { role in
        let all = Set(AccessScope.allCases)
        let sets = [[], all] + (role == .reader ? all.map { [$0] } + all.map { all.subtracting([$0]) } : [])
        return sets.map { Caller(name: "\(role.rawValue)/\($0.map(\.rawValue).sorted().joined(separator: "+"))", role: role, scopes: $0) }
    }
}

/// Who calls, and how the caller proves it.
private struct Caller {
    let name: String
    let role: AccessRole
    let scopes: Set<AccessScope>
    var token = ""

    func with(_ token: String) -> Caller { Caller(name: name, role: role, scopes: scopes, token: token) }
}

/// How callers prove who they are.
private enum Proof: CaseIterable {
    /// By tokens that the test takes.
    case description
    /// By tokens of an identity provider.
    case provider
    /// By keys that operators make.
    case keys

    /// Runs `body` beside an api, with callers of every kind, and with tokens that count for nothing, by what is wrong with them.
    func with(_ body: (Edge, _ callers: [Caller], _ strangers: [String: String?]) async throws -> Void) async throws {
        switch self {
        case .description:
            var options = Edge.Options()
            options.authenticator = SelfDescribing()
            let strangers = ["without a token": nil, "with a wrong one": "wrong"]
            try await Edge.with(options) { edge in try await body(edge, SelfDescribing.callers.map { $0.with($0.name) }, strangers) }
        case .provider: try await Self.withProvider(body)
        case .keys: try await Self.withKeys(body)
        }
    }

    private static func withProvider(
        _ body: (Edge, _ callers: [Caller], _ strangers: [String: String?]) async throws -> Void
    ) async throws {
        var options = Edge.Options()
        let (key, foreign) = (IdentityProvider.Key("matrix", .p256, "ES256"), IdentityProvider.Key("matrix", .p256, "ES256"))
        try await IdentityProvider.with([key]) { provider in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let resource = ProtectedResource(publicURL: "https://docs.example.com", issuer: provider.issuer)
            options.protectedResource = resource
            options.authenticator = OAuthAuthenticator(
                OAuthAuthenticator.Configuration(issuer: provider.issuer, audiences: resource.audiences),
                documents: PlainDocuments(fetcher: fetcher), keys: NoKeys())
            func claims(_ caller: Caller) -> [String: String] {
                var claims = provider.claims(audience: resource.publicURL)
                claims["scope"] = "\"\(caller.scopes.map(\.rawValue).joined(separator: " "))\""
                claims["role"] = "\"\(caller.role.rawValue)\""
                return claims
            }
            let callers = SelfDescribing.callers.map { $0.with(IdentityProvider.token(claims($0), key: key)) }
            let all = claims(Caller(name: "", role: .admin, scopes: Set(AccessScope.allCases)))
            func changed(_ name: String, _ value: String) -> String {
                IdentityProvider.token(all.merging([name: value]) { $1 }, key: key)
            }
            let strangers: [String: String?] = [
                "without a token": nil, "expired": changed("exp", "1"),
                "for another audience": changed("aud", #""https://other.example.com""#),
                "of another issuer": changed("iss", #""https://issuer.invalid""#),
                "signed by somebody else": IdentityProvider.token(all, key: foreign),
                "not signed": IdentityProvider.token(all, key: key, header: ["alg": #""none""#]),
            ]
            try await Edge.with(options) { edge in try await body(edge, callers, strangers) }
        }
    }

    private static func withKeys(
        _ body: (Edge, _ callers: [Caller], _ strangers: [String: String?]) async throws -> Void
    ) async throws {
        var options = Edge.Options()
        options.keys = { .now }
        try await Edge.with(options) { edge in
            let store = PostgresAPIKeyStore(edge.database)
            func key(_ name: String, _ caller: Caller, lifetime: Duration = .seconds(3600)) async throws -> (key: APIKey, text: String) {
                let made = try await store.create(name: name, role: caller.role, scopes: caller.scopes, lifetime: lifetime)
                return (made.key, made.text.reveal())
            }
            // All before the first request, after which new ones are not known for a second.
            var callers: [Caller] = []
            for caller in SelfDescribing.callers where !caller.scopes.isEmpty {
                callers.append(caller.with(try await key("caller \(callers.count)", caller).text))
            }
            let all = Caller(name: "", role: .admin, scopes: Set(AccessScope.allCases))
            let (revoked, expired) = (
                try await key("revoked", all), try await key("expired", all, lifetime: .microseconds(1))
            )
            #expect(try await store.revoke(prefix: revoked.key.prefix)?.revokedAt != nil)
            let strangers: [String: String?] = [
                "without a token": nil, "revoked": revoked.text, "expired": expired.text,
                "with another secret": String(callers[0].token.dropLast(64)) + String(repeating: "0", count: 64),
                "never made": APIKeyText.random().text.reveal(),
            ]
            try await body(edge, callers, strangers)
        }
    }
}

/// The tables of docs/security.md, cell by cell.
private struct Tables {
    private let rows: [[String]]

    init() throws {
        let text = try String(contentsOfFile: TestData.packageDirectory + "/docs/security.md", encoding: .utf8)
        rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map { cell in String(cell.filter { $0 != "`" && $0 != " " }) }
        }
    }

    /// The body of the table with the headings `heading`.
    func table(_ heading: [String]) throws -> [[String]] {
        let start = try #require(rows.firstIndex(of: heading))
        return Array(rows[(start + 2)...].prefix { $0.count == heading.count && $0 != heading && $0[0] != "refusal" })
    }
}

@Suite struct `Who may do what` {
    /// A path that fits `template` and names nothing that there is.
    private static func path(_ template: String) -> String {
        template.replacing("{id}", with: "0198c0de-0000-7000-8000-000000000000").replacing("{kind}", with: "nothing")
            .replacing("{name}", with: "nothing")
    }

    @Test(arguments: Proof.allCases)
    fileprivate func `Every route asks every caller for what the guide says`(proof: Proof) async throws {
        try await proof.with { edge, callers, strangers in
            var expected: [String: AccessScope?] = [:]
            for row in try Tables().table(["method", "route", "scope"]) {
                #expect(row[2] == "none" || AccessScope(rawValue: row[2]) != nil, "\(row)")
                expected["\(row[0]) \(row[1])"] = .some(AccessScope(rawValue: row[2]))
            }
            let names = edge.routes.map { "\($0.method ?? "any") \($0.template)" }
            #expect(Set(names) == Set(expected.keys) && names.count == Set(names).count)
            for (route, name) in zip(edge.routes, names) {
                guard let scope = expected[name] else { continue }
                let (method, path) = (route.method ?? "POST", Self.path(route.template))
                for (kind, token) in strangers {
                    let reply = try await edge.send(method, path, token: token)
                    #expect((reply.status == 401) == (scope != nil), "\(name) for one \(kind): \(reply)")
                    // A page asks for the token in a form.
                    let isPage = route.template == "/" || route.template.hasPrefix("/console")
                    let isAsked = reply.headers["WWW-Authenticate"] != nil
                    #expect(isPage || isAsked == (scope != nil), "\(name) for one \(kind): \(reply)")
                }
                for caller in callers {
                    let reply = try await edge.send(method, path, token: caller.token)
                    let isDenied = reply.status == 403 && reply.problem?.errorCode == "E_SCOPE"
                    #expect(isDenied == (scope.map { !caller.scopes.contains($0) } ?? false), "\(name) for \(caller.name): \(reply)")
                    #expect(reply.status != 401 && reply.status < 500, "\(name) for \(caller.name): \(reply)")
                    let asked = reply.headers["WWW-Authenticate"]
                    #expect((asked != nil) == isDenied && asked?.contains("scope=\"\(scope?.rawValue ?? "-")\"") ?? true)
                }
            }
        }
    }

    @Test(arguments: Proof.allCases)
    fileprivate func `Every tool exists for those who may call it`(proof: Proof) async throws {
        try await proof.with { edge, callers, strangers in
            var expected: [String: AccessScope] = [:]
            for row in try Tables().table(["tool", "scope"]) {
                let scope: AccessScope = try #require(AccessScope(rawValue: row[1]))
                expected[row[0]] = scope
            }
            for (kind, token) in strangers {
                for tool in expected.keys {
                    let refused = try await Agent(edge: edge, token: token).call(tool, ["surprise": 1])
                    #expect(refused["status"] == 401 && refused["result"] == nil, "\(tool) for one \(kind): \(refused)")
                }
            }
            for caller in callers where caller.scopes.contains(.read) {
                let agent = Agent(edge: edge, token: caller.token)
                let visible = expected.filter { caller.scopes.contains($0.value) }.keys.sorted()
                #expect(try await agent.toolNames() == visible, "\(caller.name)")
                for tool in expected.keys {
                    let call = try await agent.call(tool, ["surprise": 1])
                    // What exists complains about the argument, what does not about the name.
                    #expect(call.isToolError == visible.contains(tool), "\(tool) for \(caller.name): \(call)")
                    #expect((call["error"]?["message"]?.stringValue?.contains("Unknown tool") ?? false) != visible.contains(tool))
                }
            }
        }
    }
}
