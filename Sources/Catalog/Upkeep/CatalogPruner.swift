package import Domain
package import FoundationEssentials

/// Removes what is past its time: versions beyond the newest of their slot, files without rows, old events.
package struct CatalogPruner: Sendable {
    /// What goes, or would go.
    package struct Report: Sendable, Codable, Equatable {
        package var isDryRun: Bool
        /// Versions, oldest first.
        package var versions: [String] = []
        /// Keys of files without rows.
        package var orphans: [String] = []
        /// Their size in bytes.
        package var orphanBytes: Int64 = 0
        package var events = 0
    }

    let boundaries: CatalogBoundaries

    package init(_ boundaries: CatalogBoundaries) { self.boundaries = boundaries }

    /// One round.
    ///
    /// - Parameters:
    ///   - apply: whether anything is removed; without it, it is only told.
    ///   - limit: versions and files at most.
    package func prune(_ rules: PruneRules = PruneRules(), apply: Bool, limit: Int = 10_000, now: Date = Date()) async throws -> Report {
        let (catalog, objects) = (boundaries.catalog, boundaries.objects)
        try await catalog.note("catalog.prune.begin", .info, ["dry_run": "\(!apply)"])
        var report = Report(isDryRun: !apply)
        let versions = try await catalog.prunable(rules, in: nil, limit: limit)
        for (slot, versions) in Dictionary(grouping: versions, by: \.slot).sorted(by: { $0.key.rawValue < $1.key.rawValue }) where apply {
            try await boundaries.remove(versions, of: slot)
        }
        report.versions = versions.map(\.id)
        let started = Date()
        var listed = try await objects.list(prefix: CatalogSlot.artifactsRoot)
        listed += try await objects.list(prefix: CatalogSlot.extractedRoot)
        let before = now.addingTimeInterval(-Double(rules.orphanAge.components.seconds))
        let orphans = try await catalog.look(at: listed.filter { !$0.key.hasSuffix("/LATEST.json") }, started: started).orphans
            .filter { $0.modified < before }.prefix(max(limit - versions.count, 0))
        let doctor = CatalogDoctor(boundaries)
        for (slot, orphans) in Dictionary(grouping: orphans, by: \.slot).sorted(by: { $0.key < $1.key }) {
            let gone = apply ? try await doctor.removeOrphans(orphans, slot) : orphans
            for orphan in gone {
                report.orphans.append(orphan.key)
                report.orphanBytes += orphan.bytes
            }
            try await catalog.note(
                "catalog.prune.orphan_found", .warning, ["slot": slot, "files": "\(gone.count)", "first": gone.first?.key ?? ""])
        }
        if apply { try await objects.sweep(before: before.timeIntervalSince1970) }
        report.events = try await catalog.forgetEvents(olderThan: rules.eventAge, isDryRun: !apply)
        try await catalog.note(
            "catalog.prune.complete", .info,
            [
                "versions": "\(report.versions.count)", "orphans": "\(report.orphans.count)", "bytes": "\(report.orphanBytes)",
                "events": "\(report.events)",
            ])
        return report
    }
}
