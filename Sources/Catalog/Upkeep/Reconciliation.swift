package import Domain
package import FoundationEssentials

/// Compares sections, chunks, vectors and the files of the catalog with what there should be, and repairs what differs.
package struct Reconciliation: Sendable {
    /// What was found, and what was done about it.
    package struct Report: Sendable, Hashable {
        /// As it was found, each kind once.
        package var parities: [IndexParity]
        /// Vectors and files removed, rows corrected.
        package var repaired = 0
        /// Sources asked for: jobs bring what is missing.
        package var requested = 0

        /// Missing and left over to all, 0 to 1.
        package var drift: Double {
            let apart = parities.reduce(0) { $0 + $1.missing + $1.orphans }
            return Double(apart) / Double(max(parities.reduce(0) { $0 + $1.total }, apart, 1))
        }
    }

    private let audit: any IndexAudit
    private let doctor: CatalogDoctor

    package init(audit: any IndexAudit, doctor: CatalogDoctor) { (self.audit, self.doctor) = (audit, doctor) }

    /// One round.
    ///
    /// - Parameter repair: whether anything is changed.
    /// - Throws: ``Domain/Fault``, `CancellationError`; what was repaired until then stays so.
    package func run(repair: Bool = true) async throws -> Report {
        var report = Report(parities: try await audit.parity())
        let files = try await self.files(repair: repair)
        let missing = files.issues.count { $0.kind.isError }
        let orphans = files.issues.count { $0.kind == .orphanArtifact || $0.kind == .orphanFile }
        // Rows that were corrected do not count among the rows any more.
        let corrected = files.issues.count { $0.kind.isError && $0.isFixed }
        report.parities.append(IndexParity(.files, total: files.rows + orphans + corrected, missing: missing, orphans: orphans))
        if repair {
            let (removed, requested) = try await audit.repair()
            (report.repaired, report.requested) = (removed + files.issues.count(where: \.isFixed), requested)
        }
        let level: EventLevel = report.drift > Self.alarm ? .warning : .info
        try await doctor.boundaries.catalog.note(
            "catalog.reconcile.complete", level,
            [
                "drift": "\(report.drift)", "repaired": "\(report.repaired)", "requested": "\(report.requested)",
                "missing": "\(report.parities.reduce(0) { $0 + $1.missing })",
                "orphans": "\(report.parities.reduce(0) { $0 + $1.orphans })",
            ])
        return report
    }

    /// An empty storage is told as so many missing files, which somebody must look at, and nothing is repaired.
    private func files(repair: Bool) async throws -> DoctorReport {
        do {
            return try await doctor.examine(fix: repair, by: "reconciliation")
        } catch let fault as Fault where fault.code == CatalogDoctor.emptyStorageCode {
            return try await doctor.examine(fix: false, by: "reconciliation")
        }
    }

    /// When the last round ended, whoever ran it; nil before the first one.
    package func last() async throws -> Date? { try await audit.lastReconciliation() }

    /// The drift above which somebody should look.
    package static let alarm = 0.005
}
