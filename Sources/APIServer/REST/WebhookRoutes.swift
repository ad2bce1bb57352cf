import APIModel
import Domain
import Hummingbird
import Telemetry

/// Webhooks of the providers: proven, remembered and answered at once; the work follows from Postgres.
struct WebhookRoutes: Sendable {
    /// Where providers send to.
    static let template = "/webhooks/{kind}"

    private static let kind = Parameter.segment("kind", "webhook", pattern: "^[a-z]{2,20}$") { SourceKind(rawValue: $0) != nil }

    let receivers: [SourceKind: any WebhookReceiver]
    let store: any SourceSyncStore
    let metrics: SourceMetricGroup

    init(receivers: [any WebhookReceiver], store: any SourceSyncStore, metrics: SourceMetricGroup) {
        self.receivers = Dictionary(receivers.map { ($0.kind, $0) }) { $1 }
        (self.store, self.metrics) = (store, metrics)
    }

    /// Reply to a webhook.
    private struct Accepted: Encodable {
        let status: String
        let event: String
        var sources: Int?
    }

    var routes: [Route] {
        [
            Route(
                .get, "/webhooks/health", .scope(.read), Operation("getWebhooks", .webhooks, "What the webhooks received"), answer: health),
            Route(
                .delete, "\(Self.template)/handshake", .scope(.admin),
                Operation("dropHandshake", .webhooks, "Throws away the token that waits, so that the next handshake is kept"), Self.kind,
                gives: 204, answer: dropHandshake),
            // The signature is the proof of who asks, and the provider describes the rest.
            Route(.post, Self.template, .open, receive),
        ]
    }

    @Sendable private func receive(_ call: Call) async throws -> Response {
        let name = call.parameters["kind"] ?? ""
        guard let kind = SourceKind(rawValue: name), let receiver = receivers[kind] else {
            throw Fault.notFound("webhook", Call.shown(name))
        }
        var headers: [String: String] = [:]
        for field in call.head.headerFields { headers[field.name.canonicalName] = field.value }
        let query = (call.head.path ?? "").split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let event: WebhookEvent
        do throws(Fault) {
            event = try receiver.receive(WebhookDelivery(headers: headers, query: query, body: call.body))
        } catch {
            metrics.webhooks.increment(kind.rawValue, "refused")
            throw error
        }
        switch event {
        case .handshake(let token, let isProven):
            guard (1...1000).contains(token.utf8.count) else {
                throw Fault.invalid(field: "verification_token", "The token is empty or too long.", limit: "1 to 1000 bytes")
            }
            guard try await store.keepHandshake(kind: kind, token: token, replaces: isProven) else {
                metrics.webhooks.increment(kind.rawValue, "refused")
                throw Fault(
                    .conflict, code: "E_HANDSHAKE_WAITS", "Another handshake waits for the operator.", field: "verification_token",
                    hint: "Let an administrator throw it away with DELETE /webhooks/\(kind.rawValue)/handshake, then send again.")
            }
            metrics.webhooks.increment(kind.rawValue, "handshake")
            return try .json(Accepted(status: "handshake", event: "handshake"))
        case .ignored(let event):
            metrics.webhooks.increment(kind.rawValue, "ignored")
            return try .json(Accepted(status: "ignored", event: event), status: .accepted)
        case .changed(let delivery, let event, let subject):
            guard (1...200).contains(delivery.utf8.count) else {
                throw Fault.invalid(field: "delivery", "The name of the delivery is empty or too long.", limit: "1 to 200 bytes")
            }
            guard let sources = try await store.receive(kind: kind, delivery: delivery, event: event, subject: subject) else {
                metrics.webhooks.increment(kind.rawValue, "replayed")
                throw Fault(
                    .conflict, code: "E_REPLAY", "The delivery was received before.", field: "delivery", limit: "once in 24 hours",
                    hint: "Nothing is lost: the first one was accepted.")
            }
            metrics.webhooks.increment(kind.rawValue, "accepted")
            return try .json(Accepted(status: "accepted", event: event, sources: sources), status: .accepted)
        }
    }

    @Sendable private func dropHandshake(_ call: Call, kind: String) async throws -> Answer<Nothing> {
        guard let kind = SourceKind(rawValue: kind), receivers[kind] != nil, try await store.dropHandshake(kind: kind) else {
            throw Fault.notFound("handshake", Call.shown(kind))
        }
        return .nothing
    }

    @Sendable private func health(_ call: Call) async throws -> Answer<WebhookHealth> {
        let known = try await store.webhooks()
        // What is received is for sources of all libraries.
        let isAdmin = call.principal.scopes.contains(.admin)
        return Answer(
            WebhookHealth(
                webhooks: receivers.keys.map(\.rawValue).sorted().map { kind in
                    let status = known.first { $0.kind == kind }
                    return WebhookHealth.Entry(
                        kind: kind, received: isAdmin ? status?.received ?? 0 : nil,
                        lastReceivedAt: isAdmin ? status?.lastReceivedAt : nil, handshakeToken: isAdmin ? status?.handshakeToken : nil)
                }))
    }
}
