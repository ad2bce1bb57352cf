import APIClient
import APIModel
import Domain
import Fetch
import MCP
import Primitives
import Storage
import Testing

@Suite struct `Sources over REST` {
    @Test func `A source is registered, paused, re-timed and asked to sync`() async throws {
        try await Edge.with { edge in
            let created = try await edge.client.createSource(
                CreateSourceRequest(webURL: "https://docs.example.org/guide/", library: "guide-org", pollIntervalSeconds: 300))
            #expect(created.state == "IDLE" && created.pollIntervalSeconds == 300 && created.kind == "website" && created.isSyncRequested)
            let paused = try await edge.client.updateSource(created.id, UpdateSourceRequest(isPaused: true))
            #expect(paused.state == "PAUSED" && paused.pollIntervalSeconds == 300)
            let timed = try await edge.client.updateSource(created.id, UpdateSourceRequest(isPaused: false, schedule: "0 2 * * *"))
            #expect(timed.state == "IDLE" && timed.pollIntervalSeconds == nil && timed.schedule == "0 2 * * *")
            let quiet = try await edge.client.updateSource(created.id, UpdateSourceRequest(pollIntervalSeconds: 0))
            #expect(quiet.schedule == nil && quiet.pollIntervalSeconds == nil)
            #expect(try await edge.client.syncSource(created.id).isSyncRequested)
            #expect(try await edge.client.source(created.id).library == "guide-org")
            let again = try await edge.client.createSource(
                CreateSourceRequest(webURL: "https://docs.example.org/guide/", library: "guide-org", schedule: "*/5 * * * *"))
            #expect(again.id == created.id && again.schedule == "*/5 * * * *")
        }
    }

    @Test(arguments: [
        (#"{"web_url":"https://a.example.com/","poll_interval_seconds":9}"#, "poll_interval_seconds"),
        (#"{"web_url":"https://a.example.com/","schedule":"61 * * * *"}"#, "schedule"),
        (#"{"web_url":"https://a.example.com/","schedule":"* * * * *","poll_interval_seconds":60}"#, "schedule"),
        (#"{"web_url":"https://a.example.com/","kind":"teapot"}"#, "kind"),
        (#"{"web_url":"https://a.example.com/","kind":"No Kind"}"#, "kind"),
        (#"{"web_url":"https://a.example.com/","options":{"colour":"red"}}"#, "options.colour"),
        (#"{"web_url":"http://10.0.0.1/"}"#, "web_url"),
    ]) func `A bad source names its field`(_ body: String, _ field: String) async throws {
        try await Edge.with { edge in
            let reply = try await edge.send("POST", "/v1/sources", body: body)
            #expect((400...499).contains(reply.status) && reply.problem?.details["field"] == field, "\(reply)")
        }
    }

    @Test func `A source that does not exist is not found`() async throws {
        try await Edge.with { edge in
            let path = "/v1/sources/0198c0de-0000-7000-8000-000000000000"
            let read = try await edge.send("GET", path)
            let changed = try await edge.send("PATCH", path, body: #"{"paused":true}"#)
            let asked = try await edge.send("POST", "\(path)/sync", body: "{}")
            #expect([read.status, changed.status, asked.status] == [404, 404, 404])
        }
    }
}

@Suite struct Webhooks {
    @Test func `A proven delivery marks its sources once, and its replay is a conflict`() async throws {
        try await Edge.with { edge in
            let headers = ["x-signature": "right", "x-event": "push", "x-delivery": "d-1"]
            let first = try await edge.webhook(headers)
            #expect(first.status == 202, "\(first)")
            let marked = try await edge.client.sources().items
            #expect(marked.allSatisfy { $0.isSyncRequested && $0.received == 1 })
            let second = try await edge.webhook(headers)
            #expect(second.status == 409 && second.problem?.errorCode == "E_REPLAY", "\(second)")
            let health = try await edge.webhookHealth()
            #expect(health.webhooks.map(\.kind) == ["confluence", "github", "notion", "website"] && health.webhooks[3].received == 1)
        }
    }

    @Test func `Without the right signature nothing happens`() async throws {
        try await Edge.with { edge in
            let reply = try await edge.webhook(["x-signature": "wrong", "x-event": "push", "x-delivery": "d-1"])
            #expect(reply.status == 401)
            let unmarked = try await edge.client.sources().items
            #expect(unmarked.allSatisfy { !$0.isSyncRequested })
        }
    }

    @Test func `Other events are taken and ignored, and other kinds are not found`() async throws {
        try await Edge.with { edge in
            let star = try await edge.webhook(["x-signature": "right", "x-event": "star"])
            let teapot = try await edge.send("POST", "/webhooks/teapot", body: "{}", token: nil)
            let stranger = try await edge.send("GET", "/webhooks/health", token: nil)
            #expect([star.status, teapot.status, stranger.status] == [202, 404, 401])
        }
    }

    @Test func `The token of a handshake is for the operator`() async throws {
        try await Edge.with { edge in
            let reply = try await edge.webhook(["x-signature": "right", "x-event": "hello"], body: "secret-token")
            #expect(reply.status == 200 && !reply.text.contains("secret-token"))
            #expect(try await edge.webhookHealth().webhooks[3].handshakeToken == "secret-token")
        }
    }

    @Test func `A stranger's handshake does not take the place of one that waits, until an administrator throws that away`() async throws {
        try await Edge.with { edge in
            let shout = ["x-signature": "right", "x-event": "hello"]
            func waiting() async throws -> String? { try await edge.webhookHealth().webhooks[3].handshakeToken }
            let first = try await edge.webhook(shout, body: "token-of-the-provider")
            let again = try await edge.webhook(shout, body: "token-of-the-provider")
            let other = try await edge.webhook(shout, body: "token-of-a-stranger")
            #expect([first.status, again.status, other.status] == [200, 200, 409])
            #expect(other.problem?.errorCode == "E_HANDSHAKE_WAITS" && !other.text.contains("token-of"), "\(other)")
            #expect(try await waiting() == "token-of-the-provider")
            let proven = try await edge.webhook(["x-signature": "right", "x-event": "hello again"], body: "next-token")
            let overProven = try await edge.webhook(shout, body: "token-of-a-stranger")
            #expect([proven.status, overProven.status] == [200, 409])
            #expect(try await waiting() == "next-token")
            #expect(try await edge.send("DELETE", "/webhooks/website/handshake").status == 204)
            #expect(try await waiting() == nil)
            let later = try await edge.webhook(shout, body: "later-token")
            #expect(later.status == 200)
            #expect(try await waiting() == "later-token")
        }
    }

    @Test func `Only an administrator throws a handshake away, and only one that is there`() async throws {
        let hand = Hand()
        var options = Edge.Options()
        options.keys = { hand.now }
        try await Edge.with(options) { edge in
            _ = try await edge.webhook(["x-signature": "right", "x-event": "hello"], body: "token")
            let key = try await PostgresAPIKeyStore(edge.database).create(
                name: "writer", role: .power, scopes: [.read, .ingest], lifetime: .seconds(60))
            let path = "/webhooks/website/handshake"
            let stranger = try await edge.send("DELETE", path, token: nil)
            let writer = try await edge.send("DELETE", path, token: key.text.reveal())
            #expect([stranger.status, writer.status] == [401, 403])
            #expect(try await edge.webhookHealth().webhooks[3].handshakeToken == "token")
            let first = try await edge.send("DELETE", path)
            let second = try await edge.send("DELETE", path)
            let none = try await edge.send("DELETE", "/webhooks/teapot/handshake")
            #expect([first.status, second.status, none.status] == [204, 404, 404])
        }
    }

    @Test func `What webhooks received, which is for sources of all libraries, is for the operator`() async throws {
        let hand = Hand()
        var options = Edge.Options()
        options.keys = { hand.now }
        try await Edge.with(options) { edge in
            _ = try await edge.webhook(["x-signature": "right", "x-event": "push", "x-delivery": "d-1"])
            let key = try await PostgresAPIKeyStore(edge.database).create(
                name: "reader", role: .reader, scopes: [.read], libraries: ["guide"], lifetime: .seconds(60))
            let reply = try await edge.send("GET", "/webhooks/health", token: key.text.reveal())
            #expect(reply.json["webhooks"]?[3]?.objectValue?.keys == ["kind"], "\(reply)")
        }
    }

    @Test func `A body over the limit is refused`() async throws {
        try await Edge.with { edge in
            let reply = try await edge.webhook(["x-signature": "right"], body: String(repeating: "x", count: (1 << 20) + 1))
            #expect(reply.status == 413)
        }
    }
}

extension Edge {
    fileprivate func webhook(_ headers: [String: String], body: String = "{}") async throws -> Reply {
        var fields: FetchHeaders = [:]
        for (name, value) in headers { fields[name] = value }
        return try await send("POST", "/webhooks/website", fields, body: body, token: nil)
    }
}
