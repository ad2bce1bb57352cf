package import Domain
package import FoundationEssentials

/// Looks at a documentation after a job: compares what the tables hold, and asks it questions made from itself.
package struct JobVerifier: Sendable {
    /// A result of a search, as far as a verification needs it.
    package struct Hit: Sendable {
        package let path: String
        package let url: String
        package let score: Double
        package let excerpt: String

        package init(path: String, url: String, score: Double, excerpt: String) {
            (self.path, self.url, self.score, self.excerpt) = (path, url, score, excerpt)
        }
    }

    /// Searches one documentation as a client does; at most so many results, best first, and the mode of the search.
    package typealias Search =
        @Sendable (_ query: String, _ documentation: DocumentationID, _ limit: Int) async throws -> (hits: [Hit], mode: String)

    /// Questions that are asked: few for a documentation that has few sections.
    package static let samples = 3...5
    /// A section must be among so many results for its own words.
    package static let depth = 10

    private let store: any VerificationStore
    private let search: Search
    private let now: @Sendable () -> Date

    package init(store: any VerificationStore, search: @escaping Search, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.store, self.search, self.now) = (store, search, now)
    }

    /// Verifies what `job` published, and stores the report.
    ///
    /// Takes a few statements and at most five searches. What cannot be looked at is a problem in the report, not an error.
    /// - Throws: ``Domain/Fault`` when not even the report can be stored; `CancellationError`.
    @discardableResult
    package func verify(_ job: Job) async throws -> VerificationReport {
        var counts = VerificationCounts()
        var samples: [VerificationReport.Sample] = []
        var problems: [VerificationReport.Problem] = []
        do {
            guard let found = try await store.counts(job.documentation) else {
                throw Fault.notFound("documentation", job.documentation.description)
            }
            counts = found
            problems = Self.problems(counts)
            if counts.chunks > 0 {
                samples = try await ask(job, counts)
                if let problem = Self.problem(samples) { problems.append(problem) }
            }
        } catch {
            try Task.checkCancellation()
            let reason = (error as? Fault)?.description ?? "The worker's log tells why."
            problems.append(VerificationReport.Problem(.failed, "The verification could not go on: \(reason)"))
        }
        let report = VerificationReport(
            job: job.id, documentation: job.documentation, verifiedAt: now(), problems: problems, counts: counts, samples: samples)
        try await store.save(report, job: job.id)
        return report
    }

    // MARK: - Parity

    /// What the counts say is wrong.
    static func problems(_ counts: VerificationCounts) -> [VerificationReport.Problem] {
        var problems: [VerificationReport.Problem] = []
        func add(_ code: VerificationReport.Code, _ isWrong: Bool, _ message: String) {
            if isWrong { problems.append(VerificationReport.Problem(code, message)) }
        }
        add(.empty, counts.sections == 0, "The documentation has no sections.")
        add(
            .sections, counts.sections != counts.recordedSections,
            "\(counts.recordedSections) sections were published, and \(counts.sections) are there.")
        add(.sections, counts.sectionsWithoutPage > 0, "\(counts.sectionsWithoutPage) sections belong to no page.")
        add(
            .chunks, counts.chunks != counts.recordedChunks,
            "\(counts.recordedChunks) chunks were published, and \(counts.chunks) are there.")
        add(.chunks, counts.sectionsWithoutChunks > 0, "\(counts.sectionsWithoutChunks) sections have no chunks.")
        let oversized = counts.oversizedChunks ?? 0
        add(.oversized, oversized > 0, "\(oversized) of \(counts.chunks) chunks are longer than \(counts.model ?? "the model") reads.")
        add(
            .vectors, counts.chunksWithoutVector > 0,
            "\(counts.chunksWithoutVector) of \(counts.chunks) chunks have no vector of \(counts.model ?? "the model").")
        add(
            .terms, counts.terms != counts.recordedTerms,
            "The chunks have \(counts.terms) terms, and the statistics count \(counts.recordedTerms).")
        return problems
    }

    // MARK: - Samples

    private func ask(_ job: Job, _ counts: VerificationCounts) async throws -> [VerificationReport.Sample] {
        let limit = counts.sections < 100 ? Self.samples.lowerBound : Self.samples.upperBound
        var samples: [VerificationReport.Sample] = []
        for section in try await store.samples(job.documentation, seed: job.id.description, limit: limit) {
            let query = SampleQuestion.text(headingPath: section.headingPath, text: section.text)
            let (hits, mode) = try await search(query, job.documentation, Self.depth)
            // The page counts too: where pages repeat each other, another of its sections may come first.
            let place =
                hits.firstIndex { $0.path == section.path }
                ?? hits.firstIndex { $0.path == section.pagePath || $0.path.hasPrefix(section.pagePath + "#") }
                ?? hits.firstIndex { Self.page($0.url) == Self.page(section.url) }
            samples.append(
                VerificationReport.Sample(
                    query: query, path: section.path, url: section.url, rank: place.map { $0 + 1 },
                    confidence: place.map { hits[$0].score }, evidence: place.map { Self.evidence(hits[$0], section) }, mode: mode))
        }
        return samples
    }

    /// More than half of the questions must find where they come from: documentations repeat themselves, and one may lose to a copy.
    static func problem(_ samples: [VerificationReport.Sample]) -> VerificationReport.Problem? {
        let found = samples.count { $0.rank != nil }
        if samples.isEmpty { return VerificationReport.Problem(.samples, "There is no section to make a question from.") }
        if found * 2 > samples.count { return nil }
        return VerificationReport.Problem(.samples, "\(found) of \(samples.count) sections are found by their own words.")
    }

    /// What the result shows; the titles where a section has no text beside them.
    private static func evidence(_ hit: Hit, _ section: VerificationSample) -> String {
        String((hit.excerpt.isEmpty ? section.headingPath.joined(separator: ": ") : hit.excerpt).prefix(300))
    }

    private static func page(_ url: String) -> Substring { url.prefix { $0 != "#" } }
}
