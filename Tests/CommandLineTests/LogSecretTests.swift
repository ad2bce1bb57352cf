import EmbeddedServices
import Fetch
import FoundationEssentials
import TestSupport
import Testing

@testable import portolan

/// A whole api process with secrets in all its places, at every level of logging.
@Suite struct `Logs of a run` {
    private struct Line: Decodable {
        let msg: String
        let logger: String
        let port: String?
        let event: String?
    }

    /// The `portolan` that this build made, beside the test bundle.
    private static let binary: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return bundle.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/portolan"
    }()

    private static let token = "the-token-0f9c1b2a7d"
    private static let password = "the-password-93ab17c4"
    private static let redisPassword = "the-redis-password-5512"

    private static func lines(_ file: String) -> [Line] {
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private static func start(
        _ url: String, patience: Int = 60, log: String, settings: [String: String] = [:]
    ) throws -> ChildProcess {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PORTOLAN_") }
        environment.merge([
            "PORTOLAN_DATABASE_URL": url, "PORTOLAN_REDIS_URL": "redis://:\(redisPassword)@127.0.0.1:1/0", "PORTOLAN_TOKEN": token,
            "PORTOLAN_PORT": "0", "PORTOLAN_ADMIN_PORT": "0", "PORTOLAN_EMBEDDER": "none", "PORTOLAN_LOG_LEVEL": "trace",
            "PORTOLAN_LOG_FORMAT": "json", "PORTOLAN_START_TIMEOUT_SECONDS": "\(patience)",
        ]) { $1 }
        environment.merge(settings) { $1 }
        return try ChildProcess.start(binary, arguments: ["api"], environment: environment, output: .file(log))
    }

    @Test func `No secret is in them, whatever callers do with theirs`() async throws {
        try await withTemporaryDirectory { folder in
            try await `Database commands`.with { database in
                let url = database.url.replacing("//portolan@", with: "//portolan:\(Self.password)@")
                #expect(url.contains(Self.password))
                let made = await database.run("keys", "create", "--name", "a", "--role", "ADMIN", "--scope", "docs:read")
                let key = made.output.filter { $0 != "\n" }
                let log = "\(folder)/api.log"
                let api = try Self.start(url, log: log)
                try await eventually { Self.lines(log).contains { $0.msg == "api ready" } || api.exitStatus != nil }
                let port = try #require(Self.lines(log).first { $0.msg == "api ready" }?.port)
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                func send(_ method: String, _ path: String, _ authorization: String?, body: String = "") async throws -> Int {
                    var headers: FetchHeaders = ["Accept": "application/json, text/event-stream", "Content-Type": "application/json"]
                    headers["Authorization"] = authorization
                    return try await fetcher.send(
                        FetchRequest(method, "http://127.0.0.1:\(port)\(path)", headers: headers, body: Array(body.utf8))
                    ).status
                }
                #expect(try await send("GET", "/v1/search?q=the-question-7741", "Bearer \(key)") == 200)
                #expect(try await send("GET", "/v1/libraries", "Bearer \(Self.token)") == 200)
                #expect(try await send("GET", "/v1/libraries?access_token=\(key)", nil) == 400)
                #expect(try await send("GET", "/\(key)", "Bearer \(key)") == 404)
                #expect(try await send("GET", "/v1/jobs/\(key)", "Bearer \(key)") == 404)
                #expect(try await send("GET", "/v1/libraries", "Bearer \(key)0") == 401)
                #expect(try await send("GET", "/v1/libraries", "Basic \(key)") == 401)
                #expect(try await send("POST", "/v1/sources", "Bearer \(Self.token)", body: #"{"\#(key)": 1}"#) == 422)
                let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(key)","arguments":{"a":"\#(key)"}}}"#
                #expect(try await send("POST", "/mcp", "Bearer \(key)", body: call) == 200)
                #expect(try await send("POST", "/mcp", "Bearer \(key)", body: "{\(key)") == 400)
                await api.terminate(grace: .seconds(60))
                let written = Self.lines(log)
                #expect(written.count { $0.msg == "audit" && $0.logger == "portolan.audit" } == 10)
                #expect(Set(written.compactMap(\.event)).isSuperset(of: ["ok", "unauthenticated", "refused", "protocol_error"]))

                // A start that fails talks about the database.
                let failing = "\(folder)/failing.log"
                let away = try Self.start("postgresql://portolan:\(Self.password)@127.0.0.1:1/none", patience: 1, log: failing)
                try await eventually { away.exitStatus != nil }
                for file in [log, failing] {
                    let text = String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
                    #expect(!text.isEmpty)
                    for secret in [Self.token, Self.password, Self.redisPassword, key, String(key.suffix(64)), "the-question-7741"] {
                        let lines = text.split(separator: "\n").filter { $0.contains(secret) }
                        #expect(lines.isEmpty, "\(secret): \(lines)")
                    }
                }
            }
        }
    }

    @Test func `An api that takes a provider's tokens fetches its keys through the gates, and logs nothing of a token`() async throws {
        let key = IdentityProvider.Key("one", .p256, "ES256")
        try await IdentityProvider.with([key]) { provider in
            try await withTemporaryDirectory { folder in
                try await `Database commands`.with { database in
                    let log = "\(folder)/api.log"
                    let settings = [
                        "PORTOLAN_AUTH": "oauth", "PORTOLAN_OAUTH_ISSUER": provider.issuer,
                        "PORTOLAN_PUBLIC_URL": "https://docs.example.com",
                        "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8",
                    ]
                    let api = try Self.start(database.url, log: log, settings: settings)
                    try await eventually { Self.lines(log).contains { $0.msg == "api ready" } || api.exitStatus != nil }
                    let port = try #require(Self.lines(log).first { $0.msg == "api ready" }?.port)
                    let fetcher = try HTTPFetcher()
                    defer { fetcher.close() }
                    func send(_ token: String?) async throws -> FetchResponse {
                        var headers: FetchHeaders = [:]
                        headers["Authorization"] = token.map { "Bearer \($0)" }
                        return try await fetcher.send(FetchRequest("GET", "http://127.0.0.1:\(port)/v1/libraries", headers: headers))
                    }
                    let claims = provider.claims(audience: "https://docs.example.com/mcp")
                    let good = IdentityProvider.token(claims, key: key)
                    let late = IdentityProvider.token(claims.merging(["exp": "1"]) { $1 }, key: key)
                    #expect(try await send(good).status == 200)
                    #expect(try await send(late).status == 401)
                    // The token of small set-ups opens nothing here.
                    #expect(try await send(Self.token).status == 401)
                    let challenge = try await send(nil).headers["WWW-Authenticate"]
                    #expect(challenge?.contains("https://docs.example.com/.well-known/oauth-protected-resource") == true)
                    await api.terminate(grace: .seconds(60))
                    let text = String(decoding: try #require(FileManager.default.contents(atPath: log)), as: UTF8.self)
                    let parts = [good, late].flatMap { $0.split(separator: ".").dropFirst() }.map(String.init)
                    for secret in parts + ["somebody", Self.token] { #expect(!text.contains(secret), "\(secret)") }
                    #expect(text.contains(#""reason":"expired""#))
                }
            }
        }
    }
}
