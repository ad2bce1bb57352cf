import Domain
import Logging
import Policy
import Postgres
import Primitives
import Storage
import Testing

@Suite struct CommitGateTests {
    @Test func `each commit passes the database gate, and a publication the boundary gate too`() async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let client = try await gated(stores, gates)
            defer { client.close() }
            let store = PostgresIngestionStore(client, gates: gates)
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

    /// The stores that are not asked for a registry commit behind the gate as well, since their client does.
    @Test func `submitting and stopping a job, and a webhook, pass the database gate`() async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let client = try await gated(stores, gates)
            defer { client.close() }
            let jobs = PostgresJobStore(client)
            let settings = try IngestionSettings(rootURL: "https://docs.example.com/")
            let job = try await jobs.submit(
                JobSubmission(library: "swift", version: "1.0", settings: settings, correlationID: "test"), access: .all
            ).job
            #expect(gates.snapshot[.database]?.passes == 1)
            _ = try await jobs.requestStop(job.id, access: .all)
            #expect(gates.snapshot[.database]?.passes == 2)
            _ = try await PostgresSourceSyncStore(client).receive(kind: .website, delivery: "1", event: "push", subject: nil)
            #expect(gates.snapshot[.database]?.passes == 3)
            // What only reads commits nothing.
            _ = try await client.withTransaction(isReadOnly: true) { try await $0.query("select 1") }
            #expect(gates.snapshot[.database]?.invocations == 3)
        }
    }

    @Test func `a commit that is not admitted leaves no row, and the client goes on`() async throws {
        try await withStores { stores in
            var configuration = stores.client.configuration
            let isShut = Locked(true)
            configuration.admitsCommit = { if isShut.withLock({ $0 }) { throw Fault(.internal, code: "E_DB_TX", "Not now.") } }
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            let jobs = PostgresJobStore(client)
            let submission = JobSubmission(
                library: "swift", version: "1.0", settings: try IngestionSettings(rootURL: "https://docs.example.com/"),
                correlationID: "test")
            let fault = await #expect(throws: Fault.self) { try await jobs.submit(submission, access: .all) }
            #expect(fault?.code == "E_DB_TX")
            for table in ["job", "outbox", "documentation", "source", "library"] {
                #expect(try await stores.number("select count(*) from portolan.\(identifier: table)") == 0, "\(table)")
            }
            isShut.withLock { $0 = false }
            let job = try await jobs.submit(submission, access: .all).job
            #expect(try await stores.number("select count(*) from portolan.job where id = \(job.id.uuid)") == 1)
        }
    }

    /// A client on the stores' database that counts in `gates`.
    private func gated(_ stores: Stores, _ gates: GateRegistry) async throws -> PostgresClient {
        try PostgresClient(configuration: stores.client.configuration.gated(by: gates), logger: Logger(label: "test"))
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
