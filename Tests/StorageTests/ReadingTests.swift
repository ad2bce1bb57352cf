import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `Reading` {
    @Test func `A deletion and a publication of the same documentation wait for each other, and both end`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            try await stores.walk(lease, to: .indexing)
            // As the guard of a publication does.
            let deletion = try await stores.client.withTransaction { connection in
                _ = try await connection.query("select from portolan.job where id = \(job.id.uuid) for no key update")
                let deletion = Task { try await stores.reading.delete(job.documentation, access: .all) }
                try await eventually { try await stores.isWaiting(for: "select from portolan.") }
                _ = try await connection.query(
                    "select from portolan.documentation where id = \(job.documentation.uuid) for no key update")
                return deletion
            }
            #expect(try await deletion.value)
            #expect(try await stores.number("select count(*) from portolan.documentation") == 0)
            #expect(try await stores.reading.delete(job.documentation, access: .all) == false)
        }
    }

    @Test func `A deletion goes on when its caller leaves`() async throws {
        try await withStores { stores in
            let job = try await stores.submit()
            try await stores.client.withTransaction { connection in
                _ = try await connection.query("select from portolan.job where id = \(job.id.uuid) for no key update")
                let deletion = Task { try await stores.reading.delete(job.documentation, access: .all) }
                try await eventually { try await stores.isWaiting(for: "select from portolan.") }
                deletion.cancel()
            }
            try await eventually { try await stores.number("select count(*) from portolan.documentation") == 0 }
        }
    }

    @Test func `Sections are listed in page order, below a path, a page at a time`() async throws {
        try await withStores { stores in
            let documentation = try await stores.publish([
                .of("/b", "b"), .of("/a#two", page: "/a", ordinal: 2, "2"), .of("/a#one", page: "/a", ordinal: 1, "1"), .of("/a", "0"),
            ])
            let all = try await stores.reading.sections(documentation, startPath: nil, limit: 10, offset: 0, access: .all)
            #expect(all.sections.map(\.path) == ["/a", "/a#one", "/a#two", "/b"] && all.total == 4)
            #expect(all.sections.allSatisfy { $0.content.isEmpty })
            let page = try await stores.reading.sections(documentation, startPath: "/a", limit: 2, offset: 1, access: .all)
            #expect(page.sections.map(\.path) == ["/a#one", "/a#two"] && page.total == 3)
            // Signs that patterns give a meaning are letters here.
            #expect(try await stores.reading.sections(documentation, startPath: "/%", limit: 2, offset: 0, access: .all).total == 0)
            let outline = try await stores.reading.outline(documentation, startPath: "", limit: 3, access: .all)
            #expect(outline.map(\.path) == ["/a", "/a#one", "/a#two"] && outline.map(\.parentPath) == [nil, "/a", "/a"])
            #expect(try await stores.reading.section(.make(), path: "/a", access: .all) == nil)
        }
    }

    @Test func `Tags are those of the section's page`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            let page = StoredPage(
                url: "u", title: "", etag: nil, lastModified: nil, textChecksum: [1], contentChecksum: [2], links: [],
                tags: ["linux", "set up"])
            let publication = Publication.of(
                job.documentation, [.of("/a", "0"), .of("/a#x", page: "/a", ordinal: 1, "1"), .of("/b", "b")], pages: ["/a": page])
            try await stores.walk(lease, to: .parsing)
            try await stores.ingestion.publish(lease, publication, counts: JobCounts())
            #expect(try await stores.reading.section(job.documentation, path: "/a#x", access: .all)?.tags == ["linux", "set up"])
            #expect(try await stores.reading.section(job.documentation, path: "/b", access: .all)?.tags == [])
            #expect(try await stores.ingestion.storedPages(job.documentation)["/a"]?.tags == ["linux", "set up"])
        }
    }

    @Test func `Documentations are listed by library, version and root inside a scope`() async throws {
        try await withStores { stores in
            try await stores.submit("b", "1.0")
            try await stores.submit("a", "2.0", root: "https://docs.example.com/z/")
            try await stores.submit("a", "2.0", root: "https://docs.example.com/y/")
            try await stores.submit("a", "1.0")
            func list(_ scope: SearchScope, limit: Int = 10, offset: Int = 0) async throws -> (names: [String], total: Int) {
                let page = try await stores.reading.documentations(scope: scope, limit: limit, offset: offset, access: .all)
                return (page.documentations.map { "\($0.library) \($0.version) \($0.rootURL.dropFirst(24))" }, page.total)
            }
            #expect(try await list(SearchScope()) == (["a 1.0 /", "a 2.0 /y/", "a 2.0 /z/", "b 1.0 /"], 4))
            #expect(try await list(SearchScope(), limit: 1, offset: 3) == (["b 1.0 /"], 4))
            #expect(try await list(SearchScope(library: "a", version: "latest")) == (["a 2.0 /y/", "a 2.0 /z/"], 2))
            #expect(try await list(SearchScope(version: "1.0")) == (["a 1.0 /", "b 1.0 /"], 2))
        }
    }

    @Test func `A source is listed once, with the settings of its latest job`() async throws {
        try await withStores { stores in
            try await stores.submit("b")
            let job = try await stores.submit("a", depth: 1)
            try await stores.submit("a", depth: 5)
            let page = try await PostgresSourceStore(stores.client).sources(limit: 1, offset: 0, access: .all)
            #expect(page.total == 2 && page.sources.map(\.library) == ["a"] && page.sources.map(\.settings.kind) == [.website])
            #expect(page.sources.map(\.documentation) == [job.documentation] && page.sources.map(\.settings.depth) == [5])
        }
    }

    @Test func `A deleted documentation takes all that is its own and nothing else`() async throws {
        try await withStores { stores in
            let gone = try await stores.publish([.of("/a", "one two")])
            let kept = try await stores.publish("other", [.of("/a", "one two")])
            #expect(try await stores.reading.delete(gone, access: .all))
            #expect(try await !stores.reading.delete(gone, access: .all))
            for table in ["section", "chunk", "job", "outbox", "source", "documentation"] {
                #expect(try await stores.number("select count(*) from portolan.\(identifier: table)") == 1, "\(table)")
            }
            #expect(try await stores.number("select count(*) from portolan.term_statistic") == 2)
            #expect(try await stores.reading.section(kept, path: "/a", access: .all) != nil)
        }
    }
}
