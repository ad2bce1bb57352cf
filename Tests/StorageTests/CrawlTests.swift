import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The checkpoint of a crawl` {
    private static func url(_ path: String) throws -> SiteURL { try SiteURL("https://docs.example.com\(path)") }

    @Test func `Every kind of outcome comes back as it was recorded, in order`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            var records: [CrawlRecord] = []
            for (number, reason) in PageOutcome.Reason.allCases.enumerated() {
                let kind = PageOutcome.Kind.allCases[number % PageOutcome.Kind.allCases.count]
                let outcome = PageOutcome(
                    url: try Self.url("/\(number)?q=ä"), finalURL: number % 2 == 0 ? nil : try Self.url("/final/\(number)"), kind: kind,
                    reason: reason, status: number % 3 == 0 ? nil : 200 + number, detail: number % 4 == 0 ? nil : "detail \(number)",
                    depth: number, links: number % 2 == 0 ? [] : ["https://docs.example.com/x", "https://docs.example.com/y#public"],
                    isTransient: number % 2 == 1)
                let isFetched = kind == .fetched
                records.append(
                    CrawlRecord(
                        outcome: outcome, path: isFetched ? "/\(number)" : nil, title: isFetched ? "Title" : nil,
                        content: isFetched && number > 0 ? [0, 1, 255] : nil, textChecksum: isFetched ? [9, 9] : nil,
                        contentChecksum: isFetched ? [8] : nil,
                        etag: isFetched ? "\"e\"" : nil, lastModified: isFetched ? "Mon" : nil,
                        tags: isFetched ? ["a", "b c"] : []))
            }
            try await stores.ingestion.record(lease, Array(records.prefix(5)))
            try await stores.ingestion.record(lease, records)
            let back = try await stores.ingestion.crawlRecords(lease)
            #expect(back.map(\.outcome) == records.map(\.outcome))
            #expect(back.map(\.isStaged) == records.map(\.isStaged))
            #expect(back.map(\.path) == records.map(\.path) && back.map(\.title) == records.map(\.title))
            #expect(back.map(\.textChecksum) == records.map(\.textChecksum) && back.map(\.etag) == records.map(\.etag))
            #expect(back.map(\.tags) == records.map(\.tags))
            #expect(back.map(\.contentChecksum) == records.map(\.contentChecksum))
            #expect(back.map(\.lastModified) == records.map(\.lastModified) && back.allSatisfy { $0.content == nil })

            let page = try await stores.jobs.outcomes(job.id, outcome: "fetched", limit: 2, offset: 1, access: .all)
            let fetched = records.filter { $0.outcome.kind == .fetched }
            #expect(page.total == fetched.count && page.records.map(\.outcome) == Array(fetched.map(\.outcome)[1..<3]))
            #expect(try await stores.jobs.outcomes(job.id, outcome: nil, limit: 100, offset: 0, access: .all).total == records.count)
        }
    }

    @Test func `What failed for a while gives way to what a later attempt read, and nothing else does`() async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased()
            let url = try Self.url("/a")
            let failed = CrawlRecord(outcome: PageOutcome(url: url, kind: .failed, reason: .timeout, depth: 0, isTransient: true))
            let read = CrawlRecord(
                outcome: PageOutcome(url: url, kind: .fetched, depth: 0), path: "/a", content: [1], textChecksum: [1])
            try await stores.ingestion.record(lease, [failed, read])
            #expect(try await stores.ingestion.crawlRecords(lease).map(\.outcome.kind) == [.failed], "The first of a batch counts.")
            try await stores.ingestion.record(lease, [read])
            #expect(try await stores.ingestion.crawlRecords(lease).map(\.outcome) == [read.outcome])
            #expect(try await stores.ingestion.stagedContents(lease, paths: ["/a"]).map(\.content) == [[1]])
            try await stores.ingestion.record(lease, [failed])
            #expect(try await stores.ingestion.crawlRecords(lease).map(\.outcome) == [read.outcome])
        }
    }

    @Test func `Staged contents come in the order asked, one for each page`() async throws {
        try await withStores { stores in
            let (_, lease) = try await stores.leased()
            func staged(_ address: String, _ path: String, _ byte: UInt8?) throws -> CrawlRecord {
                CrawlRecord(
                    outcome: PageOutcome(url: try Self.url(address), kind: .fetched, depth: 0), path: path, content: byte.map { [$0] },
                    textChecksum: [1])
            }
            try await stores.ingestion.record(
                lease, [staged("/a", "/a", 1), staged("/b", "/b", 2), staged("/c", "/c", nil), staged("/a?again", "/a", 3)])
            let contents = try await stores.ingestion.stagedContents(lease, paths: ["/b", "/c", "/none", "/a"])
            #expect(contents.map(\.path) == ["/b", "/a"])
            #expect(contents.map(\.content) == [[2], [1]])
        }
    }

    @Test func `What is staged goes with the end of the job, the outcomes stay`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            let outcome = PageOutcome(url: try Self.url("/a"), kind: .fetched, depth: 0, links: ["https://docs.example.com/b"])
            try await stores.ingestion.record(lease, [CrawlRecord(outcome: outcome, path: "/a", content: [1], textChecksum: [1])])
            #expect(try await stores.ingestion.crawlWasComplete(lease) == nil)
            try await stores.ingestion.finishCrawl(lease, complete: true)
            #expect(try await stores.ingestion.crawlWasComplete(lease) == true)
            try await stores.walk(lease, to: .indexing)
            try await stores.ingestion.complete(lease, nil, counts: JobCounts(), stageSeconds: [:])
            #expect(
                try await stores.jobs.outcomes(job.id, outcome: nil, limit: 9, offset: 0, access: .all).records.map(\.isStaged) == [false])
        }
    }
}
