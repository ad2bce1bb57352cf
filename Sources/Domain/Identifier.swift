package import FoundationEssentials
import Primitives

/// The UUID of one kind of entity, so that a job's identifier cannot be passed for a documentation's.
package struct Identifier<Entity>: Hashable, Sendable, CustomStringConvertible, Comparable {
    /// The UUID itself.
    package let uuid: UUID

    /// Wraps a known UUID.
    package init(_ uuid: UUID) { self.uuid = uuid }

    /// Parses the textual form of RFC 9562; nil for anything else.
    package init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    /// A fresh identifier that sorts by creation time.
    package static func make() -> Identifier { Identifier(UUID.timeOrdered()) }

    /// Lower-case textual form.
    package var description: String { uuid.uuidString.lowercased() }

    package static func < (left: Identifier, right: Identifier) -> Bool { left.description < right.description }
}

package typealias JobID = Identifier<Job>
package typealias DocumentationID = Identifier<Documentation>
