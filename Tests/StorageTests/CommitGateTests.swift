import Domain
import Policy
import Postgres
import Storage
import Testing

@Suite struct CommitGateTests {
    @Test func `each commit passes the database gate, and a publication the boundary gate too`() async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let store = PostgresIngestionStore(stores.client, gates: gates)
            let (job, lease) = try await stores.leased()
            for stage in [JobStatus.crawling, .parsing, .embedding, .indexing] { try await store.advance(lease, to: stage) }
            #expect(gates.snapshot[.database]?.passes == 4)
            #expect(gates.snapshot[.databaseBoundary]?.invocations == 0)
            try await store.complete(lease, .of(job.documentation, [.of("/a", "one")]), counts: JobCounts(), stageSeconds: [:])
            #expect(gates.snapshot[.database]?.passes == 5)
            #expect(gates.snapshot[.databaseBoundary]?.passes == 1)
            #expect(try await stores.number("select count(*) from portolan.section") == 1)
        }
    }

    @Test(arguments: [JobStatus.pending, .crawling])
    func `nothing is published before the crawl has succeeded`(status: JobStatus) async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let store = PostgresIngestionStore(stores.client, gates: gates)
            let (job, lease) = try await stores.leased()
            if status == .crawling { try await store.advance(lease, to: .crawling) }
            let fault = await #expect(throws: Fault.self) {
                try await store.publish(lease, .of(job.documentation, [.of("/a", "one")]), counts: JobCounts())
            }
            #expect(fault?.code == "E_DB_TX")
            #expect(gates.snapshot[.databaseBoundary]?.rejections == [.transaction: 1])
            for table in ["section", "chunk", "page", "term_statistic"] {
                #expect(try await stores.number("select count(*) from portolan.\(identifier: table)") == 0)
            }
        }
    }
}
