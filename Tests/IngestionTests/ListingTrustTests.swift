import Domain
import FoundationEssentials
import Postgres
import Primitives
import Testing

@testable import Ingestion

@Suite struct `Trusting the dates that a site lists` {
    private static let now = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01

    private static func page(_ listed: String?, asked: Double) -> StoredPage {
        StoredPage(
            url: "https://x/", title: "", etag: nil, lastModified: nil, textChecksum: [1], contentChecksum: [], links: [], listedAt: listed,
            askedAt: now.addingTimeInterval(asked))
    }

    @Test(
        arguments: [
            ("2025-12-20T10:00:00Z", -3600.0, 1, true), ("2025-12-20T10:00:00Z", -3600, 0, false), ("2025-12-20", -86_400, 1, true),
            // Asked on the day itself: it may have changed again.
            ("2025-12-31", -3600, 3, false), ("2025-12-31T22:30:00Z", -3600, 3, false), ("2025-12-31T21:00:00Z", -3600, 3, true),
            // Too long ago.
            ("2025-12-01", -8 * 86_400, 3, false), ("yesterday", -3600, 3, false), ("2027-01-01", -3600, 3, false),
        ] as [(String, Double, Int, Bool)])
    func `a date counts when it is trusted, over, and not too old`(listed: String, asked: Double, level: Int, counts: Bool) {
        let trust = ListingTrust(level: level, round: 1)
        // A path that this round does not ask all the same.
        let path = (0..<100).map { "/\($0)" }.first {
            ListingTrust(level: 1, round: 1).date(of: Self.page("2025-12-20", asked: -3600), path: $0, now: Self.now) != nil
        }
        #expect((trust.date(of: Self.page(listed, asked: asked), path: path ?? "", now: Self.now) != nil) == counts)
    }

    @Test func `every page is asked in one of sixteen rounds`() {
        let page = Self.page("2025-12-20", asked: -3600)
        for path in (0..<50).map({ "/page/\($0)" }) {
            let asked = (0..<16).filter { ListingTrust(level: 3, round: 1000 + $0).date(of: page, path: path, now: Self.now) == nil }
            #expect(asked.count == 1)
        }
    }

    @Test func `trust is won by pages that change with their date, and lost by one that does not`() {
        var trust = ListingTrust()
        trust = trust.after(.init())
        #expect(trust.level == 0 && trust.round == 1)
        trust = trust.after(.init(honest: 5))
        #expect(trust.level == 1)
        trust = trust.after(.init(honest: 100, broken: 1))
        #expect(trust.level == -3)
        for _ in 0..<3 { trust = trust.after(.init(honest: 1)) }
        #expect(trust.level == 0)
        for _ in 0..<9 { trust = trust.after(.init(honest: 1)) }
        #expect(trust.level == 3)
    }

    @Test(arguments: [
        ("2026", 1_767_225_600.0), ("2026-01", 1_767_225_600), ("2026-01-01", 1_767_225_600), ("2026-01-01T00:00Z", 1_767_225_600),
        ("2026-01-01T01:30:15.5+01:30", 1_767_225_615), ("2025-12-31T19:00:00-0500", 1_767_225_600), ("2024-02-29", 1_709_164_800),
    ])
    func `dates are read`(text: String, seconds: Double) {
        #expect(W3CDate(text)?.start == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "", "26-01-01", "2026-13-01", "2026-01-32", "2026-01-01T", "2026-01-01T25:00Z", "2026-01-01 00:00", "2026-01-01T00:00", "x",
        "2026-01-01Z", "1969-01-01",
    ])
    func `what is no date is none`(text: String) { #expect(W3CDate(text) == nil) }

    @Test func `pages are spared once the site has proved honest, and asked again once it has lied`() async throws {
        try await withWorld { world in
            let site = Site.short()
            let paths = site.state.withLock { Array($0.pages.keys) }
            func list(_ date: String, for paths: [String]) {
                site.state.withLock { state in for path in paths { state.dates[path] = date } }
            }
            func run() async throws -> Job {
                let job = try await world.ingest(site, embedder: nil)
                // A day and more later.
                _ = try await world.client.query("update portolan.page set fetched_at = fetched_at - interval '2 days'")
                return job
            }
            func spared(_ job: Job) async throws -> Int {
                try await world.number(
                    "select count(*) from portolan.crawl_outcome where job_id = \(job.id.uuid) and reason = 'listed_date'")
            }
            list("2020-01-01", for: paths)
            _ = try await run()
            // Nothing is proved by nothing happening.
            #expect(try await spared(try await run()) == 0)
            site.state.withLock { $0.pages["/a"] = Site.page("A", "Changed with its date.", etag: "\"2\"") }
            list("2020-02-02", for: ["/a"])
            let proof = try await run()
            #expect(try await spared(proof) == 0 && proof.counts.sectionsChanged == 1)

            let quiet = try await run()
            #expect(try await spared(quiet) >= 4)
            #expect(quiet.status == .completed && quiet.counts.sectionsDeleted == 0 && quiet.counts.sectionsUnchanged == 6)

            // All pages change under their dates: those that are asked all the same tell.
            site.state.withLock { state in
                for path in paths { state.pages[path] = Site.page("New", "Changed under its date.", etag: "\"9\"") }
            }
            _ = try await world.client.query("update portolan.documentation set listing_trust = -3")
            let lied = try await run()
            #expect(lied.counts.sectionsChanged == 6)
            #expect(try await world.number("select listing_trust::int8 from portolan.documentation") == -3)
            #expect(try await spared(try await run()) == 0)
        }
    }

    @Test func `a page that changes under its date takes the trust away`() async throws {
        try await withWorld { world in
            let site = Site.short()
            let paths = site.state.withLock { Array($0.pages.keys) }
            site.state.withLock { state in for path in paths { state.dates[path] = "2020-01-01" } }
            try await world.ingest(site, embedder: nil)
            _ = try await world.client.query("update portolan.page set fetched_at = now() - interval '8 days'")
            _ = try await world.client.query("update portolan.documentation set listing_trust = 3")
            site.state.withLock { $0.pages["/a"] = Site.page("A", "Changed under its date.", etag: "\"2\"") }
            // Too long ago to be spared.
            let job = try await world.ingest(site, embedder: nil)
            #expect(job.counts.sectionsChanged == 1)
            #expect(try await world.number("select listing_trust::int8 from portolan.documentation") == -3)
        }
    }
}
