import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The guard of a lease` {
    /// Every write of the pipeline.
    enum Write: String, CaseIterable, Sendable {
        case advance, report, record, finishCrawl, saveVectors, publish, complete

        func perform(_ lease: JobLease, _ documentation: DocumentationID, _ store: PostgresIngestionStore) async throws {
            let publication = Publication.of(documentation, [.of("/late", "late text")])
            switch self {
            case .advance: try await store.advance(lease, to: .crawling)
            case .report: try await store.report(lease, percent: 77, counts: JobCounts(), stageSeconds: [:])
            case .record:
                let outcome = PageOutcome(url: try SiteURL("https://docs.example.com/late"), kind: .fetched, depth: 0)
                try await store.record(lease, [CrawlRecord(outcome: outcome)])
            case .finishCrawl: try await store.finishCrawl(lease, complete: true)
            case .saveVectors: try await store.saveVectors(lease, profile: .small, [(checksum: [1], vector: vector(0))])
            case .publish: try await store.publish(lease, publication, counts: JobCounts())
            case .complete: try await store.complete(lease, publication, counts: JobCounts(), stageSeconds: [:])
            }
        }
    }

    @Test(arguments: Write.allCases)
    func `A write without the lease leaves nothing`(_ write: Write) async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            let fingerprint: SQL = """
                select md5(string_agg(t::text, '|')) from (
                  select row(j.*)::text from portolan.job j union all select row(c.*)::text from portolan.crawl_outcome c
                  union all select row(s.*)::text from portolan.section s union all select row(e.*)::text from portolan.embedding e
                  union all select row(d.*)::text from portolan.documentation d) x (t)
                """
            func refuses(_ lease: JobLease, with loss: LeaseLoss) async throws {
                let before = try await stores.client.query(fingerprint).single().decode(0, as: String.self)
                await #expect(throws: loss) { try await write.perform(lease, job.documentation, stores.ingestion) }
                let after = try await stores.client.query(fingerprint).single().decode(0, as: String.self)
                #expect(before == after)
            }
            try await refuses(JobLease(job: job.id, fence: lease.fence - 1, holder: lease.holder), with: .fenced)
            try await refuses(JobLease(job: job.id, fence: lease.fence, holder: "impostor"), with: .fenced)
            try await refuses(JobLease(job: .make(), fence: lease.fence, holder: lease.holder), with: .fenced)
            _ = try await stores.jobs.requestStop(job.id, access: .all)
            try await refuses(lease, with: .stopRequested)
            _ = try await stores.client.query("update portolan.job set status = 'STOPPED'")
            try await refuses(lease, with: .finished(.stopped))
        }
    }
}
