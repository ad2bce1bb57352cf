import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The schema` {
    @Test func `An empty database gets it once, however often and however many ask`() async throws {
        try await withClient { client in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await MigrationRunner(client: client, migrations: Schema.migrations).run() }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            // Each migration is locked by itself, so those who ask may share the work, and end in any order.
            #expect(applied.sorted() == Schema.migrations.map(\.name).sorted())
            #expect(try await MigrationRunner(client: client, migrations: Schema.migrations).run() == [])
        }
    }

    @Test(arguments: JobStatus.allCases)
    func `The trigger lets a job go forward only, one stage at a time`(_ from: JobStatus) async throws {
        try await withStores { stores in
            for to in JobStatus.allCases {
                let job = try await stores.submit(root: "https://docs.example.com/\(from)/\(to)/")
                _ = try await stores.client.query("alter table portolan.job disable trigger job_forward_only")
                _ = try await stores.client.query("update portolan.job set status = \(from.rawValue) where id = \(job.id.uuid)")
                _ = try await stores.client.query("alter table portolan.job enable trigger job_forward_only")
                let isAllowed = from == to || from.mayBecome(to)
                do {
                    _ = try await stores.client.query("update portolan.job set status = \(to.rawValue) where id = \(job.id.uuid)")
                    #expect(isAllowed, "\(from) to \(to)")
                } catch let error as PostgresError {
                    #expect(!isAllowed, "\(from) to \(to): \(error)")
                }
                #expect(try await stores.jobs.job(job.id, access: .all)?.status == (isAllowed ? to : from))
            }
        }
    }

    @Test(arguments: JobStatus.allCases)
    func `The store moves a job to its next stage and nowhere else`(_ from: JobStatus) async throws {
        try await withStores { stores in
            for to in JobStatus.allCases {
                let (job, lease) = try await stores.leased(root: "https://docs.example.com/\(from)/\(to)/")
                _ = try await stores.client.query("alter table portolan.job disable trigger job_forward_only")
                _ = try await stores.client.query("update portolan.job set status = \(from.rawValue) where id = \(job.id.uuid)")
                _ = try await stores.client.query("alter table portolan.job enable trigger job_forward_only")
                do {
                    try await stores.ingestion.advance(lease, to: to)
                    #expect(!from.isFinal && (from == to || from.mayBecome(to)), "\(from) to \(to)")
                    #expect(try await stores.jobs.job(job.id, access: .all)?.status == to)
                } catch {
                    #expect(from.isFinal ? error as? LeaseLoss == .finished(from) : (error as? Fault)?.code == "E_JOB_STATE")
                    #expect(!from.mayBecome(to))
                    #expect(try await stores.jobs.job(job.id, access: .all)?.status == from)
                }
            }
        }
    }

    @Test func `Progress never falls`() async throws {
        try await withStores { stores in
            let (job, lease) = try await stores.leased()
            try await stores.walk(lease, to: .crawling)
            for percent in [30, 12, 31, 0] {
                try await stores.ingestion.report(lease, percent: percent, counts: JobCounts(), stageSeconds: [:])
            }
            #expect(try await stores.jobs.job(job.id, access: .all)?.progressPercent == 31)
            _ = try await stores.client.query("update portolan.job set progress_percent = 3")
            #expect(try await stores.jobs.job(job.id, access: .all)?.progressPercent == 31)
        }
    }
}
