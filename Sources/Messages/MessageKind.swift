/// What a message is about, and so how its payload reads. Kinds that this version does not know are kept as they came.
package struct MessageKind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// Lower-case dotted, such as `ingest.run`; at most 100 bytes.
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// Run an ingestion job: `IngestRun`.
    package static let ingestRun = MessageKind(rawValue: "ingest.run")
    /// An accepted webhook delivery: `WebhookEvent`.
    package static let webhookEvent = MessageKind(rawValue: "webhook.event")
    /// Answered with the same nonce: `Ping`.
    package static let ping = MessageKind(rawValue: "ping")

    package var description: String { rawValue }
}
