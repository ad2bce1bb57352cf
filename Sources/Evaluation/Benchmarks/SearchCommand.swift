import ArgumentParser
import Domain
import FoundationEssentials
import Models
import Postgres
import Primitives
import Resilience
import Retrieval
import Storage
import TestSupport

/// Search over 100,000 chunks, one question at a time in one process, without and with the embedding of the question.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-search", abstract: "Measures the latency of search.")

    @Option(help: "Chunks to search.") var chunks = 100_000
    @Option(help: "Searches of each kind.") var searches = 500
    @Option(help: "Folder for what is kept between runs.") var state = ".build/benchmark/search"

    /// Says that the question's vector is there already.
    private struct KnownVectors: Embedder {
        let profile: EmbeddingProfile
        let vectors: [String: [Float]]

        func tokenCount(_ text: String) -> Int { text.utf8.count / 4 }
        func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] { texts.map { vectors[$0] ?? [] } }
    }

    func run() async throws {
        guard let data = TestData.directory else { throw Failure("There is no test data: set PORTOLAN_TEST_DATA.") }
        try await Laboratory.with(state: state) { laboratory in
            try await fill(laboratory, data: data)
            let set = QuestionSet.all.first { $0.site == nil }
            let questions = try (set?.questions(data: data) ?? []).prefix(searches).map(\.text)
            var vectors: [String: [Float]] = [:]
            for text in questions { vectors[text] = try await laboratory.embedder.embed([text], purpose: .query).first }
            let known = KnownVectors(profile: laboratory.embedder.profile, vectors: vectors)
            try await measure("search without query embedding", known, target: 50, questions, laboratory)
            try await measure("search with query embedding", laboratory.embedder, target: 100, questions, laboratory)
        }
    }

    private func measure(
        _ figure: String, _ embedder: any Embedder, target: Double, _ questions: [String], _ laboratory: Laboratory
    ) async throws {
        let service = SearchService(
            store: PostgresSearchStore(laboratory.client),
            embedding: QueryEmbedding(embedder: embedder, breaker: CircuitBreaker(name: "embedder")))
        // Once without being timed: the pages of the index come into memory.
        for text in questions.prefix(100) { _ = try await service.search(SearchQuery(text: text), access: .all) }
        var times: [Double] = []
        let before = try await ProcessorTime.now(laboratory.client)
        for text in questions {
            let start = ContinuousClock.now
            let answer = try await service.search(SearchQuery(text: text), access: .all)
            times.append(start.duration(to: .now).milliseconds)
            guard answer.mode == .hybrid else { throw Failure("A search had no vectors: \(answer.reasons)") }
        }
        let after = try await ProcessorTime.now(laboratory.client)
        func fixed(_ value: Double) -> String { QualityReport.fixed(value, 1) }
        let (own, database) = (after.own - before.own, after.database - before.database)
        try BenchmarkResult(
            "\(figure), p99", value: times.percentile(0.99), unit: "ms", target: target,
            detail: "\(try await count(laboratory.client)) chunks, \(times.count) searches, p50 \(fixed(times.percentile(0.5))) ms, "
                + "p95 \(fixed(times.percentile(0.95))) ms; processor time of a search \(fixed(own / Double(times.count))) ms here and "
                + "\(fixed(database / Double(times.count))) ms in the database"
        ).report()
    }

    /// Ingests the abstracts, and copies them with vectors of their own until there are enough chunks.
    private func fill(_ laboratory: Laboratory, data: String) async throws {
        if try await count(laboratory.client) >= chunks { return }
        try await laboratory.clear()
        note("making \(chunks) chunks, once")
        let source = try await QuestionSet.abstracts(data: data)
        _ = try await laboratory.ingest(AbstractSource.root, library: "scifact") { _, _ in source }
        let original = try await count(laboratory.client)
        for copy in 1...max(1, (chunks + original - 1) / original - 1) {
            _ = try await laboratory.client.withConnection(deadline: .after(.seconds(1800))) { connection in
                _ = try await connection.execute(script: Self.copying(copy))
            }
            note("\(try await count(laboratory.client)) chunks")
        }
        try await laboratory.client.withConnection(deadline: .after(.seconds(600))) { connection in
            // As every publication does; the copies did not come by one.
            _ = try await connection.query("select portolan.merge_terms()")
            _ = try await connection.query("analyze")
        }
    }

    private func count(_ client: PostgresClient) async throws -> Int {
        try await client.query("select count(*) as n from portolan.chunk").first?.decode("n", as: Int.self) ?? 0
    }

    /// Copies library `scifact`; each vector moves by a little noise, so that no two are the same.
    private static func copying(_ number: Int) -> SQL {
        SQL(
            script: """
                begin;
                insert into portolan.library (id, name) values (gen_random_uuid(), 'copy-\(number)');
                insert into portolan.library_version (id, library_id, version, is_latest)
                  select gen_random_uuid(), id, 'latest', true from portolan.library where name = 'copy-\(number)';
                create temp table original on commit drop as select d.* from portolan.documentation d
                  join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where l.name = 'scifact';
                create temp table copy on commit drop as select gen_random_uuid() as id;
                insert into portolan.documentation (id, version_id, root_url, title, section_count, chunk_count, profile_id)
                  select copy.id, (select v.id from portolan.library_version v join portolan.library l on l.id = v.library_id
                    where l.name = 'copy-\(number)'), root_url, title, section_count, chunk_count, profile_id from original, copy;
                insert into portolan.term_statistic (term, documentation_id, chunks)
                  select s.term, copy.id, s.chunks from portolan.term_statistic s join original o on o.id = s.documentation_id, copy;
                insert into portolan.section (documentation_id, page_path, anchor, path, parent_path, title, heading_path, level, ordinal, url,
                    summary, content, token_count, checksum, chunking, fetched_at)
                  select copy.id, page_path, anchor, path, parent_path, s.title, heading_path, level, ordinal, url, summary, content,
                    token_count, checksum, chunking, fetched_at from portolan.section s join original o on o.id = s.documentation_id, copy;
                insert into portolan.chunk (documentation_id, section_id, ordinal, anchor, heading_path, text, token_count, checksum, terms, weights)
                  select copy.id, t.id, c.ordinal, c.anchor, c.heading_path, c.text, c.token_count,
                    sha256(c.checksum || '\\x\(number < 16 ? "0" : "")\(String(number, radix: 16))'::bytea), c.terms, c.weights
                  from portolan.chunk c join original o on o.id = c.documentation_id join portolan.section s on s.id = c.section_id,
                    copy join portolan.section t on t.documentation_id = copy.id where t.path = s.path;
                insert into portolan.embedding (profile_id, checksum, vector)
                  select e.profile_id, sha256(e.checksum || '\\x\(number < 16 ? "0" : "")\(String(number, radix: 16))'::bytea),
                    (select l2_normalize(array_agg(x + (random() - 0.5) * 0.05 order by i)::real[]::vector)::halfvec
                      from unnest(e.vector::vector::real[]) with ordinality as v (x, i))
                  from portolan.embedding e where e.checksum in (
                    select c.checksum from portolan.chunk c join original o on o.id = c.documentation_id)
                  on conflict do nothing;
                commit;
                """)
    }
}
