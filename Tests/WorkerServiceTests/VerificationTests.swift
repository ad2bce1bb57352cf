import Domain
import Ingestion
import Postgres
import Storage
import Telemetry
import Testing
import WorkerService

@Suite struct `Verifications that are owed` {
    /// As a worker has it; its searches find nothing but the words that a question is made of.
    private static func service(_ bench: `The nightly reconciliation`.Bench) -> VerificationService {
        let verifications = PostgresVerificationStore(bench.client)
        let verifier = JobVerifier(store: verifications) { _, _, _ in ([], "keyword_fallback") }
        return VerificationService(
            verifier: verifier, verifications: verifications, jobs: PostgresJobStore(bench.client), metrics: bench.metrics,
            logger: bench.logger)
    }

    @Test func `a worker pays what another one left behind, once`() async throws {
        try await `The nightly reconciliation`.bench { bench in
            let store = PostgresVerificationStore(bench.client)
            // The pipeline completes the job, and the process dies before it verifies.
            try await bench.ingest()
            #expect(try await Self.service(bench).round() == 0)
            _ = try await bench.client.query("update portolan.verification_owed set next_attempt_at = now()")
            async let first = Self.service(bench).round()
            async let second = Self.service(bench).round()
            #expect(try await first + second == 1)
            let jobs = try await PostgresJobStore(bench.client).jobs(status: nil, documentation: nil, limit: 1, offset: 0, access: .all)
                .jobs
            let job = try #require(jobs.first)
            #expect(try await store.report(job.id, access: .all)?.counts.sections ?? 0 > 0)
            #expect(job.isReadyForQueries != nil)
            #expect(try await store.owed() == 0)
            // Nothing is found by its own words.
            #expect(bench.metrics.ingestion.problems.value("samples") == 1 && bench.metrics.ingestion.problems.value("chunks") == 0)
            #expect(try await Self.service(bench).round() == 0)
        }
    }

    @Test func `what cannot be stored stays owed, and comes again later`() async throws {
        try await `The nightly reconciliation`.bench { bench in
            try await bench.ingest()
            _ = try await bench.client.query("update portolan.verification_owed set next_attempt_at = now()")
            _ = try await bench.client.query("alter table portolan.verification add constraint closed check (false)")
            #expect(try await Self.service(bench).round() == 1)
            #expect(try await PostgresVerificationStore(bench.client).owed() == 1)
            let later = try await bench.number(
                "select count(*) from portolan.verification_owed where attempts = 1 and next_attempt_at > now() + interval '30 seconds'")
            #expect(later == 1)
            let page = await bench.metrics.registry.exposition(.prometheusText)
            #expect(page.contains("portolan_verifications_total{verdict=\"failed\"} 1"))
            #expect(page.contains("portolan_verification_problems_total{problem=\"failed\"} 1"))
        }
    }
}
