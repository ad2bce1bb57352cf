import Domain
import FoundationEssentials
import Processing

/// The second stage: from staged pages to the change of the documentation. Writes nothing.
struct ParseStage {
    let store: any IngestionStore
    let lease: JobLease
    let job: Job
    let chunking: Chunking
    let weights: TermWeights

    /// What the stage found.
    struct Result {
        var publication: Publication
        /// Texts to embed by checksum, those of every page that was read.
        var texts: [[UInt8]: String]
        var unchanged: Int
        /// Whether nothing was published before.
        var isFirst: Bool
        /// The pages that were read anew, by path, in crawl order.
        var pages: [(path: String, page: CutPage)]
        /// Addresses that do not exist.
        var brokenLinks: Set<String>
    }

    private static let batch = 64

    /// - Parameter found: what the crawl found when it ran just before; nil after a crash, then it is read back from the store.
    func run(found: CrawlStage.Found?, crawlIsComplete: Bool, now: Date) async throws -> Result {
        let records: [CrawlRecord]
        if let known = found?.records { records = known } else { records = try await store.crawlRecords(lease) }
        let published = try await store.publishedState(job.documentation)
        let storedPages = try await store.storedPages(job.documentation)
        let began = job.startedAt ?? now
        let view = CrawlView(records, storedPages: storedPages, now: began)
        let trust = try await store.listingTrust(job.documentation)
        var pages = found?.pages ?? [:]
        let missing = view.staged.filter { pages[$0] == nil }
        var detector = BoilerplateDetector()
        for path in view.staged { if let page = pages[path] { detector.add(page.fingerprints) } }
        for paths in missing.chunked(Self.batch) {
            for page in try await contents(paths) { detector.add(page.content.fingerprints) }
        }
        let boilerplate = published.boilerplate.union(detector.frozen())
        let outdated = view.staged.filter { !(pages[$0]?.holds(for: boilerplate) ?? false) }
        for paths in outdated.chunked(Self.batch) {
            try Task.checkCancellation()
            pages.merge(await cut(try await contents(paths), boilerplate: boilerplate)) { $1 }
        }
        let cutPages = view.staged.compactMap { pages[$0] }
        let deletion = DeletionGuard(
            missing: crawlIsComplete ? storedPages.keys.filter { !view.seen.contains($0) } : [], published: storedPages.count,
            heldBefore: published.heldBack, isAllowed: job.settings.allowMassDelete)
        let delta = SectionDelta(
            published: published.sections, drafts: cutPages.flatMap(\.sections), draftedPages: Set(view.staged),
            relinkedPages: view.relinked, untouchedPages: view.untouched.union(deletion.heldBack), complete: crawlIsComplete,
            chunking: chunking.name)
        let publication = Publication(
            documentation: job.documentation, title: view.rootTitle(job.settings.rootURL), profile: nil, boilerplate: boilerplate,
            changed: delta.changed, reread: delta.reread, deletedSections: delta.deleted, pages: view.changedPages,
            deletedPages: deletion.deleted,
            heldBackPages: crawlIsComplete ? deletion.heldBack : nil, listingTrust: trust.after(view.evidence), fetchedAt: now,
            askedAt: began)
        // All of them: after a crash the changed sections may be published already, but not embedded. Where the text moved around a tag, the
        // published chunks and their vectors stay.
        let reread = Set(delta.reread.map(\.path))
        var texts: [[UInt8]: String] = [:]
        for page in cutPages {
            for section in page.sections
            where !reread.contains(section.path) || published.sections[section.path]?.checksum == section.checksum {
                for chunk in section.chunks { texts[chunk.checksum] = page.texts[chunk.checksum] }
            }
        }
        return Result(
            publication: publication, texts: texts, unchanged: delta.unchanged, isFirst: published.sections.isEmpty,
            pages: view.staged.compactMap { path in pages[path].map { (path, $0) } },
            brokenLinks: Set(records.filter { $0.outcome.kind == .gone }.map(\.outcome.url.description)))
    }

    private func contents(_ paths: [String]) async throws -> [(path: String, content: PageContent)] {
        try await store.stagedContents(lease, paths: paths).map { ($0.path, try Self.page($0.content, path: $0.path)) }
    }

    private static func page(_ bytes: [UInt8], path: String) throws -> PageContent {
        guard let page = PageContent(serialized: bytes) else {
            // Staged by another release in the middle of a job: the job can only be run anew.
            throw Fault(.internal, code: "E_STAGED_CONTENT", "The staged content of \(path) cannot be read.", hint: "Start a new job.")
        }
        return page
    }

    @concurrent private func cut(_ pages: [(path: String, content: PageContent)], boilerplate: Set<UInt64>) async -> [String: CutPage] {
        var result: [String: CutPage] = [:]
        for page in pages { result[page.path] = chunking.cut(page.content, boilerplate: boilerplate, weights: weights) }
        return result
    }
}

extension Array {
    /// The elements in runs of at most `size`.
    func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
