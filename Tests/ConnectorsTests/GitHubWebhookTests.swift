import Connectors
import Domain
import FoundationEssentials
import Primitives
import TestSupport
import Testing

@Suite struct `Webhooks of GitHub` {
    /// GitHub's public vector.
    private static let secret = "It's a Secret to Everybody"
    private static let vector = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    private let receiver = GitHubWebhook(secret: Redacted(secret))

    private func delivery(_ body: String, event: String = "push", signature: String? = nil) -> WebhookDelivery {
        let bytes = Array(body.utf8)
        return WebhookDelivery(
            headers: [
                "x-github-event": event, "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
                "x-hub-signature-256": signature ?? HMACSignature.header(bytes, secret: Self.secret),
            ], body: bytes)
    }

    @Test func `the public vector of the signature holds`() throws {
        #expect(HMACSignature.header(Array("Hello, World!".utf8), secret: Self.secret) == Self.vector)
        let event = try receiver.receive(delivery("Hello, World!", event: "watch", signature: Self.vector))
        #expect(event == .ignored(event: "watch"))
    }

    @Test(arguments: [
        "", "sha256=", "sha256=zz", "sha1=757107ea0eb2509fc211221cce984b8a37570b6d", String(vector.dropLast()), vector + "0",
        vector.replacing("7571", with: "7572"), String(vector.dropFirst(7)), vector.uppercased(), "sha256=\u{1F600}",
    ])
    func `any other signature is refused`(signature: String) throws {
        let fault = #expect(throws: Fault.self) { try receiver.receive(delivery("Hello, World!", event: "watch", signature: signature)) }
        #expect(fault?.category == .authentication)
        #expect(fault?.description.contains("Everybody") == false)
    }

    @Test func `a body that was changed, a missing signature and a missing secret are refused`() throws {
        var changed = delivery("Hello, World!", signature: Self.vector)
        changed.body[0] ^= 1
        #expect(#expect(throws: Fault.self) { try receiver.receive(changed) }?.category == .authentication)
        var unsigned = delivery("{}")
        unsigned.headers["x-hub-signature-256"] = nil
        #expect(#expect(throws: Fault.self) { try receiver.receive(unsigned) }?.category == .authentication)
        for secret in [nil, Redacted("")] {
            let fault = #expect(throws: Fault.self) { try GitHubWebhook(secret: secret).receive(delivery("{}")) }
            #expect(fault?.category == .configuration)
            #expect(fault?.hint?.contains("PORTOLAN_GITHUB_WEBHOOK_SECRET") == true)
        }
    }

    @Test func `a push to a branch is a change of the repository, a tag is not`() throws {
        let push = #"{"ref":"refs/heads/main","before":"a","after":"b","repository":{"id":1,"full_name":"Octocat/Hello-World"}}"#
        #expect(
            try receiver.receive(delivery(push))
                == .changed(delivery: "72d3162e-cc78-11e3-81ab-4c9367dc0958", event: "push", subject: "octocat/hello-world"))
        #expect(try receiver.receive(delivery(push.replacing("heads", with: "tags"))) == .ignored(event: "push"))
        #expect(try receiver.receive(delivery("{}", event: "ping")) == .ignored(event: "ping"))
    }

    @Test(arguments: ["", "{", "payload=%7B%7D", #"{"ref":1}"#, String(repeating: "[", count: 100_000)])
    func `a signed body that is no push is named`(body: String) throws {
        #expect(#expect(throws: Fault.self) { try receiver.receive(delivery(body)) }?.field == "body")
    }

    @Test(arguments: ["x-github-delivery", "x-github-event"])
    func `a header that is missing or hostile is named`(name: String) throws {
        for value in [nil, "", "a b", String(repeating: "a", count: 300), "a\nb"] {
            var delivery = delivery(#"{"ref":"refs/heads/main","repository":{"full_name":"o/r"}}"#)
            delivery.headers[name] = value
            #expect(#expect(throws: Fault.self) { try receiver.receive(delivery) }?.category == .validation)
        }
    }

    @Test(.enabled(if: TestData.isExpected))
    func `the published bodies are understood`() throws {
        let folder = try TestData.path("payloads/github/webhooks")
        var events: [String: WebhookEvent] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".json") && !file.contains("schema") {
            let body = String(decoding: try #require(FileManager.default.contents(atPath: "\(folder)/\(file)")), as: UTF8.self)
            let event = String(file.prefix { $0 != "." })
            events[file] = try receiver.receive(delivery(body, event: event))
        }
        func subject(_ file: String) -> String? {
            guard case .changed(_, _, let subject) = events[file] else { return nil }
            return subject
        }
        #expect(subject("push.branch-update.composed.json") == "codertocat/hello-world")
        #expect(subject("push.with-new-branch.json") != nil)
        #expect(events["ping.json"] == .ignored(event: "ping"))
        #expect(events["release.published.json"] == .ignored(event: "release"))
        #expect(events.keys.count { $0.hasPrefix("push") } == 7)
    }
}
