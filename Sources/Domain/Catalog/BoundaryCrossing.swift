/// The four places where files and rows meet.
package enum CatalogBoundary: String, Sendable, Hashable, CaseIterable {
    case download, extraction, validation, latest
}

/// One crossing of a boundary: who crosses, with what.
package struct BoundaryCrossing: Sendable {
    package var boundary: CatalogBoundary
    package var slot: CatalogSlot
    /// Name of the claim on the slot; unique for each crossing.
    package var holder: String
    /// Nil outside jobs.
    package var job: RunningJob?
    package var version: String
    package var artifact: String?

    package init(
        _ boundary: CatalogBoundary, slot: CatalogSlot, holder: String, job: RunningJob?, version: String, artifact: String? = nil
    ) {
        (self.boundary, self.slot, self.holder, self.job) = (boundary, slot, holder, job)
        (self.version, self.artifact) = (version, artifact)
    }

    /// How the names of all claims begin that runs of `job` make; nil outside jobs.
    package static func holders(of job: RunningJob?) -> String? { job.map { "job \($0.id) " } }
}

/// The job on whose behalf something is done, as events and rows name it.
package struct RunningJob: Sendable, Hashable {
    package var id: JobID
    package var documentation: DocumentationID
    package var correlationID: String
    /// What has to be held whenever something is committed for the job; nil where no worker runs it.
    package var lease: JobLease?

    package init(id: JobID, documentation: DocumentationID, correlationID: String, lease: JobLease? = nil) {
        (self.id, self.documentation, self.correlationID, self.lease) = (id, documentation, correlationID, lease)
    }
}

/// What a crossing changes in the catalog, in one transaction.
package enum CatalogChange: Sendable {
    /// The artifacts of a version are stored.
    case arrival(CatalogVersion, [Artifact])
    /// The files of an artifact are stored.
    case files([ExtractedFile])
    /// An artifact turned out to be of no use: its bytes go, its row stays with the reason.
    case refusal(code: String)
    /// A version was looked at.
    case validations([FileValidation])
    /// A version did not pass: all that was staged of it goes, what failed stays.
    case purge([FileValidation])
    /// The version becomes the latest one of its slot.
    case latest(by: String)

    /// The tables that it writes.
    package var tables: [String] {
        switch self {
        case .arrival: ["catalog_version", "artifact", "event", "slot_claim"]
        case .files: ["extracted_file", "catalog_usage", "event", "slot_claim"]
        case .refusal: ["catalog_version", "artifact", "extracted_file", "event", "slot_claim"]
        case .validations: ["validation", "validation_count", "event", "slot_claim"]
        case .purge: ["catalog_version", "artifact", "extracted_file", "catalog_usage", "validation", "event", "slot_claim"]
        case .latest: ["catalog_version", "latest_pointer", "event", "slot_claim"]
        }
    }
}
