import ArgumentParser
import Domain
import FoundationEssentials
import Postgres
import Resilience
import Retrieval
import Storage
import TestSupport

/// Asks the questions of the test data and scores the rankings of the product's own search.
struct QualityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "search", abstract: "Measures how well search ranks pages.")

    @Option(help: "Folder for what is kept between runs.") var state = ".build/evaluation"
    @Option(help: "Folder of the test data; PORTOLAN_TEST_DATA by default.") var data: String?
    @Option(help: "File for the results as JSON.") var json: String?
    @Option(help: "Sets to run, by name; all by default.") var only: [String] = []

    func run() async throws {
        guard let data = data ?? TestData.directory else { throw Failure("There is no test data: set PORTOLAN_TEST_DATA.") }
        let sets = QuestionSet.all.filter { only.isEmpty || only.contains($0.name) }
        let reports = try await Laboratory.with(state: state) { laboratory in
            try await laboratory.clear()
            var reports: [QualityReport] = []
            print(QualityReport.header)
            for site in Set(sets.map { $0.site ?? "" }).sorted() {
                let documentation = try await Self.ingest(site, data: data, laboratory)
                for set in sets where (set.site ?? "") == site {
                    let report = try await Self.measure(set, documentation, data: data, laboratory)
                    reports.append(report)
                    print(report.lines.joined(separator: "\n"))
                }
            }
            return reports
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(reports).write(to: URL(filePath: json))
        }
        if reports.contains(where: { !$0.misses.isEmpty }) { throw ExitCode.failure }
    }

    private static func ingest(_ site: String, data: String, _ laboratory: Laboratory) async throws -> DocumentationID {
        let start = ContinuousClock.now
        let job: Job
        if site.isEmpty {
            let source = try await QuestionSet.abstracts(data: data)
            job = try await laboratory.ingest(AbstractSource.root, library: "scifact") { _, _ in source }
        } else if site.hasSuffix(".obo") {
            job = try await OntologyFile(path: "\(data)/ontologies/\(site)").serve { url, source in
                try await laboratory.ingest(url, library: site, source: source)
            }
        } else {
            job = try await RealSite(name: site).serve(data: data, state: laboratory.state) {
                try await laboratory.ingest($0, library: site)
            }
        }
        try await laboratory.client.withConnection { _ = try await $0.query("analyze") }
        let counts = job.counts
        note(
            "\(job.library): \(counts.pagesByOutcome["fetched"] ?? 0) pages, \(counts.sectionsChanged) sections, "
                + "\(counts.chunksEmbedded) chunks embedded, \(counts.chunksReused) reused, \(start.duration(to: .now))")
        return job.documentation
    }

    private static func measure(
        _ set: QuestionSet, _ documentation: DocumentationID, data: String, _ laboratory: Laboratory
    ) async throws -> QualityReport {
        let questions = try set.questions(data: data)
        let service = SearchService(
            store: PostgresSearchStore(laboratory.client),
            embedding: QueryEmbedding(embedder: laboratory.embedder, breaker: CircuitBreaker(name: "embedder")))
        let legs = [
            "lexical": RankFusion(lexicalWeight: 1, vectorWeight: 0), "vector": RankFusion(lexicalWeight: 0, vectorWeight: 1),
            "fusion": RankFusion(),
        ]
        var rankings: [String: [(question: Question, pages: [String])]] = [:]
        var times: [Double] = []
        for question in questions {
            let query = try SearchQuery(text: question.text, scope: SearchScope(documentation: documentation))
            for (leg, fusion) in legs {
                let pages = try await service.rankedPages(query, fusion: fusion)
                rankings[leg, default: []].append((question, pages.map(Question.normalized).filter { !set.isLeftOut($0) }))
            }
            let start = ContinuousClock.now
            _ = try await service.search(query, access: .all)
            times.append(start.duration(to: .now).milliseconds)
        }
        let scores = rankings.mapValues { RankingScore($0) }
        return QualityReport(
            set: set.name, documentation: set.site ?? "scifact", scores: scores, medianMilliseconds: times.percentile(0.5),
            slowestMilliseconds: times.percentile(0.99), misses: misses(scores["fusion"], set.floor))
    }

    private static func misses(_ score: RankingScore?, _ floor: (hitAt5: Double?, gainAt10: Double)?) -> [String] {
        guard let score, let floor else { return [] }
        var misses: [String] = []
        if let least = floor.hitAt5, score.hitAt5 < least {
            misses.append("hit@5 ≥ \(least) by \(QualityReport.fixed(least - score.hitAt5, 4))")
        }
        if score.gainAt10 < floor.gainAt10 {
            misses.append("nDCG@10 ≥ \(floor.gainAt10) by \(QualityReport.fixed(floor.gainAt10 - score.gainAt10, 4))")
        }
        return misses
    }
}
