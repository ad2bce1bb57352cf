import Digests
import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `Searching` {
    private func pages(
        _ stores: Stores, _ terms: [Int32], scope: SearchScope = SearchScope(), limit: Int = 50
    ) async throws -> [String] {
        try await stores.search.candidates(terms: terms, vector: nil, profile: nil, scope: scope, limit: limit).lexical.map(\.page)
    }

    @Test func `A text with more of the query comes first, and a rare word counts more than a common one`() async throws {
        try await withStores { stores in
            try await stores.publish(
                [.of("/both", "common rare"), .of("/rare", "rare other"), .of("/common", "common thing")]
                    + (0..<20).map { .of("/filler\($0)", "common filler\($0)") })
            let found = try await stores.search.candidates(
                terms: terms("common", "rare"), vector: nil, profile: nil, scope: SearchScope(), limit: 50)
            #expect(found.lexical.prefix(2).map(\.page) == ["/both", "/rare"])
            #expect(zip(found.lexical, found.lexical.dropFirst()).allSatisfy { $0.score >= $1.score })
            #expect(found.lexical.allSatisfy { $0.score > 0 } && found.vector.isEmpty)
            #expect(try await pages(stores, terms("common")).count == 22)
            #expect(try await pages(stores, terms("common"), limit: 5).count == 5)
            #expect(try await pages(stores, terms("unheard")) == [])
            #expect(try await pages(stores, []) == [])
        }
    }

    @Test func `The total counts sections, not chunks and not the page`() async throws {
        try await withStores { stores in
            try await stores.publish((0..<30).map { .of("/\($0)", "word one", "word two") })
            let found = try await stores.search.candidates(
                terms: terms("word"), vector: nil, profile: nil, scope: SearchScope(), limit: 10)
            #expect(found.lexical.count == 10 && found.total == 30)
        }
    }

    @Test func `A scope lets through what is its own, also when another library has the same text`() async throws {
        try await withStores { stores in
            let ids = [
                try await stores.publish("a", version: "1.0", [.of("/a1", "shared text")]),
                try await stores.publish("a", version: "2.0", [.of("/a2", "shared text")]),
                try await stores.publish("b", version: "1.0", [.of("/b1", "shared text")]),
            ]
            let (_, lease) = try await stores.leased("c")
            try await stores.ingestion.saveVectors(lease, profile: .small, [(SHA256.hash("shared text"), vector(0))])
            let cases: [(SearchScope, Set<String>)] = [
                (SearchScope(), ["/a1", "/a2", "/b1"]), (SearchScope(library: "a"), ["/a1", "/a2"]),
                (SearchScope(library: "a", version: "1.0"), ["/a1"]), (SearchScope(library: "a", version: "latest"), ["/a2"]),
                (SearchScope(version: "1.0"), ["/a1", "/b1"]), (SearchScope(version: "latest"), ["/a2", "/b1"]),
                (SearchScope(documentation: ids[2]), ["/b1"]), (SearchScope(documentation: ids[2], library: "a"), []),
                (SearchScope(library: "none"), []),
            ]
            for (scope, expected) in cases {
                let found = try await stores.search.candidates(
                    terms: terms("shared"), vector: vector(0), profile: .small, scope: scope, limit: 10)
                #expect(Set(found.lexical.map(\.page)) == expected, "\(scope)")
                #expect(Set(found.vector.map(\.page)) == expected, "\(scope)")
            }
        }
    }

    @Test func `Frequencies are those of the scope`() async throws {
        try await withStores { stores in
            // "x" is rare in a and common in b.
            try await stores.publish("a", [.of("/x", "x"), .of("/y", "y")] + (0..<9).map { .of("/a\($0)", "y a\($0)") })
            try await stores.publish("b", [.of("/bx", "x"), .of("/by", "y")] + (0..<9).map { .of("/b\($0)", "x b\($0)") })
            let a = try await stores.search.candidates(
                terms: terms("x", "y"), vector: nil, profile: nil, scope: SearchScope(library: "a"), limit: 30)
            let b = try await stores.search.candidates(
                terms: terms("x", "y"), vector: nil, profile: nil, scope: SearchScope(library: "b"), limit: 30)
            #expect(a.lexical.first?.page == "/x")
            #expect(b.lexical.first?.page == "/by")
        }
    }

    @Test func `Vectors are ranked by their angle`() async throws {
        try await withStores { stores in
            try await stores.publish((0..<3).map { .of("/\($0)", "text\($0)") }, profile: .small)
            let (_, lease) = try await stores.leased("lease")
            let leans: [Float] = [0.5, 0, 0.2]
            try await stores.ingestion.saveVectors(
                lease, profile: .small, leans.enumerated().map { (SHA256.hash("text\($0.offset)"), vector(0, lean: $0.element)) })
            let found = try await stores.search.candidates(
                terms: [], vector: vector(0), profile: .small, scope: SearchScope(), limit: 10)
            #expect(found.vector.map(\.page) == ["/1", "/2", "/0"])
            #expect(abs(try #require(found.vector.first).score - 1) < 0.001 && found.total == 3)
        }
    }

    @Test func `A narrow scope gets its vectors although all that is nearer lies outside`() async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased("lease")
            let crowd = (0..<2_000).map { Publication.ChangedSection.of("/near\($0)", "near \($0)") }
            try await stores.publish("crowd", crowd, profile: .small)
            let few = (0..<60).map { Publication.ChangedSection.of("/far\($0)", "far \($0)") }
            try await stores.publish("few", few, profile: .small)
            try await stores.ingestion.saveVectors(
                lease, profile: .small,
                crowd.enumerated().map { (SHA256.hash("near \($0.offset)"), vector(0, lean: Float($0.offset) / 10_000)) })
            try await stores.ingestion.saveVectors(
                lease, profile: .small,
                few.enumerated().map { (SHA256.hash("far \($0.offset)"), vector(1, lean: Float($0.offset) / 1_000)) })
            _ = try await stores.client.query("analyze portolan.chunk")
            let found = try await stores.search.candidates(
                terms: [], vector: vector(0), profile: .small, scope: SearchScope(library: "few"), limit: 50)
            #expect(found.vector.count == 50)
            #expect(found.vector.allSatisfy { $0.page.hasPrefix("/far") })
        }
    }

    @Test func `The index fills the leg and finds what a full comparison finds`() async throws {
        try await withStores { stores in
            var seed: UInt64 = 7
            func random() -> [Float] {
                let numbers = (0..<4).map { _ in
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Float(seed >> 40) / Float(1 << 24) - 0.5
                }
                let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return numbers.map { $0 / norm }
            }
            let (_, lease) = try await stores.leased("lease")
            for (library, count) in [("many", 2_000), ("some", 300)] {
                let sections = (0..<count).map { Publication.ChangedSection.of("/\(library)\($0)", "\(library) \($0)") }
                try await stores.publish(library, sections, profile: .small)
                try await stores.ingestion.saveVectors(
                    lease, profile: .small, (0..<count).map { (SHA256.hash("\(library) \($0)"), random()) })
            }
            _ = try await stores.client.query("analyze")
            let indexed = PostgresSearchStore(stores.client, exactScope: 0)
            let comparing = PostgresSearchStore(stores.client, indexCost: .infinity)
            for scope in [SearchScope(), SearchScope(library: "some")] {
                let query = random()
                let near = try await indexed.candidates(terms: [], vector: query, profile: .small, scope: scope, limit: 200)
                let exact = try await comparing.candidates(terms: [], vector: query, profile: .small, scope: scope, limit: 200)
                #expect(near.vector.count == 200 && exact.vector.count == 200)
                let shared = Set(near.vector.map(\.chunk)).intersection(exact.vector.map(\.chunk)).count
                #expect(shared >= 180, "\(shared) of 200")
            }
        }
    }

    @Test func `The index and not a scan of the table answers`() async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased("lease")
            try await stores.ingestion.saveVectors(
                lease, profile: .small, (0..<3_000).map { ([UInt8($0 / 256), UInt8($0 % 256)], vector(0, lean: Float($0) / 4_000)) })
            _ = try await stores.client.query("analyze portolan.embedding")
            let plan = try await stores.client.query(
                """
                explain select checksum from portolan.embedding_p1
                order by vector::halfvec(4) <=> '[1,0,0,0]'::halfvec(4) limit 10
                """
            ).decodeColumn(as: String.self)
            #expect(plan.contains { $0.contains("embedding_p1_hnsw") }, "\(plan)")
        }
    }

    @Test func `Without vectors of the profile the words alone answer`() async throws {
        try await withStores { stores in
            try await stores.publish([.of("/a", "word")])
            // Never stored.
            let unknown = try await stores.search.candidates(
                terms: terms("word"), vector: vector(0), profile: .small, scope: SearchScope(), limit: 10)
            #expect(unknown.lexical.map(\.page) == ["/a"] && unknown.vector.isEmpty)
            let (_, lease) = try await stores.leased()
            try await stores.ingestion.saveVectors(lease, profile: .small, [(SHA256.hash("word"), vector(0))])
            let known = try await stores.search.candidates(
                terms: terms("word"), vector: vector(0), profile: .small, scope: SearchScope(), limit: 10)
            #expect(known.vector.map(\.page) == ["/a"])
            // Another model, whose vectors are not there yet: those of the first must not be compared with it.
            let changed = try await stores.search.candidates(
                terms: terms("word"), vector: vector(0), profile: .other, scope: SearchScope(), limit: 10)
            #expect(changed.lexical.map(\.page) == ["/a"] && changed.vector.isEmpty)
        }
    }

    @Test func `A heading without text shows how the first section below it begins`() async throws {
        try await withStores { stores in
            try await stores.publish([
                .of("/guide", ""), .of("/guide#install", page: "/guide", ordinal: 1, ""),
                .of("/guide#unix", page: "/guide", ordinal: 2, "Use apt.", "Or build it."),
                .of("/guide#last", page: "/guide", ordinal: 3, ""), .of("/other", "Something else."),
            ])
            _ = try await stores.client.query("update portolan.section set level = 3 where path = '/guide#unix'")
            let rows = try await stores.client.query(
                "select min(c.id) as n from portolan.chunk c join portolan.section s on s.id = c.section_id group by s.path order by s.path"
            )
            let chunks = try rows.map { try $0.decode("n", as: Int64.self) }
            let passages = try await stores.search.passages(chunks, access: .all)
            let texts = Dictionary(uniqueKeysWithValues: passages.map { ($0.section.path, $0.text) })
            // The section behind the last one is of another page, and what is on the same level is not below.
            let below = "Title of /guide#unix\n\nUse apt."
            #expect(
                texts == [
                    "/guide": below, "/guide#install": below, "/guide#unix": "Use apt.", "/guide#last": "", "/other": "Something else.",
                ])
        }
    }

    @Test func `Passages come in the order asked, with the anchor of their heading`() async throws {
        try await withStores { stores in
            try await stores.publish([.of("/a", "first", "second"), .of("/b", "third")])
            let chunks = try await stores.client.query("select id from portolan.chunk order by text desc").decodeColumn(as: Int64.self)
            let passages = try await stores.search.passages([chunks[1], 999_999] + chunks, access: .all)
            #expect(passages.map(\.text) == ["second", "third", "second", "first"])
            #expect(passages[0].url == "https://docs.example.com/a#part-1" && passages[0].section.path == "/a")
            #expect(passages[0].section.title == "Title of /a" && passages[0].headingPath == ["Guide"])
            #expect(try await stores.search.passages([], access: .all).isEmpty)
        }
    }

    @Test func `A scope that does not exist says what there is`() async throws {
        try await withStores { stores in
            let job = try await stores.submit("lib", "1.10")
            try await stores.submit("lib", "1.9")
            let search = stores.search
            #expect(try await search.resolve(SearchScope(), access: .all) == .found)
            #expect(try await search.resolve(SearchScope(documentation: job.documentation), access: .all) == .found)
            #expect(try await search.resolve(SearchScope(documentation: .make()), access: .all) == .unknownDocumentation)
            #expect(try await search.resolve(SearchScope(library: "none"), access: .all) == .unknownLibrary(["lib"]))
            #expect(try await search.resolve(SearchScope(version: "1.9"), access: .all) == .found)
            #expect(try await search.resolve(SearchScope(version: "2.0"), access: .all) == .unknownVersion(["1.9", "1.10"]))
            #expect(try await search.resolve(SearchScope(library: "lib", version: "latest"), access: .all) == .found)
            #expect(
                try await search.resolve(SearchScope(library: "lib", version: "2.0"), access: .all) == .unknownVersion(["1.9", "1.10"]))
        }
    }

    @Test func `The cursor key is one for all`() async throws {
        try await withStores { stores in
            let key = try await stores.search.cursorKey()
            #expect(key.count == 32)
            try await MigrationRunner(client: stores.client, migrations: Schema.migrations).run()
            #expect(try await PostgresSearchStore(stores.client).cursorKey() == key)
        }
    }
}
