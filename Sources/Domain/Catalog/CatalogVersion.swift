package import FoundationEssentials

/// What one source gave at one time.
package struct CatalogVersion: Sendable, Hashable {
    /// How far a version has come.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// Its artifact is kept; it was not published yet.
        case staged
        /// It was published, and may be the latest again.
        case published
        /// It was refused: nothing of it is kept but the reason.
        case rejected
    }

    /// 32 hexadecimal digits that follow from slot and artifacts.
    package var id: String
    /// The kind of source, such as `archive`.
    package var service: String
    package var slot: CatalogSlot
    /// A name for people, 1 to 200 characters.
    package var label: String
    package var state: State
    package var documentation: DocumentationID?
    /// The last job that took it in.
    package var job: JobID?
    /// The plan that asked for it.
    package var plan: String?
    package var createdAt: Date
    package var publishedAt: Date?

    package init(
        id: String, service: String, slot: CatalogSlot, label: String, state: State = .staged, documentation: DocumentationID? = nil,
        job: JobID? = nil, plan: String? = nil, createdAt: Date, publishedAt: Date? = nil
    ) {
        (self.id, self.service, self.slot, self.label, self.state) = (id, service, slot, label, state)
        (self.documentation, self.job, self.plan) = (documentation, job, plan)
        (self.createdAt, self.publishedAt) = (createdAt, publishedAt)
    }
}

/// The version of a slot that counts.
package struct LatestPointer: Sendable, Hashable {
    package var slot: CatalogSlot
    package var version: String
    package var setAt: Date
    /// Who set it, such as `job 0192…` or the name of a command.
    package var setBy: String

    package init(slot: CatalogSlot, version: String, setAt: Date, setBy: String) {
        (self.slot, self.version, self.setAt, self.setBy) = (slot, version, setAt, setBy)
    }
}
