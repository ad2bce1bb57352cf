import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Notion in trouble` {
    @Test func `too many requests are waited for as Notion says, or end the walk`() async throws {
        let pauses = Locked<[Duration]>([])
        let body = Array(#"{"object":"error","status":429,"code":"rate_limited","message":"You have been rate limited."}"#.utf8)
        try await NotionWorkspace.with(timing: .still(pauses)) { notion, walk, server in
            notion.behave { $0.instead = [("/children", .bytes(body, status: 429, headers: [("retry-after", "9")]))] }
            let report = try await walk.run()
            #expect(report.pages.count == 3)
            #expect(pauses.withLock { $0 }.contains { $0 == .seconds(9) })
            notion.behave { $0.instead = [("/v1/search", .bytes(body, status: 429, headers: [("retry-after", "600")]))] }
            let before = server.requests.count
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.category == .rateLimited)
            #expect(fault?.isTransient == true)
            #expect(fault?.hint?.hasPrefix("Wait 600 s") == true)
            #expect(server.requests.count == before + 1)
        }
    }

    @Test func `a wrong token is named with Notion's words`() async throws {
        try await NotionWorkspace.with(token: "ntn_wrong") { _, walk, _ in
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.category == .authorization)
            #expect(fault?.field == "options.credential")
            #expect(fault?.message == "Notion refuses the credential with 401: API token is invalid.")
            #expect(fault?.isTransient == false)
        }
    }

    @Test(arguments: ["{\"object\":\"list\",\"results\":[{\"obj", "", "<html>", "[]", String(repeating: "{\"a\":", count: 500)])
    func `half a page of JSON is a transient fault, and nothing is deleted`(text: String) async throws {
        try await NotionWorkspace.with { notion, walk, _ in
            let answer = HTTPServerResponse.json(text)
            notion.behave { $0.instead = [("/v1/search", answer)] }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.isTransient == true)
            #expect(fault?.code == "E_NET_PROTOCOL")
            notion.behave { $0.instead = [("/children", answer)] }
            let report = try await walk.run()
            #expect(report.summary?.isComplete == false)
            #expect(report.summary?.counts == [.fetched: 2, .failed: 1])
        }
    }

    @Test func `an answer in another character set than UTF-8 is refused`() async throws {
        try await NotionWorkspace.with { notion, walk, _ in
            let text = Array(#"{"object":"list","results":[],"next_cursor":""#.utf8) + [0xE4] + Array(#"","has_more":false}"#.utf8)
            let answer = HTTPServerResponse.bytes(text, headers: [("content-type", "application/json; charset=iso-8859-1")])
            notion.behave { $0.instead = [("/v1/search", answer)] }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.code == "E_NET_PROTOCOL")
        }
    }

    @Test func `a list that never ends and a hostile cursor are refused`() async throws {
        for cursor in ["null", "\"same\"", #""a\",\"x\":\"""#] {
            try await NotionWorkspace.with { notion, walk, server in
                let answer = HTTPServerResponse.json(#"{"object":"list","results":[],"next_cursor":\#(cursor),"has_more":true}"#)
                notion.behave { $0.instead = Array(repeating: ("/v1/search", answer), count: 50) }
                let fault = await #expect(throws: Fault.self) { try await walk.run() }
                #expect(fault?.code == "E_NET_PROTOCOL")
                #expect(server.requests.count <= 2)
            }
        }
    }

    @Test func `a page that is gone or denied meanwhile is an outcome of its own`() async throws {
        try await NotionWorkspace.with { notion, walk, _ in
            notion.behave { $0.instead = [(NotionStandIn.id(1), .json(#"{"message":"Could not find block"}"#, status: 404))] }
            let gone = try await walk.run()
            #expect(gone.outcome(NotionWorkspace.path(1))?.kind == .gone)
            #expect(gone.summary?.isComplete == true)
            notion.behave { $0.instead = [(NotionStandIn.id(1), .json(#"{"message":"Insufficient permissions"}"#, status: 403))] }
            let denied = try await walk.run()
            #expect(denied.outcome(NotionWorkspace.path(1))?.kind == .failed)
            #expect(denied.summary?.isComplete == false)
        }
    }

    @Test func `a server that is away or in conflict is asked again`() async throws {
        try await NotionWorkspace.with { notion, walk, _ in
            notion.behave { $0.instead = [("/v1/search", .status(503)), ("/v1/search", .status(409)), ("/children", .status(502))] }
            let report = try await walk.run()
            #expect(report.summary?.counts == [.fetched: 3])
        }
    }

    @Test(arguments: [
        ("https://www.notion.so/", ["credential": "notion"], nil, "https://www.notion.so/"),
        ("https://notion.so", ["credential": "notion"], nil, "https://www.notion.so/"),
        (
            "https://app.notion.com/p/Test-2026-393abc1eedcd81cd8d54d46164cfb59f", ["credential": "n"], nil,
            "https://www.notion.so/393abc1eedcd81cd8d54d46164cfb59f"
        ),
        (
            "https://www.notion.so/393ABC1E-edcd-81cd-8d54-d46164cfb59f", ["credential": "n"], nil,
            "https://www.notion.so/393abc1eedcd81cd8d54d46164cfb59f"
        ),
        ("https://www.notion.so/pricing", ["credential": "n"], "web_url", ""), ("https://example.org/", ["credential": "n"], "web_url", ""),
        ("https://www.notion.so/", [:], "options.credential", ""),
        ("https://www.notion.so/", ["credential": "a/b"], "options.credential", ""),
        ("https://www.notion.so/", ["credential": "n", "api_url": "http://10.0.0.1"], "options.api_url", ""),
    ])
    func `addresses come to one form, and what is wrong is named`(text: String, options: [String: String], field: String?, root: String)
        throws
    {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let connector = NotionConnector(
            fetcher: fetcher, policy: URLPolicy(), gates: GateRegistry(), credentials: CredentialStore(directory: nil))
        let registry = SourceRegistry([connector])
        do {
            let address = try registry.address(text, kind: connector.kind, options: options)
            #expect(address.rootURL == root)
            #expect(try registry.address(address.rootURL, kind: connector.kind, options: options) == address)
        } catch {
            #expect(error.field == field)
        }
    }
}

@Suite struct `Webhooks of Notion` {
    private static let secret = "secret_example_0123456789"
    private static let event =
        #"{"id":"6513270e-269e-4d37-b2a7-4de452e6b438","type":"page.content_updated","entity":{"id":"8d116ece-1738-47d9-bd9c-172411e20b8f","type":"page"}}"#
    private let receiver = NotionWebhook(secret: Redacted(secret))

    private func delivery(_ body: String, signature: String? = nil) -> WebhookDelivery {
        let bytes = Array(body.utf8)
        return WebhookDelivery(
            headers: ["x-notion-signature": signature ?? HMACSignature.header(bytes, secret: Self.secret)], body: bytes)
    }

    @Test func `events of pages and databases are changes, others are not`() throws {
        let name = "6513270e-269e-4d37-b2a7-4de452e6b438"
        for type in ["page.content_updated", "page.deleted", "database.schema_updated", "data_source.content_updated"] {
            let event = try receiver.receive(delivery(Self.event.replacing("page.content_updated", with: type)))
            #expect(event == .changed(delivery: name, event: type, subject: nil))
        }
        for type in ["comment.created", "file_upload.completed", "view.updated", "page.locked", "page.unlocked"] {
            #expect(try receiver.receive(delivery(Self.event.replacing("page.content_updated", with: type))) == .ignored(event: type))
        }
    }

    @Test func `the handshake hands out the token, and with a secret in force nobody else's`() throws {
        let body = "{\n \"verification_token\": \"\(Self.secret)\"\n}"
        let bare = WebhookDelivery(headers: [:], body: Array(body.utf8))
        #expect(try NotionWebhook(secret: nil).receive(bare) == .handshake(token: Self.secret, isProven: false))
        #expect(try receiver.receive(bare) == .handshake(token: Self.secret, isProven: true))
        let other = WebhookDelivery(headers: [:], body: Array(body.replacing(Self.secret, with: "secret_of_a_stranger").utf8))
        #expect(#expect(throws: Fault.self) { try receiver.receive(other) }?.category == .authentication)
        let signed = delivery(#"{"verification_token":"secret_next"}"#)
        #expect(try receiver.receive(signed) == .handshake(token: "secret_next", isProven: true))
    }

    /// One byte of the secret changed, each in turn, and what is shorter, longer or empty: a comparison that stops early, or that compares
    /// only what both have, lets one of them through.
    @Test func `neither a handshake nor a signature passes that is nearly right`() throws {
        let right = Array(Self.secret.utf8)
        var wrong = right.indices.map { index in
            var other = right
            other[index] = other[index] == 0x78 ? 0x79 : 0x78
            return other
        }
        wrong += [Array(right.dropLast()), Array(right.dropFirst()), right + [0x30], [0x30] + right, Array(right.reversed())]
        for other in wrong {
            let name = String(decoding: other, as: UTF8.self)
            let handshake = WebhookDelivery(headers: [:], body: Array(#"{"verification_token":"\#(name)"}"#.utf8))
            #expect(#expect(throws: Fault.self) { try receiver.receive(handshake) }?.code == "E_SIGNATURE", "\(name)")
            let signed = delivery(Self.event, signature: HMACSignature.header(Array(Self.event.utf8), secret: name))
            #expect(#expect(throws: Fault.self) { try receiver.receive(signed) }?.code == "E_SIGNATURE", "\(name)")
        }
        let signature = HMACSignature.header(Array(Self.event.utf8), secret: Self.secret)
        for place in signature.utf8.indices {
            var other = Array(signature.utf8)
            let offset = signature.utf8.distance(from: signature.startIndex, to: place)
            other[offset] = other[offset] == 0x30 ? 0x31 : 0x30
            let near = delivery(Self.event, signature: String(decoding: other, as: UTF8.self))
            #expect(#expect(throws: Fault.self) { try receiver.receive(near) }?.code == "E_SIGNATURE", "\(offset)")
        }
        #expect(try receiver.receive(delivery(Self.event, signature: signature)) != .ignored(event: "page.content_updated"))
    }

    @Test(arguments: [
        "", "sha256", "sha256=", "sha256=00", "sha256=" + String(repeating: "g", count: 64), "sha256=" + String(repeating: "0", count: 64),
    ])
    func `a signature that is malformed or wrong is refused`(signature: String) throws {
        let fault = #expect(throws: Fault.self) { try receiver.receive(delivery(Self.event, signature: signature)) }
        #expect(fault?.category == .authentication)
    }

    @Test func `without a secret an event is refused with the setting to set`() throws {
        let fault = #expect(throws: Fault.self) { try NotionWebhook(secret: nil).receive(delivery(Self.event)) }
        #expect(fault?.category == .configuration)
        #expect(fault?.hint?.contains("PORTOLAN_NOTION_WEBHOOK_SECRET") == true)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"type":"page.created"}"#, #"{"type":"page.\u0000","id":"1"}"#, #"{"type":"page.created","id":"a b"}"#,
    ])
    func `a signed body that is no event is named`(body: String) throws {
        let fault = #expect(throws: Fault.self) { try receiver.receive(delivery(body)) }
        #expect(fault?.field?.hasPrefix("body") == true)
    }

    @Test(.enabled(if: TestData.isExpected))
    func `the published bodies are understood`() throws {
        let folder = try TestData.path("payloads/notion")
        func body(_ name: String) throws -> String {
            String(decoding: try #require(FileManager.default.contents(atPath: "\(folder)/\(name).composed.json")), as: UTF8.self)
        }
        let event = try receiver.receive(delivery(body("webhook.page.content_updated")))
        #expect(event == .changed(delivery: "6513270e-269e-4d37-b2a7-4de452e6b438", event: "page.content_updated", subject: nil))
        let token = try NotionWebhook(secret: nil).receive(delivery(body("webhook.subscription-verification")))
        #expect(token == .handshake(token: "secret_example_0123456789", isProven: false))
    }
}
