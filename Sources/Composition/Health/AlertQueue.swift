package import FoundationEssentials
import Primitives

/// What somebody outside is told about this process.
package struct Alert: Sendable, Hashable, Encodable {
    /// Identifies it over repetitions.
    package let id: String
    /// `health.changed`, `breaker.changed` or `recovery.manual`.
    package let event: String
    /// The component or the circuit.
    package let subject: String
    package let from: String?
    /// The state now; for `recovery.manual` the status that calls for somebody.
    package let to: String
    package let at: Date

    /// What is told once over all processes.
    package var mark: String { Self.mark(event, subject) }

    /// The mark of alerts of a kind about a subject.
    package static func mark(_ event: String, _ subject: String) -> String { "\(event):\(subject)" }

    /// An alert of now.
    package init(event: String, subject: String, from: String?, to: String) {
        (self.event, self.subject, self.from, self.to) = (event, subject, from, to)
        (id, at) = (UUID().uuidString.lowercased(), Date())
    }
}

/// Alerts on their way to whoever sends them: bounded, so that a receiver that is away costs no memory.
package final class AlertQueue: Sendable {
    /// Alerts that may wait.
    package static let capacity = 100

    /// One reader.
    let alerts: AsyncStream<Alert>
    private let continuation: AsyncStream<Alert>.Continuation
    private let onDrop: @Sendable () -> Void

    /// - Parameter onDrop: called for each alert that has no room.
    package init(onDrop: @escaping @Sendable () -> Void = {}) {
        (alerts, continuation) = AsyncStream.makeStream(of: Alert.self, bufferingPolicy: .bufferingOldest(Self.capacity))
        self.onDrop = onDrop
    }

    /// Adds `alert`; does not wait.
    package func post(_ alert: Alert) {
        if case .dropped = continuation.yield(alert) { onDrop() }
    }
}
