import Connectors
import Digests
import Domain
import FoundationEssentials
import Primitives
import TestSupport
import Testing

@Suite struct `Webhooks of Confluence` {
    private static let secret = "a-secret-string"
    private static let now = Date(timeIntervalSince1970: 1_788_716_600)
    private let receiver = ConfluenceWebhook(secret: Redacted(secret), now: { now })

    private func signed(_ body: String, query: String = "") -> WebhookDelivery {
        let bytes = Array(body.utf8)
        return WebhookDelivery(headers: ["x-hub-signature": HMACSignature.header(bytes, secret: Self.secret)], query: query, body: bytes)
    }

    private static func event(_ name: String, space: String = "DOC", timestamp: Int = 1_788_716_539_192) -> String {
        #"{"timestamp":\#(timestamp),"event":"\#(name)","userKey":"ff80","page":{"id":819204,"spaceKey":"\#(space)","title":"Guide"}}"#
    }

    @Test func `what happens to pages, files and labels is a change of their space`() throws {
        let names = [
            "page_created", "page_updated", "page_removed", "page_trashed", "page_restored", "page_archived", "attachment_created",
            "attachment_trashed", "label_added", "label_removed", "space_removed",
        ]
        for name in names {
            let delivery = signed(Self.event(name))
            #expect(
                try receiver.receive(delivery) == .changed(delivery: SHA256.hash(delivery.body).hexadecimal, event: name, subject: "doc"))
        }
    }

    @Test func `a page that moves concerns the space that it leaves too`() throws {
        let delivery = signed(Self.event("page_moved", space: "OPS"))
        #expect(
            try receiver.receive(delivery) == .changed(delivery: SHA256.hash(delivery.body).hexadecimal, event: "page_moved", subject: nil))
    }

    @Test(arguments: ["comment_created", "page_viewed", "page_children_reordered", "blog_created", "user_created", "like", "later_thing"])
    func `other events are taken and ignored`(name: String) throws {
        #expect(try receiver.receive(signed(Self.event(name))) == .ignored(event: name))
    }

    @Test(arguments: [
        "", "sha256", "sha256=", "sha256=00", "sha1=" + String(repeating: "0", count: 40), "sha256=" + String(repeating: "g", count: 64),
        "sha256=" + String(repeating: "0", count: 64),
    ])
    func `a signature that is malformed or wrong is refused, whatever else comes with it`(signature: String) throws {
        var delivery = signed(Self.event("page_updated"))
        delivery.headers["x-hub-signature"] = signature
        delivery.headers["authorization"] = "Bearer \(Self.secret)"
        #expect(#expect(throws: Fault.self) { try receiver.receive(delivery) }?.category == .authentication)
    }

    @Test func `without a proof, with another body, or without a secret here, nothing is taken`() throws {
        var delivery = signed(Self.event("page_updated"))
        delivery.body[0] ^= 1
        #expect(#expect(throws: Fault.self) { try receiver.receive(delivery) }?.category == .authentication)
        let bare = WebhookDelivery(headers: [:], body: Array(Self.event("page_updated").utf8))
        #expect(#expect(throws: Fault.self) { try receiver.receive(bare) }?.category == .authentication)
        for secret in [nil, Redacted("")] {
            var open = bare
            open.headers["authorization"] = "Bearer "
            let fault = #expect(throws: Fault.self) { try ConfluenceWebhook(secret: secret).receive(open) }
            #expect(fault?.category == .configuration)
            #expect(fault?.hint?.contains("PORTOLAN_CONFLUENCE_WEBHOOK_SECRET") == true)
        }
    }

    @Test func `a delivery from before the memory of deliveries is a replay`() throws {
        let edge = (Int(Self.now.timeIntervalSince1970) - 86_400) * 1000
        let old = signed(Self.event("page_updated", timestamp: edge - 1000))
        let fault = #expect(throws: Fault.self) { try receiver.receive(old) }
        #expect(fault?.category == .conflict)
        #expect(fault?.code == "E_REPLAY")
        #expect(throws: Never.self) { try receiver.receive(signed(Self.event("page_updated", timestamp: edge + 1000))) }
    }

    // MARK: - Cloud

    /// A token as Confluence Cloud makes it for one request.
    private func token(
        query: String = "event=page_updated", path: String = "/webhooks/confluence", algorithm: String = "HS256", secret: String = secret,
        expires: Double = 60
    ) -> String {
        func part(_ text: String) -> String { Self.encoded(Array(text.utf8)) }
        let hash = SHA256.hash("POST&\(path)&\(query)").hexadecimal
        let time = Int(Self.now.timeIntervalSince1970)
        let signed =
            part(#"{"typ":"JWT","alg":"\#(algorithm)"}"#) + "."
            + part(#"{"iss":"key","iat":\#(time),"exp":\#(time + Int(expires)),"qsh":"\#(hash)"}"#)
        return signed + "." + Self.encoded(Authenticity.code(for: Array(signed.utf8), key: Array(secret.utf8)))
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func cloud(_ token: String, query: String = "event=page_updated", body: String = #"{"page":{"id":1,"spaceKey":"ENG"}}"#)
        -> WebhookDelivery
    {
        WebhookDelivery(headers: ["authorization": "JWT \(token)"], query: query, body: Array(body.utf8))
    }

    @Test func `the token of a Connect app proves the request that it was made for`() throws {
        let delivery = cloud(token())
        #expect(
            try receiver.receive(delivery)
                == .changed(delivery: SHA256.hash(delivery.body).hexadecimal, event: "page_updated", subject: "eng"))
        // The query in any order, with what is encoded, and the token's own place in it.
        let query = "user_id=a%20b&event=page_trashed&jwt=x"
        let other = cloud(token(query: "event=page_trashed&user_id=a%20b"), query: query)
        #expect(throws: Never.self) { try receiver.receive(other) }
    }

    @Test func `tokens of another secret, request, time or kind are refused`() throws {
        let refused = [
            token(secret: "another"), token(query: "event=page_removed"), token(path: "/webhooks/github"), token(expires: -31),
            token(algorithm: "none"), token(algorithm: "HS512"), String(token().dropLast()), token() + ".x", "a.b.c", "", "..",
            String(repeating: "a", count: 9000),
        ]
        for text in refused {
            #expect(#expect(throws: Fault.self) { try receiver.receive(cloud(text)) }?.category == .authentication)
        }
    }

    @Test func `a rule of the automation brings the secret itself, and tells the space beside the page`() throws {
        let body = #"{"page":{"id":"10000001","title":"Deploy runbook","version":{"number":"3"}},"space":{"key":"ENG"}}"#
        var delivery = WebhookDelivery(headers: ["authorization": "Bearer \(Self.secret)"], body: Array(body.utf8))
        let first = try receiver.receive(delivery)
        guard case .changed(let name, "page", "eng") = first else {
            Issue.record("\(first)")
            return
        }
        // Within the minute it is the same event, later a second edit.
        #expect(try receiver.receive(delivery) == first)
        let later = ConfluenceWebhook(secret: Redacted(Self.secret), now: { Self.now.addingTimeInterval(60) })
        guard case .changed(let other, _, _) = try later.receive(delivery) else {
            Issue.record("It is no change.")
            return
        }
        #expect(name != other)
        delivery.headers["authorization"] = "Bearer \(Self.secret)x"
        #expect(#expect(throws: Fault.self) { try receiver.receive(delivery) }?.category == .authentication)
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"event":"page updated"}"#, #"{"event":"page_updated","page":{"spaceKey":"a/b"}}"#])
    func `a signed body that is no event is named`(body: String) throws {
        let fault = #expect(throws: Fault.self) { try receiver.receive(signed(body)) }
        #expect(fault?.category == .validation)
    }

    @Test(.enabled(if: TestData.isExpected))
    func `the captured bodies are understood`() throws {
        let folder = try TestData.path("payloads/confluence")
        func event(_ name: String, _ query: String) throws -> WebhookEvent {
            let body = String(decoding: try #require(FileManager.default.contents(atPath: "\(folder)/\(name)")), as: UTF8.self)
            return try receiver.receive(signed(body, query: query))
        }
        guard case .changed(_, "page_updated", "eng") = try event("webhook.cloud.page_updated.captured.json", "event=page_updated") else {
            Issue.record("no change")
            return
        }
        guard case .changed(_, "page", "eng") = try event("webhook.automation.page_updated.body.json", "") else {
            Issue.record("no change")
            return
        }
        #expect(try event("webhook.cloud.comment_created.captured.json", "event=comment_created") == .ignored(event: "comment_created"))
    }
}
