package import Domain
package import Primitives

/// GitHub's webhooks: `push` to a branch means that the sources of a repository have changed.
package struct GitHubWebhook: WebhookReceiver {
    private let secret: Redacted<String>?

    /// - Parameter secret: what GitHub signs with; without it every delivery is refused.
    package init(secret: Redacted<String>?) { self.secret = secret }

    package var kind: SourceKind { GitHubConnector.kind }

    private struct Push: Decodable {
        struct Repository: Decodable {
            let full_name: String
        }
        let ref: String
        let repository: Repository
    }

    package func receive(_ delivery: WebhookDelivery) throws(Fault) -> WebhookEvent {
        try WebhookSignature.check(
            delivery.headers["x-hub-signature-256"], over: delivery.body, secret: secret, field: "X-Hub-Signature-256",
            setting: "PORTOLAN_GITHUB_WEBHOOK_SECRET")
        guard let event = delivery.headers["x-github-event"], (1...100).contains(event.utf8.count), event.utf8.allSatisfy(Self.isName)
        else {
            throw .invalid(field: "X-GitHub-Event", "The header is missing or no name.", limit: "1 to 100 of a-z, 0-9, _ and -")
        }
        guard event == "push" else { return .ignored(event: event) }
        guard let name = delivery.headers["x-github-delivery"], (1...200).contains(name.utf8.count), name.utf8.allSatisfy(Self.isName)
        else {
            throw .invalid(field: "X-GitHub-Delivery", "The header is missing or no identifier.", limit: "1 to 200 of a-z, 0-9, _ and -")
        }
        let push: Push
        do throws(Fault) {
            push = try ProviderJSON.decode(Push.self, from: delivery.body, of: "GitHub")
        } catch {
            throw .invalid(field: "body", "The body is no push event in JSON.", hint: "Choose the content type application/json at GitHub.")
        }
        // Tags move no branch.
        guard push.ref.hasPrefix("refs/heads/") else { return .ignored(event: event) }
        return .changed(delivery: name, event: event, subject: push.repository.full_name.lowercased())
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
    }
}
