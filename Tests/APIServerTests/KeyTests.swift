import APIModel
import Digests
import Domain
import Fetch
import FoundationEssentials
import MCP
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@testable import APIServer

/// Keys that the test gives, and what was asked of them.
private final class KeyShelf: APIKeyStore {
    private let state = Locked((keys: [APIKeyCredential](), reads: 0, uses: 0, isAway: false))

    var reads: Int { state.withLock { $0.reads } }
    var uses: Int { state.withLock { $0.uses } }

    func put(_ keys: [APIKeyCredential]) { state.withLock { $0.keys = keys } }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    func working() async throws -> [APIKeyCredential] {
        try state.withLock { state in
            state.reads += 1
            if state.isAway { throw Fault.unavailable("the database", "The database is away.") }
            return state.keys
        }
    }

    func noteUse(_ id: APIKeyID) async throws { state.withLock { $0.uses += 1 } }

    /// A key on no shelf yet.
    static func key(expires: Duration = .seconds(3600)) -> (text: APIKeyText, credential: APIKeyCredential) {
        let text = APIKeyText.random()
        let key = APIKey(
            id: APIKeyID.make(), name: "test", prefix: text.prefix, subject: "key-\(text.prefix)", role: .power, scopes: [.read, .ask],
            list: AccessList(),
            createdAt: Date(), expiresAt: Date() + expires.seconds, lastUsedAt: nil, revokedAt: nil)
        return (text, APIKeyCredential(key: key, digest: SHA256.hash(text.text.reveal())))
    }
}

/// A clock that the test moves.
final class Hand: Sendable {
    private let time = Locked(ContinuousClock.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }
    func move(_ duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

@Suite struct `The authenticator of keys` {
    private let shelf = KeyShelf()
    private let hand = Hand()
    private let authenticator: KeyAuthenticator

    init() {
        let hand = hand
        authenticator = KeyAuthenticator(token: Redacted(Edge.token), keys: shelf) { hand.now }
    }

    /// The code of the refusal; nil when `text` is taken.
    private func refusal(_ text: Redacted<String>?) async throws -> String? {
        do {
            _ = try await authenticator.principal(token: text)
            return nil
        } catch let fault as Fault { return fault.code }
    }

    @Test func `A key brings its role and scopes, and the token is taken as before`() async throws {
        let (text, credential) = KeyShelf.key()
        shelf.put([credential])
        let principal = try await authenticator.principal(token: text.text)
        #expect(principal == Principal(subject: credential.key.subject, role: .power, scopes: [.read, .ask], access: .publicOnly))
        #expect(try await authenticator.principal(token: Redacted(Edge.token)) == .operatorToken)
        #expect(try await refusal(nil) == "E_TOKEN_MISSING")
    }

    @Test func `Unknown, expired, and with another secret: all look the same`() async throws {
        let (known, expired) = (KeyShelf.key(), KeyShelf.key(expires: .seconds(-1)))
        shelf.put([known.credential, expired.credential])
        let forged = "ptl_\(known.text.prefix)_\(String(repeating: "0", count: 64))"
        for text in [forged, expired.text.text.reveal(), KeyShelf.key().text.text.reveal(), "ptl_x", "wrong", ""] {
            #expect(try await refusal(Redacted(text)) == "E_TOKEN_INVALID")
        }
    }

    @Test func `A key that is revoked counts for five seconds at most, a new one after one`() async throws {
        let (first, second) = (KeyShelf.key(), KeyShelf.key())
        shelf.put([first.credential])
        #expect(try await refusal(first.text.text) == nil)
        shelf.put([second.credential])
        #expect(try await refusal(second.text.text) == "E_TOKEN_INVALID")
        hand.move(KeyRing.pause)
        #expect(try await refusal(second.text.text) == nil)
        #expect(try await refusal(first.text.text) == "E_TOKEN_INVALID")
        shelf.put([])
        hand.move(KeyRing.lifetime - .milliseconds(1))
        #expect(try await refusal(second.text.text) == nil)
        let holder = Principal(subject: second.credential.key.subject, role: .power, scopes: [.read], access: .publicOnly)
        #expect(try await authenticator.isCurrent(holder))
        hand.move(.milliseconds(1))
        #expect(try await !authenticator.isCurrent(holder))
        #expect(try await authenticator.isCurrent(.operatorToken))
        #expect(try await refusal(second.text.text) == "E_TOKEN_INVALID")
        #expect(KeyRing.lifetime == .seconds(5) && KeyRing.pause == .seconds(1))
    }

    @Test func `However many strangers try keys, the store is asked once a second`() async throws {
        for _ in 0..<100 { _ = try await refusal(APIKeyText.random().text) }
        #expect(shelf.reads == 1)
        hand.move(.seconds(1))
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 { group.addTask { _ = try await refusal(APIKeyText.random().text) } }
            try await group.waitForAll()
        }
        #expect(shelf.reads == 2)
    }

    @Test func `Without the store keys are unavailable once they are old, and the token works`() async throws {
        let (text, credential) = KeyShelf.key()
        shelf.put([credential])
        #expect(try await refusal(text.text) == nil)
        shelf.setAway(true)
        #expect(try await refusal(text.text) == nil)
        hand.move(KeyRing.lifetime)
        for _ in 0..<10 { #expect(try await refusal(text.text) == "E_UNAVAILABLE") }
        #expect(shelf.reads == 2)
        #expect(try await refusal(Redacted(Edge.token)) == nil)
        shelf.setAway(false)
        hand.move(KeyRing.pause)
        #expect(try await refusal(text.text) == nil)
    }

    @Test func `The use of a key is noted once a minute`() async throws {
        let (text, credential) = KeyShelf.key()
        shelf.put([credential])
        for _ in 0..<10 { #expect(try await refusal(text.text) == nil) }
        #expect(shelf.uses == 1)
        hand.move(KeyRing.usePause)
        for _ in 0..<10 { #expect(try await refusal(text.text) == nil) }
        #expect(shelf.uses == 2)
    }
}

@Suite struct `Keys at the edge` {
    private func withKeys(_ body: (Edge, PostgresAPIKeyStore, Hand) async throws -> Void) async throws {
        let hand = Hand()
        var options = Edge.Options()
        (options.keys, options.rateLimits) = ({ hand.now }, .roles)
        try await Edge.with(options) { edge in try await body(edge, PostgresAPIKeyStore(edge.database), hand) }
    }

    @Test func `A key reads, is challenged for what it lacks, and is refused once revoked`() async throws {
        try await withKeys { edge, keys, hand in
            let (key, text) = try await keys.create(name: "r", role: .reader, scopes: [.read], lifetime: .seconds(3600))
            let read = try await edge.send("GET", "/v1/libraries", token: text.reveal())
            #expect(read.status == 200, "\(read)")
            #expect(try await keys.keys().first?.lastUsedAt != nil)
            let write = try await edge.send("DELETE", "/v1/documentation/\(edge.guide)", token: text.reveal())
            #expect(write.status == 403 && write.problem?.errorCode == "E_SCOPE" && write.problem?.details["limit"] == "ingest", "\(write)")
            #expect(
                write.headers["WWW-Authenticate"] == #"Bearer realm="portolan", error="insufficient_scope", scope="ingest""#)
            #expect(write.headers["X-RateLimit-Limit"] == "50")
            _ = try await keys.revoke(prefix: key.prefix)
            hand.move(KeyRing.lifetime)
            let late = try await edge.send("GET", "/v1/libraries", token: text.reveal())
            #expect(late.status == 401 && late.headers["WWW-Authenticate"] == #"Bearer realm="portolan", error="invalid_token""#, "\(late)")
            #expect(try await edge.send("GET", "/v1/libraries", token: nil).headers["WWW-Authenticate"] == #"Bearer realm="portolan""#)
        }
    }

    @Test(arguments: [(AccessRole.reader, 50, 5), (.power, 200, 20), (.admin, 500, 50)])
    func `Each key has the quota of its role for itself, and every reply tells`(role: AccessRole, perMinute: Int, burst: Int) async throws {
        try await withKeys { edge, keys, _ in
            var texts: [String] = []
            for name in ["a", "b"] {
                texts.append(try await keys.create(name: name, role: role, scopes: [.read], lifetime: .seconds(3600)).text.reveal())
            }
            let first = try await edge.send("GET", "/v1/libraries", token: texts[0])
            #expect(first.status == 200 && first.headers["X-RateLimit-Limit"] == "\(perMinute)")
            #expect(first.headers["X-RateLimit-Remaining"] == "\(burst - 1)" && first.headers["X-RateLimit-Reset"] != nil)
            for (method, path) in [
                ("GET", "/nowhere"), ("POST", "/v1/sources"), ("GET", "/v1/jobs/none"), ("POST", "/mcp"), ("PUT", "/v1/jobs"),
            ] {
                let reply = try await edge.send(method, path, token: texts[1])
                #expect(reply.headers["X-RateLimit-Limit"] == "\(perMinute)" && reply.headers["X-RateLimit-Remaining"] != nil, "\(reply)")
            }
        }
    }
}

@Suite struct `The audit` {
    @Test func `Each call has one line that says who did what, and no secret`() async throws {
        let hand = Hand()
        var options = Edge.Options()
        options.keys = { hand.now }
        try await Edge.with(options) { edge in
            let keys = PostgresAPIKeyStore(edge.database)
            let (key, text) = try await keys.create(name: "r", role: .reader, scopes: [.read], lifetime: .seconds(3600))
            func line(_ id: String, _ send: (FetchHeaders) async throws -> Reply) async throws -> [String: String] {
                let reply = try await send(["X-Request-Id": id])
                let lines = edge.logs.lines.filter { $0.message == "audit" && $0.metadata["request_id"] == id }
                #expect(lines.count == 1, "\(id): \(reply)")
                return try #require(lines.first).metadata
            }
            let search = try await line("search") {
                try await edge.send("GET", "/v1/search?q=confidential+gadgets", $0, token: text.reveal())
            }
            #expect(search["event"] == "ok" && search["subject"] == key.subject && search["role"] == "READER")
            #expect(search["route"] == "/v1/search" && search["status"] == "200" && search["duration_ms"] != nil)
            #expect(search["query_hash"] == SHA256.hash("confidential gadgets").hexadecimal.prefix(16).description)
            let denied = try await line("denied") { try await edge.send("POST", "/v1/sources", $0, body: "{}", token: text.reveal()) }
            #expect(denied["event"] == "permission_denied" && denied["code"] == "E_SCOPE" && denied["subject"] == key.subject)
            let stranger = try await line("stranger") {
                try await edge.send("GET", "/v1/search?q=confidential", $0, token: text.reveal() + "0")
            }
            #expect(stranger["event"] == "unauthenticated" && stranger["subject"] == "-" && stranger["role"] == nil)
            let missing = try await line("missing") { try await edge.send("GET", "/v1/jobs/none", $0) }
            #expect(missing["event"] == "refused" && missing["subject"] == "token" && missing["code"] == "E_NOT_FOUND")
            #expect(try await edge.send("GET", "/health", ["X-Request-Id": "probe"], token: nil).status == 200)

            let agent = Agent(edge: edge, token: text.reveal())
            let seen = edge.logs.lines.count
            _ = try await agent.call("search_documentation", ["query": "confidential gadgets"])
            _ = try await agent.call("search_documentation", ["query": "c"])
            _ = try await agent.call("ingest_documentation", ["web_url": "https://a.example.com/"])
            _ = try await agent.call(text.reveal(), [:])
            _ = try await agent.send(text.reveal())
            _ = try await agent.send("tools/list")
            let calls = edge.logs.lines.dropFirst(seen).filter { $0.message == "audit" }.map(\.metadata)
            #expect(
                calls.map { $0["tool"] } == ["search_documentation", "search_documentation", "ingest_documentation", "unknown", nil, nil])
            #expect(calls.map { $0["event"] } == ["ok", "tool_error", "protocol_error", "protocol_error", "protocol_error", "ok"])
            #expect(calls.last?["mcp_method"] == "tools/list" && calls[0]["query_hash"] == search["query_hash"])
            #expect(calls.allSatisfy { $0["subject"] == key.subject })

            #expect(!edge.logs.lines.contains { $0.metadata["request_id"] == "probe" && $0.message == "audit" })
            // The table has the same, line by line.
            await edge.audit.flush()
            let lines = edge.logs.lines.filter { $0.message == "audit" }.map(\.metadata)
            let rows = try await edge.database.query("select * from portolan.audit order by id")
            #expect(rows.count == lines.count && edge.audit.counts.written == rows.count && edge.audit.counts.lost == 0)
            for (row, line) in zip(rows, lines) {
                for key in [
                    "event", "subject", "role", "client", "method", "route", "code", "mcp_method", "tool", "query_hash", "request_id",
                ] {
                    #expect(try row.decode(key, as: String.self) == line[key] ?? "", "\(key)")
                }
                #expect(try row.decode("trace_id", as: String.self).utf8.count == 32)
            }
            let secrets = [String(text.reveal().suffix(64)), key.prefix, Edge.token, "confidential"]
            for line in edge.logs.lines {
                let text = line.message + line.metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                #expect(!secrets.contains { text.contains($0) }, "\(text)")
            }
        }
    }
}
