import Digests
package import Domain
package import Primitives

/// Notion's webhooks: an event of a page or a database means that the sources of the kind may have changed.
package struct NotionWebhook: WebhookReceiver {
    private let secret: Redacted<String>?

    /// - Parameter secret: the verification token of the subscription. Without it only the handshake is taken, which brings the token.
    package init(secret: Redacted<String>?) { self.secret = secret }

    package var kind: SourceKind { NotionConnector.kind }

    private struct Body: Decodable {
        let verification_token: String?
        let id: String?
        let type: String?
    }

    package func receive(_ delivery: WebhookDelivery) throws(Fault) -> WebhookEvent {
        let token = handshake(delivery)
        // The first delivery cannot be signed with a secret that it brings. With a secret in force it must bring that one, or be signed.
        if let token {
            guard let secret else { return .handshake(token: token, isProven: false) }
            if Authenticity.equal(Array(secret.reveal().utf8), Array(token.utf8)) { return .handshake(token: token, isProven: true) }
        }
        try WebhookSignature.check(
            delivery.headers["x-notion-signature"], over: delivery.body, secret: secret, field: "X-Notion-Signature",
            setting: "PORTOLAN_NOTION_WEBHOOK_SECRET")
        if let token { return .handshake(token: token, isProven: true) }
        let body: Body
        do throws(Fault) {
            body = try ProviderJSON.decode(Body.self, from: delivery.body, of: "Notion")
        } catch {
            throw .invalid(field: "body", "The body is no event in JSON.")
        }
        guard let event = body.type, (1...100).contains(event.utf8.count), event.utf8.allSatisfy({ Self.isName($0) || $0 == 0x2E }) else {
            throw .invalid(field: "body.type", "The event has no name.", limit: "1 to 100 of a-z, _ and .")
        }
        let isContent = ["page.", "database.", "data_source."].contains { event.hasPrefix($0) }
        guard isContent, !event.hasSuffix("locked") else { return .ignored(event: event) }
        guard let name = body.id, (1...200).contains(name.utf8.count), name.utf8.allSatisfy(Self.isName) else {
            throw .invalid(field: "body.id", "The event has no identifier.", limit: "1 to 200 of a-z, 0-9, _ and -")
        }
        return .changed(delivery: name, event: event, subject: nil)
    }

    /// The token of a body that has nothing else to say.
    private func handshake(_ delivery: WebhookDelivery) -> String? {
        guard delivery.body.count <= 1024, let body = try? ProviderJSON.decode(Body.self, from: delivery.body, of: "Notion"),
            body.type == nil, body.id == nil, let token = body.verification_token, (1...200).contains(token.utf8.count),
            token.utf8.allSatisfy(Self.isName)
        else { return nil }
        return token
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
    }
}
