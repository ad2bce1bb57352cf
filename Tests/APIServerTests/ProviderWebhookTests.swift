import APIClient
import APIModel
import Digests
import Fetch
import FoundationEssentials
import Telemetry
import Testing

/// What the issue asks of every provider's webhooks, through the doors that the providers use.
@Suite struct `Webhooks of the providers` {
    /// How one provider proves a delivery.
    struct Provider: Sendable, CustomTestStringConvertible {
        let kind: String
        let header: String
        /// Beside the signature; `#` stands for what is different in each delivery.
        let others: [(String, String)]
        /// A change; `#` as in ``others``.
        let change: String
        /// An event that no source would notice, with its headers.
        let unknown: (headers: [(String, String)], body: String)

        var testDescription: String { kind }

        func headers(_ body: String, _ fields: [(String, String)], secret: String = Edge.webhookSecret) -> FetchHeaders {
            var headers: FetchHeaders = ["Content-Type": "application/json"]
            for (name, value) in fields { headers[name] = value }
            headers[header] = "sha256=" + Authenticity.code(for: Array(body.utf8), key: Array(secret.utf8)).hexadecimal
            return headers
        }
    }

    static let providers = [
        Provider(
            kind: "github", header: "X-Hub-Signature-256", others: [("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "#")],
            change: #"{"ref":"refs/heads/main","repository":{"full_name":"octocat/hello-world"}}"#,
            unknown: ([("X-GitHub-Event", "starfall"), ("X-GitHub-Delivery", "1")], "{}")),
        Provider(
            kind: "notion", header: "X-Notion-Signature", others: [], change: ##"{"id":"#","type":"page.content_updated"}"##,
            unknown: ([], #"{"id":"1","type":"galaxy.created"}"#)),
        Provider(
            kind: "confluence", header: "X-Hub-Signature", others: [],
            change: ##"{"event":"page_updated","page":{"spaceKey":"DOC","title":"#"}}"##,
            unknown: ([], #"{"event":"galaxy_created"}"#)),
    ]

    private func send(_ edge: Edge, _ provider: Provider, _ headers: FetchHeaders, _ body: String) async throws -> Reply {
        try await edge.send("POST", "/webhooks/\(provider.kind)", headers, body: body, token: nil)
    }

    @Test(arguments: providers) func `what is proven is taken at once, and its replay is a conflict`(provider: Provider) async throws {
        try await Edge.with { edge in
            for name in ["one", "two"] {
                let body = provider.change.replacing("#", with: name)
                let headers = provider.headers(body, provider.others.map { ($0.0, $0.1.replacing("#", with: name)) })
                let first = try await send(edge, provider, headers, body)
                let second = try await send(edge, provider, headers, body)
                #expect([first.status, second.status] == [202, 409])
                #expect(second.problem?.errorCode == "E_REPLAY")
            }
            let health = try await edge.webhookHealth().webhooks.first { $0.kind == provider.kind }
            #expect(health?.received == 2)
        }
    }

    @Test(arguments: providers) func `a wrong, a missing and a malformed signature are refused`(provider: Provider) async throws {
        try await Edge.with { edge in
            var headers = provider.headers(provider.change, provider.others, secret: "another-secret")
            for signature in [headers[provider.header], nil, "", "sha256=00", "nonsense"] {
                headers[provider.header] = signature
                let reply = try await send(edge, provider, headers, provider.change)
                #expect(reply.status == 401, "\(signature ?? "none"): \(reply)")
                #expect(reply.problem?.errorCode == "E_SIGNATURE")
            }
            // Signed, but another body.
            let moved = try await send(edge, provider, provider.headers("{}", provider.others), provider.change)
            #expect(moved.status == 401)
            let health = try await edge.webhookHealth().webhooks.first { $0.kind == provider.kind }
            #expect(health?.received == 0)
        }
    }

    @Test(arguments: providers) func `a body above a mebibyte is refused before anything is read`(provider: Provider) async throws {
        try await Edge.with { edge in
            let body = "{\"pad\":\"" + String(repeating: "x", count: 1 << 20) + "\"}"
            let reply = try await send(edge, provider, provider.headers(body, provider.others), body)
            #expect(reply.status == 413, "\(reply)")
        }
    }

    @Test(arguments: providers) func `an event that nobody knows is taken and counted`(provider: Provider) async throws {
        try await Edge.with { edge in
            let (fields, body) = provider.unknown
            for _ in 0..<2 {
                let reply = try await send(edge, provider, provider.headers(body, fields), body)
                #expect(reply.status == 202, "\(reply)")
            }
            #expect(edge.metrics.sources.webhooks.value(provider.kind, "ignored") == 2)
            let unmarked = try await edge.client.sources().items
            #expect(unmarked.allSatisfy { !$0.isSyncRequested })
        }
    }
}
