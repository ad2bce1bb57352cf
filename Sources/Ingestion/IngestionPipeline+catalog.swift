import Catalog
import Domain
import Logging
import Processing

extension IngestionPipeline {
    /// The validation boundary: looks at the pages and files of a job before anything of them is published.
    ///
    /// - Returns: the version of the catalog that the job has brought; nil when its source keeps none.
    func validate(
        _ parsed: ParseStage.Result, _ job: Job, _ lease: JobLease, _ chunking: Chunking, _ logger: Logger
    ) async throws -> CatalogVersion? {
        guard let catalog else { return nil }
        let running = RunningJob(id: job.id, documentation: job.documentation, correlationID: job.correlationID, lease: lease)
        let stage = ValidationStage(boundaries: catalog, policy: options.validation)
        let kept = try await stage.version(of: running)
        let isFolder = kept?.files.contains { $0.storageKey.hasPrefix(CatalogSlot.extractedRoot) } ?? false
        var base: String?
        var prefix = ""
        if isFolder, let root = try? SiteURL(job.settings.rootURL) {
            let folder = root.with(path: root.folder)
            (base, prefix) = (folder.description, SectionBuilder.path(ofPageAt: folder.description))
            if !prefix.hasSuffix("/") { prefix += "/" }
        }
        let subject = ValidationSubject(
            pages: parsed.pages.map { path, page in
                let file = isFolder && path.hasPrefix(prefix) ? PercentEncoding.decoded(path.dropFirst(prefix.count)) : nil
                return ValidationSubject.Page(
                    name: file ?? path, links: page.links, isDamaged: page.isDamaged, checksum: page.textChecksum,
                    longestChunk: page.sections.flatMap(\.chunks).map(\.tokens).max() ?? 0)
            }, files: kept?.files ?? [], brokenLinks: parsed.brokenLinks, base: base, chunkLimit: chunking.profile.tokenLimit)
        let counts = try await stage.run(subject, version: kept?.version, job: running)
        let failed = counts.filter { !$0.key.hasSuffix(".pass") }.sorted { $0.key < $1.key }
        if !failed.isEmpty {
            logger.warning(
                "validation failures", metadata: ["counts": "\(failed.map { "\($0.key)=\($0.value)" }.joined(separator: " "))"])
        }
        return kept?.version
    }

    /// What follows the commit: the mirror, and room for the next versions. The database is right without it, so a failure is only told:
    /// the nightly reconciliation repairs the mirror, and the next job of the source makes room.
    func settle(_ version: CatalogVersion, _ logger: Logger) async {
        guard let catalog else { return }
        do {
            try await catalog.mirror(version.slot)
            try await catalog.prune(version.slot)
        } catch {
            logger.warning("catalog is not settled", metadata: ["slot": "\(version.slot)", "error": "\(error)"])
        }
    }
}
