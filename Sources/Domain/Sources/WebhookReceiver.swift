/// Understands the webhooks of one kind of source: proves that a delivery comes from the provider, and says what it is about.
package protocol WebhookReceiver: Sendable {
    /// The kind of the sources that a delivery may be about, and the last segment of the webhook's path.
    var kind: SourceKind { get }

    /// Checks the signature first, over the bytes as they came and in constant time, and reads the body only when it holds.
    ///
    /// - Throws: ``Fault``: `authentication` for a missing or wrong signature, `configuration` when no secret is configured, `validation`
    ///   for a signed body that cannot be read.
    func receive(_ delivery: WebhookDelivery) throws(Fault) -> WebhookEvent
}

/// A webhook as it came in.
package struct WebhookDelivery: Sendable {
    /// Header fields by lower-case name.
    package var headers: [String: String]
    /// What stood behind the question mark of the address, percent-encoded; empty without one.
    package var query: String
    /// At most 1 MiB.
    package var body: [UInt8]

    package init(headers: [String: String], query: String = "", body: [UInt8]) {
        (self.headers, self.query, self.body) = (headers, query, body)
    }
}

/// What a webhook is about.
package enum WebhookEvent: Sendable, Hashable {
    /// The provider asks whether the address is right and hands out a token, which an operator has to see.
    ///
    /// - isProven: whether the delivery shows that it knows the secret in force; without one, anybody may have sent it.
    case handshake(token: String, isProven: Bool)
    /// Nothing that a source would notice; the event's name, for the counter.
    case ignored(event: String)
    /// A source has changed.
    ///
    /// - delivery: the provider's name for the delivery, 1 to 200 bytes; a second one with the same name is a replay.
    /// - event: the event's name, for the counter.
    /// - subject: which sources, as ``SourceAddress/subject``, and those of the kind that have none; nil for all of the kind.
    case changed(delivery: String, event: String, subject: String?)
}
