import Digests
import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The legs of a search` {
    @Test func `What one leg brings has the other leg's score too`() async throws {
        try await withStores { stores in
            try await stores.publish([.of("/word", "apple"), .of("/near", "pear"), .of("/bare", "apple without vector")], profile: .small)
            let (_, lease) = try await stores.leased("lease")
            try await stores.ingestion.saveVectors(
                lease, profile: .small, [(SHA256.hash("apple"), vector(0, lean: 0.9)), (SHA256.hash("pear"), vector(0))])
            // One of each: the nearest vector is not the best word.
            let found = try await stores.search.candidates(
                terms: terms("apple"), vector: vector(0), profile: .small, scope: SearchScope(), limit: 1)
            #expect(found.lexical.map(\.page) == ["/word"])
            #expect(found.vector.map(\.page) == ["/near", "/word"])
            #expect(found.total == 3)
            let all = try await stores.search.candidates(
                terms: terms("apple"), vector: vector(0), profile: .small, scope: SearchScope(), limit: 10)
            #expect(all.lexical.map(\.page) == ["/word", "/bare"] && all.vector.map(\.page) == ["/near", "/word"])
        }
    }

    @Test(arguments: [0, 5_000])
    func `Equal vectors fall to the smaller chunk, by the index and by comparing all`(_ exactScope: Int) async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased("lease")
            try await stores.publish((0..<40).map { .of("/\($0)", "the same text") }, profile: .small)
            try await stores.ingestion.saveVectors(lease, profile: .small, [(SHA256.hash("the same text"), vector(0))])
            let search = PostgresSearchStore(stores.client, exactScope: exactScope)
            let found = try await search.candidates(terms: [], vector: vector(0), profile: .small, scope: SearchScope(), limit: 50)
            #expect(found.vector.count == 40 && found.total == 40)
            #expect(zip(found.vector, found.vector.dropFirst()).allSatisfy { $0.chunk < $1.chunk })
        }
    }

    @Test func `Behind the candidates come the other sections that match, each once`() async throws {
        try await withStores { stores in
            try await stores.publish("a", (0..<60).map { .of("/\($0)", "word \($0)", "word again") } + [.of("/none", "other")])
            try await stores.publish("b", (0..<5).map { .of("/b\($0)", "word") })
            let matches = try await stores.search.matches(terms("word"), scope: SearchScope(library: "a"), limit: 10, access: .all)
            #expect(matches.best.count == 10 && matches.sections == 60)
            let seen = Array(Set(matches.best.map(\.section)))
            var further: [SearchCandidates.Candidate] = []
            for offset in stride(from: 0, through: 60, by: 20) {
                further += try await stores.search.furtherMatches(matches, without: seen, offset: offset, limit: 20)
            }
            #expect(Set(further.map(\.section)).union(seen).count == 60 && further.count + seen.count == 60)
            #expect(zip(further, further.dropFirst()).allSatisfy { ($1.score, $0.chunk) < ($0.score, $1.chunk) })
            let none = try await stores.search.matches(terms("unheard"), scope: SearchScope(), limit: 10, access: .all)
            #expect(try await stores.search.furtherMatches(none, without: [], offset: 0, limit: 20).isEmpty)
        }
    }

    @Test func `Vectors of candidates are found by their index, before anything is known of the table`() async throws {
        try await withStores { stores in
            let texts = (0..<60).map { "word \($0)" }
            try await stores.publish(texts.enumerated().map { .of("/\($0)", $1) }, profile: .small)
            let (_, lease) = try await stores.leased("lease")
            try await stores.ingestion.saveVectors(lease, profile: .small, texts.map { (SHA256.hash($0), vector(0)) })
            func scans() async throws -> (sequential: Int, indexed: Int) {
                let row = try #require(
                    try await stores.client.query(
                        """
                        select sum(seq_scan)::bigint as sequential, sum(idx_scan)::bigint as indexed from pg_stat_user_tables
                        where schemaname = 'portolan' and relname like 'embedding\\_p%'
                        """
                    ).first)
                return (try row.decode("sequential", as: Int.self), try row.decode("indexed", as: Int.self))
            }
            // What it took to make the table is told before.
            let flush: SQL = "select pg_stat_force_next_flush()"
            _ = try await stores.client.query(flush)
            _ = try await stores.client.withConnection { try await $0.query(flush) }
            let before = try await scans()
            // A connection tells its counters once a second, all at once.
            var after = before
            while after == before {
                let found = try await stores.search.candidates(
                    terms: terms("word"), vector: vector(1), profile: .small, scope: SearchScope(), limit: 20)
                #expect(found.lexical.count >= 20)
                after = try await scans()
            }
            // One for each candidate, it would be twenty at least.
            #expect(after.sequential - before.sequential < 20)
        }
    }

    @Test func `A statement that takes too long is ended, and the connection is as it was`() async throws {
        try await withStores { stores in
            try await stores.publish([.of("/a", "word")])
            let hasty = PostgresSearchStore(stores.client, timeLimit: .milliseconds(300))
            try await stores.client.withTransaction { blocker in
                _ = try await blocker.query("lock table portolan.chunk in access exclusive mode")
                let fault = await #expect(throws: Fault.self) {
                    try await hasty.matches(terms("word"), scope: SearchScope(), limit: 10, access: .all)
                }
                #expect(fault?.category == .timeout)
            }
            #expect(try await stores.search.matches(terms("word"), scope: SearchScope(), limit: 10, access: .all).sections == 1)
            let settings = try await stores.client.withConnection { connection in
                try await connection.query(
                    """
                    select unnest(array[current_setting('statement_timeout'), current_setting('jit'), current_setting('plan_cache_mode')])
                    """
                ).decodeColumn(as: String.self)
            }
            #expect(settings.first == "0" && settings.last == "auto")
        }
    }
}
