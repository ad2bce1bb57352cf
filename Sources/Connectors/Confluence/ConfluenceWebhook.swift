import Digests
package import Domain
package import FoundationEssentials
package import Primitives

/// Confluence's webhooks: what happens to pages, their files and labels means that the sources of a space may have changed.
///
/// A delivery proves itself in one of three ways, all with the same secret: Data Center signs the body (`X-Hub-Signature`), Cloud sends a
/// token for the request with the webhooks of a Connect app (`Authorization: JWT`), and a rule of Cloud's automation sends what its author
/// put there (`Authorization: Bearer`).
package struct ConfluenceWebhook: WebhookReceiver {
    /// The path below the address that the provider was given.
    static let path = "/webhooks/confluence"

    private let secret: Redacted<String>?
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - secret: without it every delivery is refused.
    ///   - now: the wall clock.
    package init(secret: Redacted<String>?, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.secret, self.now) = (secret, now)
    }

    package var kind: SourceKind { ConfluenceConnector.kind }

    private struct Body: Decodable {
        struct Thing: Decodable {
            let spaceKey: String?
            let space: Place?
        }
        struct Place: Decodable {
            let key: String?
        }
        let event: String?
        let webhookEvent: String?
        /// Milliseconds since 1970.
        let timestamp: Double?
        let page: Thing?
        let attachedTo: Thing?
        let content: Thing?
        let space: Place?

        /// The key of the space that the event happened in.
        var key: String? {
            for thing in [page, attachedTo, content] {
                if let key = thing?.spaceKey ?? thing?.space?.key { return key }
            }
            return space?.key
        }
    }

    package func receive(_ delivery: WebhookDelivery) throws(Fault) -> WebhookEvent {
        let proof = try prove(delivery)
        let body: Body
        do throws(Fault) {
            body = try ProviderJSON.decode(Body.self, from: delivery.body, of: "Confluence")
        } catch {
            throw .invalid(field: "body", "The body is no event in JSON.")
        }
        // Cloud's bodies have no name: it is in the address that was registered.
        let named = body.event ?? body.webhookEvent ?? Self.event(in: delivery.query) ?? (body.page == nil ? nil : "page")
        guard let event = named, (1...100).contains(event.utf8.count), event.utf8.allSatisfy(Self.isName) else {
            throw .invalid(
                field: "event", "The event has no name.", limit: "1 to 100 of a-z, 0-9, _ and -",
                hint: "Put it into the address: \(Self.path)?event=page_updated.")
        }
        if let sent = body.timestamp, now().timeIntervalSince1970 - sent / 1000 > Self.window {
            // Names of deliveries are remembered for as long: an older one cannot be told from a replay.
            throw Fault(
                .conflict, code: "E_REPLAY", "The delivery is older than a day.", field: "body.timestamp", limit: "24 hours",
                hint: "Nothing is lost: the next poll sees what changed.")
        }
        guard Self.isChange(event) else { return .ignored(event: event) }
        // What moves leaves one space and comes into another, of which the body names one.
        let key = event == "page_moved" ? nil : body.key
        guard key.map(ConfluenceLocation.isKey) != false else {
            throw .invalid(field: "body", "The space has no key.", limit: "1 to 255 bytes")
        }
        return .changed(delivery: name(of: delivery, proof, isDated: body.timestamp != nil), event: event, subject: key?.lowercased())
    }

    /// What tells a delivery from all others, while none of the providers names them. Mostly the time in the body does.
    private func name(of delivery: WebhookDelivery, _ proof: Proof, isDated: Bool) -> String {
        var digest = SHA256()
        digest.update(delivery.body)
        if proof == .bearer, !isDated {
            // A rule of automation sends the same body for every edit of a page: what comes in another minute is another event. Who could
            // replay it has the secret itself.
            digest.update("\0\(Int((now().timeIntervalSince1970 / 60).rounded(.down)))")
        }
        return digest.finalize().hexadecimal
    }

    private enum Proof {
        case signature, token, bearer
    }

    private static let window = 86_400.0

    private func prove(_ delivery: WebhookDelivery) throws(Fault) -> Proof {
        let proof = (delivery.headers["authorization"] ?? "").split(separator: " ", maxSplits: 1)
        if delivery.headers["x-hub-signature"] == nil, let secret, !secret.reveal().isEmpty, proof.count == 2 {
            switch proof[0].lowercased() {
            case "jwt":
                if ConnectToken.isValid(proof[1], secret: secret, path: Self.path, query: delivery.query, now: now()) { return .token }
            case "bearer": if Authenticity.equal(Array(proof[1].utf8), Array(secret.reveal().utf8)) { return .bearer }
            default: break
            }
        }
        try WebhookSignature.check(
            delivery.headers["x-hub-signature"], over: delivery.body, secret: secret, field: "X-Hub-Signature",
            setting: "PORTOLAN_CONFLUENCE_WEBHOOK_SECRET")
        return .signature
    }

    private static func event(in query: String) -> String? {
        query.split(separator: "&").first { $0.hasPrefix("event=") }.flatMap { URLText.decoded($0.dropFirst(6)) }
    }

    /// Whether a source would notice.
    private static func isChange(_ event: String) -> Bool {
        let parts = event.split(separator: "_", maxSplits: 1).map(String.init)
        switch (parts.first, parts.last) {
        case ("page", "page"): return true
        case ("page", let what?):
            return ["created", "updated", "removed", "trashed", "restored", "moved", "archived", "unarchived", "copied", "published"]
                .contains(what)
        case ("attachment", let what?):
            return ["created", "updated", "removed", "trashed", "restored", "archived", "unarchived"].contains(what)
        case ("label", let what?): return ["added", "removed", "deleted"].contains(what)
        case ("space", let what?): return ["removed", "archived", "updated"].contains(what)
        default: return false
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
    }
}
