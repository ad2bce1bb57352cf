import Domain
import JobQueue
import Postgres
import Primitives
import Testing

@testable import Ingestion

@Suite struct `Keeping pages as they were read` {
    @Test func `off keeps none, on keeps the last body of each page that was read`() async throws {
        try await withWorld { world in
            let site = Site.short()
            try await world.ingest(site, embedder: nil)
            #expect(try await Self.count(world) == 0)

            // Nothing has changed, so nothing is read.
            try await world.ingest(site, embedder: nil, storesRawPages: true)
            #expect(try await Self.count(world) == 0)

            site.state.withLock { $0.pages["/a"] = Site.page("A", "Another text.", etag: "\"2\"") }
            let job = try await world.ingest(site, embedder: nil, storesRawPages: true)
            #expect(try await Self.count(world) == 1)
            let row = try await world.client.query("select url, content_type, charset, body from portolan.raw_page").single()
            #expect(try row.decode("url", as: String.self) == Site.root + "a")
            #expect(try row.decode("content_type", as: String.self) == "html")
            #expect(try row.decode("charset", as: String?.self) == "utf-8")
            #expect(try row.decode("body", as: [UInt8].self) == Array(Site.page("A", "Another text.").html.utf8))

            // The last body, also of pages that have none yet, and off again leaves what is there to its time.
            let whole = try await world.ingest(.short(), embedder: nil, library: "other", storesRawPages: true)
            #expect(try await Self.count(world, whole.documentation) == 6)
            site.state.withLock { $0.pages["/a"] = Site.page("A", "A third text.", etag: "\"3\"") }
            try await world.ingest(site, embedder: nil)
            #expect(try await Self.count(world, job.documentation) == 1)
        }
    }

    @Test func `a page that is deleted takes its body with it, and time takes the others`() async throws {
        try await withWorld { world in
            let site = Site.short()
            try await world.ingest(site, embedder: nil, storesRawPages: true)
            site.state.withLock { $0.pages["/b"] = nil }
            try await world.ingest(site, embedder: nil, storesRawPages: true)
            #expect(try await Self.count(world) == 5)

            let retention = Retention(world.client, rawPages: .seconds(3 * 86_400))
            try await retention.apply()
            #expect(try await Self.count(world) == 5)
            _ = try await world.client.query(
                "update portolan.raw_page set fetched_at = now() - interval '73 hours' where path in ('/a', '/c')")
            _ = try await world.client.query("update portolan.raw_page set fetched_at = now() - interval '71 hours' where path = '/d'")
            try await retention.apply()
            #expect(try await Self.count(world) == 3)
            #expect(try await world.number("select count(*) from portolan.page") == 5)
        }
    }

    private static func count(_ world: World, _ documentation: DocumentationID? = nil) async throws -> Int {
        try await world.number(
            """
            select count(*) from portolan.raw_page
            where \(documentation?.uuid)::uuid is null or documentation_id = \(documentation?.uuid)
            """)
    }
}
