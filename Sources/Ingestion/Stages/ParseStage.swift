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
    }

    private static let batch = 64

    func run(crawlIsComplete: Bool, now: Date) async throws -> Result {
        let records = try await store.crawlRecords(lease)
        let published = try await store.publishedState(job.documentation)
        let storedPages = try await store.storedPages(job.documentation)
        let view = CrawlView(records, storedPages: storedPages)
        var detector = BoilerplateDetector()
        var drafts: [SectionDraft] = []
        var boilerplate = published.boilerplate
        for paths in view.staged.chunked(Self.batch) {
            for page in try await pages(paths) { detector.add(page.fingerprints) }
        }
        boilerplate.formUnion(detector.frozen())
        for paths in view.staged.chunked(Self.batch) {
            try Task.checkCancellation()
            drafts += await Self.sections(try await pages(paths), boilerplate: boilerplate)
        }
        let delta = SectionDelta(
            published: published.sections, drafts: drafts, draftedPages: Set(view.staged), untouchedPages: view.untouched,
            complete: crawlIsComplete, chunking: chunking.name)
        // All of them: after a crash the changed sections may be published already, but not embedded.
        let sections = await chunking.cut(drafts, weights: weights)
        let changedPaths = Set(delta.changed.map(\.path))
        let gonePages = crawlIsComplete ? storedPages.keys.filter { !view.seen.contains($0) }.sorted() : []
        let publication = Publication(
            documentation: job.documentation, title: view.rootTitle(job.settings.rootURL), profile: nil, boilerplate: boilerplate,
            changed: sections.sections.filter { changedPaths.contains($0.path) }, deletedSections: delta.deleted, pages: view.changedPages,
            deletedPages: gonePages, fetchedAt: now)
        return Result(publication: publication, texts: sections.texts, unchanged: delta.unchanged, isFirst: published.sections.isEmpty)
    }

    private func pages(_ paths: [String]) async throws -> [PageContent] {
        try await store.stagedContents(lease, paths: paths).map { try Self.page($0.content, path: $0.path) }
    }

    private static func page(_ bytes: [UInt8], path: String) throws -> PageContent {
        guard let page = PageContent(serialized: bytes) else {
            // Staged by another release in the middle of a job: the job can only be run anew.
            throw Fault(.internal, code: "E_STAGED_CONTENT", "The staged content of \(path) cannot be read.", hint: "Start a new job.")
        }
        return page
    }

    @concurrent private static func sections(_ pages: [PageContent], boilerplate: Set<UInt64>) async -> [SectionDraft] {
        pages.flatMap { SectionBuilder.sections(for: $0, boilerplate: boilerplate) }
    }
}

extension Array {
    /// The elements in runs of at most `size`.
    func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
