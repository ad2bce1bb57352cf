import APIModel
import Domain
import Retrieval

extension JobState {
    init(_ status: JobStatus) {
        self =
            switch status {
            case .pending: .pending
            case .crawling: .crawling
            case .parsing: .parsing
            case .embedding: .embedding
            case .indexing: .indexing
            case .completed: .completed
            case .failed: .failed
            case .stopped: .stopped
            }
    }
}

extension RunPriority {
    init(_ priority: JobPriority) {
        switch priority {
        case .high: self = .high
        case .normal: self = .normal
        }
    }
}

extension JobPriority {
    /// What a caller asks for; those who do not say wait for their job.
    init(asked priority: RunPriority?) { self = priority == .normal ? .normal : .high }
}

extension JobDetail {
    init(_ job: Job) {
        self.init(
            id: job.id.description, documentationID: job.documentation.description, library: job.library, version: job.version,
            webURL: job.settings.rootURL, status: JobState(job.status), priority: RunPriority(job.priority),
            progressPercent: job.progressPercent, pagesProcessed: job.counts.pagesProcessed, pagesByOutcome: job.counts.pagesByOutcome,
            sectionsChanged: job.counts.sectionsChanged, sectionsUnchanged: job.counts.sectionsUnchanged,
            sectionsDeleted: job.counts.sectionsDeleted, pagesHeldBack: job.counts.pagesHeldBack, chunksEmbedded: job.counts.chunksEmbedded,
            chunksReused: job.counts.chunksReused, stopRequested: job.stopRequested,
            error: job.fault.map { JobFailure(code: $0.code, message: $0.message, hint: $0.hint) }, stageTimings: job.stageSeconds,
            retryOf: job.retryOf?.description, correlationID: job.correlationID, createdAt: job.createdAt, startedAt: job.startedAt,
            finishedAt: job.finishedAt, readyForQueries: job.isReadyForQueries)
    }
}

extension VerificationDetail {
    init(_ report: VerificationReport) {
        let counts = report.counts
        self.init(
            jobID: report.job, documentationID: report.documentation, verifiedAt: report.verifiedAt, readyForQueries: report.isReady,
            problems: report.problems.map { Problem(code: $0.code.rawValue, message: $0.message) },
            pages: counts.pages, sections: Parity(stored: counts.sections, published: counts.recordedSections),
            sectionsWithoutPage: counts.sectionsWithoutPage, sectionsWithoutChunks: counts.sectionsWithoutChunks,
            chunks: Parity(stored: counts.chunks, published: counts.recordedChunks), embeddingModel: counts.model,
            chunksWithoutVector: counts.chunksWithoutVector, terms: Parity(stored: counts.terms, published: counts.recordedTerms),
            samples: report.samples.map {
                Sample(
                    query: $0.query, path: $0.path, url: $0.url, rank: $0.rank, confidence: $0.confidence, evidence: $0.evidence,
                    searchMode: $0.mode)
            })
    }
}

extension APIModel.PageOutcome {
    init(_ record: CrawlRecord) {
        let outcome = record.outcome
        self.init(
            url: outcome.url.description, depth: outcome.depth, outcome: outcome.kind.rawValue,
            reason: outcome.reason == .ok ? nil : outcome.reason.rawValue + (outcome.detail.map { ": \($0)" } ?? ""),
            status: outcome.status)
    }
}

extension DocumentationSummary {
    init(_ documentation: Documentation) {
        self.init(
            id: documentation.id.description, library: documentation.library, version: documentation.version,
            url: documentation.rootURL, title: documentation.title, sectionCount: documentation.sections, jobCount: documentation.jobs,
            lastJobStatus: documentation.lastJobStatus.map { JobState($0) }, lastSynced: documentation.lastSynced,
            embeddingModel: documentation.embeddingModel, embeddingDimension: documentation.embeddingDimension,
            createdAt: documentation.createdAt)
    }
}

extension SectionSummary {
    init(_ section: Section) {
        self.init(
            uri: section.uri, path: section.path, title: section.title, summary: section.summary, level: section.level,
            tokens: section.tokens, url: section.url)
    }
}

extension LibraryDetail {
    init(_ library: Library) {
        let versions = library.versions.sorted { VersionOrder.precedes($1.version, $0.version) }
        self.init(
            name: library.name, isPrivate: library.isPrivate,
            versions: versions.map { Version(version: $0.version, isLatest: $0.isLatest, documentationCount: $0.documentations) })
    }
}

extension SourceDetail {
    init(_ source: Source) {
        let (settings, sync) = (source.settings, source.sync)
        var (seconds, schedule): (Int?, String?) = (nil, nil)
        switch sync.timing {
        case .onRequest: break
        case .every(let value): seconds = value
        case .cron(let value): schedule = value.description
        }
        self.init(
            id: source.id.description, kind: settings.kind.rawValue, documentationID: source.documentation.description,
            library: source.library, version: source.version, rootURL: settings.rootURL, options: settings.options,
            crawlDepth: settings.depth, includePatterns: settings.include, excludePatterns: settings.exclude, state: sync.state.rawValue,
            pollIntervalSeconds: seconds, schedule: schedule, isPaused: sync.isPaused, isSyncRequested: sync.isRequested,
            cursor: sync.cursor, nextPollAt: sync.nextPollAt, polledAt: sync.polledAt,
            error: sync.fault.map { JobFailure(code: $0.code, message: $0.message, hint: $0.hint) },
            received: sync.received, queued: sync.queued, errors: sync.errors, createdAt: source.createdAt)
    }
}

extension SearchResponse {
    init(_ answer: SearchAnswer) {
        self.init(
            items: answer.hits.map { hit in
                APIModel.SearchHit(
                    url: hit.url, title: hit.section.title, headingPath: hit.headingPath, excerpt: hit.excerpt, score: hit.score,
                    fetchedAt: hit.section.fetchedAt, sectionURI: hit.section.uri, library: hit.section.library,
                    version: hit.section.version)
            }, searchMode: answer.mode == .hybrid ? .hybrid : .keywordFallback, total: answer.total, isPartial: answer.isPartial,
            nextCursor: answer.nextCursor, isDegraded: !answer.reasons.isEmpty, reasons: answer.reasons)
    }
}
