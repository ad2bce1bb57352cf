import Digests
import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `Publishing` {
    /// The statistics as a count of the chunks gives them.
    private static let recount: SQL = """
        select count(*) from (
          (select documentation_id, term, count(*) from portolan.chunk, unnest(terms) term group by 1, 2
            except select documentation_id, term, chunks from portolan.term_statistic)
          union all
          (select documentation_id, term, chunks from portolan.term_statistic
            except select documentation_id, term, count(*) from portolan.chunk, unnest(terms) term group by 1, 2)) x
        """

    private func addsUp(_ stores: Stores) async throws {
        #expect(try await stores.number(Self.recount) == 0)
        let wrong = try await stores.number(
            """
            select count(*) from portolan.documentation d where
              section_count <> (select count(*) from portolan.section s where s.documentation_id = d.id)
              or chunk_count <> (select count(*) from portolan.chunk c where c.documentation_id = d.id)
            """)
        #expect(wrong == 0)
    }

    @Test func `Sections, chunks, pages and facts are there afterwards, as they were given`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            let page = StoredPage(
                url: "https://docs.example.com/a", title: "A", etag: "\"1\"", lastModified: nil, textChecksum: [1, 2], contentChecksum: [3],
                links: ["x", "y"])
            let sections: [Publication.ChangedSection] = [
                .of("/a", "alpha beta", "beta gamma"), .of("/a#b", page: "/a", ordinal: 1, "delta"), .of("/c", "epsilon"),
            ]
            let publication = Publication.of(
                job.documentation, sections, pages: ["/a": page], title: "Guide", boilerplate: [7, UInt64.max])
            var counts = JobCounts()
            counts.sectionsChanged = 3
            try await stores.ingestion.complete(lease, publication, counts: counts, stageSeconds: [:])
            try await addsUp(stores)
            let documentation = try #require(try await stores.reading.documentation(job.documentation, access: .all))
            #expect(documentation.sections == 3 && documentation.chunks == 4 && documentation.title == "Guide")
            #expect(documentation.lastSynced == Publication.moment && documentation.lastJobStatus == .completed)
            #expect(documentation.embeddingModel == nil)
            let state = try await stores.ingestion.publishedState(job.documentation)
            #expect(state.boilerplate == [7, UInt64.max])
            #expect(state.sections.mapValues(\.checksum) == Dictionary(uniqueKeysWithValues: sections.map { ($0.path, $0.checksum) }))
            #expect(state.sections["/a#b"]?.page == "/a" && state.sections["/c"]?.chunking == "test/1")
            let pages = try await stores.ingestion.storedPages(job.documentation)
            #expect(pages["/a"]?.links == ["x", "y"] && pages["/a"]?.etag == "\"1\"" && pages["/a"]?.textChecksum == [1, 2])
            let section = try #require(try await stores.reading.section(job.documentation, path: "/a#b", access: .all))
            #expect(section.content == "delta" && section.parentPath == "/a" && section.headingPath == ["Guide", "Title of /a#b"])
            #expect(section.level == 2 && section.fetchedAt == Publication.moment && section.library == "swift")
            #expect(try await stores.jobs.job(job.id, access: .all)?.counts.sectionsChanged == 3)
        }
    }

    @Test func `Statistics add up after every change`() async throws {
        try await withStores { stores in
            let documentation = try await stores.publish([
                .of("/a", "one two three"), .of("/b", "two three", "three four"), .of("/c", "five"),
            ])
            try await stores.publish("other", [.of("/a", "one two")])
            try await addsUp(stores)
            #expect(try await stores.number("select count(*) from portolan.term_statistic where term = \(term("five"))") == 1)

            let (job, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            let change = Publication.of(
                documentation, [.of("/b", "two six"), .of("/d", "one one seven")], deleted: ["/c", "/nowhere"], deletedPages: ["/c"])
            try await stores.ingestion.complete(lease, change, counts: JobCounts(), stageSeconds: [:])
            try await addsUp(stores)
            #expect(try await stores.number("select count(*) from portolan.term_statistic where term = \(term("five"))") == 0)
            let facts = try #require(try await stores.reading.documentation(documentation, access: .all))
            #expect(facts.sections == 3 && facts.chunks == 3)
            #expect(job.documentation == documentation)
            #expect(try await stores.reading.section(documentation, path: "/c", access: .all) == nil)
        }
    }

    @Test func `Hundreds of sections go in whole, and out again`() async throws {
        try await withStores { stores in
            let sections = (0..<450).map { Publication.ChangedSection.of("/\($0)", "word\($0) common") }
            let documentation = try await stores.publish(sections)
            try await addsUp(stores)
            #expect(try await stores.number("select chunks::bigint from portolan.term_statistic where term = \(term("common"))") == 450)
            let (_, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            let end = Publication.of(documentation, deleted: sections.map(\.path))
            try await stores.ingestion.complete(lease, end, counts: JobCounts(), stageSeconds: [:])
            try await addsUp(stores)
            #expect(try await stores.number("select count(*) from portolan.chunk") == 0)
            #expect(try await stores.number("select count(*) from portolan.term_statistic") == 0)
        }
    }

    @Test func `A statement that fails takes the whole publication back`() async throws {
        try await withStores { stores in
            let documentation = try await stores.publish([.of("/a", "old text"), .of("/b", "stays")])
            let (job, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            var broken = Publication.ChangedSection.of("/z", "broken")
            broken.chunks[0].terms = [0: 1]
            let publication = Publication.of(documentation, [.of("/a", "new text"), broken], deleted: ["/b"], title: "New")
            let error = await #expect(throws: Fault.self) {
                try await stores.ingestion.complete(lease, publication, counts: JobCounts(), stageSeconds: [:])
            }
            #expect(error?.isTransient == false)
            #expect(try await stores.reading.section(documentation, path: "/a", access: .all)?.content == "old text")
            #expect(try await stores.reading.section(documentation, path: "/b", access: .all)?.content == "stays")
            #expect(try await stores.reading.section(documentation, path: "/z", access: .all) == nil)
            #expect(try await stores.jobs.job(job.id, access: .all)?.status == .indexing)
            try await addsUp(stores)
        }
    }

    @Test func `Nothing of a publication can be seen before its end`() async throws {
        try await withStores { stores in
            let documentation = try await stores.publish([.of("/a", "old text")])
            let (_, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            // Holds the publication up in its last statement.
            try await stores.client.withConnection { blocker in
                _ = try await blocker.query("begin")
                _ = try await blocker.query("lock table portolan.page in exclusive mode")
                let publication = Publication.of(
                    documentation, [.of("/a", "new text"), .of("/b", "more")],
                    pages: [
                        "/a": StoredPage(
                            url: "u", title: "", etag: nil, lastModified: nil, textChecksum: [1], contentChecksum: [2], links: [])
                    ])
                async let publishing: Void = stores.ingestion.complete(lease, publication, counts: JobCounts(), stageSeconds: [:])
                try await eventually {
                    try await stores.number("select count(*) from pg_locks where not granted and relation = 'portolan.page'::regclass") == 1
                }
                #expect(try await stores.reading.section(documentation, path: "/a", access: .all)?.content == "old text")
                #expect(try await stores.reading.section(documentation, path: "/b", access: .all) == nil)
                let found = try await stores.search.candidates(
                    terms: terms("new"), vector: nil, profile: nil, scope: SearchScope(), limit: 10)
                #expect(found.lexical.isEmpty)
                // Who wants a new job for the documentation does not wait for the end of the publication.
                try await stores.submit()
                _ = try await blocker.query("rollback")
                try await publishing
            }
            #expect(try await stores.reading.section(documentation, path: "/a", access: .all)?.content == "new text")
        }
    }

    @Test func `Vectors are stored once for each text and model`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            let (one, two) = (SHA256.hash("one"), SHA256.hash("two"))
            #expect(try await stores.ingestion.checksumsWithoutVector([one, two, one], profile: .small) == [one, two])
            try await stores.ingestion.saveVectors(lease, profile: .small, [(one, vector(0))])
            #expect(try await stores.ingestion.checksumsWithoutVector([one, two], profile: .small) == [two])
            #expect(try await stores.ingestion.checksumsWithoutVector([one], profile: .other) == [one])
            try await stores.ingestion.saveVectors(lease, profile: .small, [(one, vector(1)), (two, vector(2))])
            #expect(try await stores.number("select count(*) from portolan.embedding") == 2)
            let kept = try await stores.client.query(
                "select vector::text from portolan.embedding where checksum = \(one)"
            ).single().decode(0, as: String.self)
            #expect(kept == "[1,0,0,0]")
            // Counted with the vectors, so that a crash right after them loses none.
            #expect(try await stores.jobs.job(job.id, access: .all)?.counts.chunksEmbedded == 3)
        }
    }

    @Test func `A profile that many ask for at once is made once`() async throws {
        try await withStores { stores in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { _ = try await stores.ingestion.checksumsWithoutVector([[1]], profile: .small) }
                }
                try await group.waitForAll()
            }
            #expect(try await stores.number("select count(*) from portolan.embedding_profile") == 1)
        }
    }

    @Test func `A vector of another length is refused as a whole batch`() async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased()
            await #expect(throws: Fault.self) {
                try await stores.ingestion.saveVectors(
                    lease, profile: .small, [([1], vector(0)), ([2], vector(0, dimension: 5))])
            }
            #expect(try await stores.number("select count(*) from portolan.embedding") == 0)
        }
    }

    @Test func `Pages are stale that were cut otherwise or lack a vector`() async throws {
        try await withStores { stores in
            let documentation = try await stores.publish([.of("/a", "one"), .of("/b", chunking: "old", "two"), .of("/c", "three")])
            func stale(_ profile: EmbeddingProfile?) async throws -> Set<String> {
                try await stores.ingestion.stalePages(documentation, chunking: "test/1", profile: profile)
            }
            #expect(try await stale(nil) == ["/b"])
            #expect(try await stale(.small) == ["/a", "/b", "/c"])
            let (_, lease) = try await stores.leased()
            try await stores.ingestion.saveVectors(lease, profile: .small, [(SHA256.hash("one"), vector(0))])
            #expect(try await stale(.small) == ["/b", "/c"])
            #expect(try await stale(.other) == ["/a", "/b", "/c"])
        }
    }

    @Test func `Text with a NUL is refused in words`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            let error = await #expect(throws: Fault.self) {
                try await stores.ingestion.publish(lease, .of(job.documentation, [.of("/a", "a\0b")]), counts: JobCounts())
            }
            #expect(error?.category == .validation)
        }
    }
}
