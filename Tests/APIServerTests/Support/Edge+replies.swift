import APIModel
import Testing

/// What the command line has no use for, and so the client no function.
extension Edge {
    /// The webhooks by kind.
    func webhookHealth() async throws -> WebhookHealth { try await get("/webhooks/health").decoded(WebhookHealth.self) }
}

extension Reply {
    /// The body of a success.
    func decoded<Body: Decodable>(_ type: Body.Type) throws -> Body {
        try #require(status == 200, "\(self)")
        return try WireJSON.decode(type, from: body)
    }
}
