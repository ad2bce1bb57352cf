import Domain
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `Jobs` {
    @Test func `A submission writes library, version, documentation, source, job and outbox row`() async throws {
        try await withStores { stores in
            let job = try await stores.submit("swift", "6.3")
            #expect(job.status == .pending && job.progressPercent == 0 && job.attempt == 0 && !job.stopRequested)
            #expect(job.library == "swift" && job.version == "6.3" && job.settings.rootURL == "https://docs.example.com/")
            for table in ["library", "library_version", "documentation", "source", "job", "outbox"] {
                #expect(try await stores.number("select count(*) from portolan.\(identifier: table)") == 1, "\(table)")
            }
            #expect(try await stores.jobs.job(job.id, access: .all)?.correlationID == "test")
            #expect(try await stores.jobs.job(.make(), access: .all) == nil)
            // The same documentation again is a new job for the same documentation.
            let again = try await stores.submit("swift", "6.3")
            #expect(again.id != job.id && again.documentation == job.documentation)
            #expect(try await stores.reading.documentation(job.documentation, access: .all)?.jobs == 2)
        }
    }

    @Test func `One idempotency key makes one job, also when requests come at once, and refuses another body`() async throws {
        try await withStores { stores in
            let jobs = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<6 { group.addTask { try await stores.submit(key: "k1").id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(jobs.count == 1)
            #expect(try await stores.number("select count(*) from portolan.outbox") == 1)
            let error = await #expect(throws: Fault.self) { try await stores.submit(key: "k1", depth: 2) }
            #expect(error?.code == "E_IDEMPOTENCY_CONFLICT" && error?.category == .conflict)
            let other = try await stores.submit(key: "k2", depth: 2)
            // Another caller's key of the same text is another key, whatever it asks for.
            let (same, different) = (try await stores.submit(key: "k1", of: "x"), try await stores.submit(key: "k1", of: "y", depth: 2))
            #expect(Set([same.id, different.id, other.id]).count == 3)
            // A job of a release that did not tell callers apart is found for the same request, and is in the way of no other.
            _ = try await stores.client.query("update portolan.job set idempotency_key = 'old' where id = \(same.id.uuid)")
            #expect(try await stores.submit(key: "old", of: "z").id == same.id)
            #expect(try await stores.submit(key: "old", of: "z", depth: 2).id != same.id)
            #expect(!jobs.contains(other.id))
        }
    }

    @Test func `At the capacity of unfinished jobs a new one is refused`() async throws {
        try await withStores { stores in
            let job = try await stores.submit()
            _ = try await stores.client.query(
                """
                insert into portolan.job (id, documentation_id, source_id, settings, correlation_id)
                select gen_random_uuid(), documentation_id, source_id, settings, 'x' from portolan.job, generate_series(2, 10000)
                where id = \(job.id.uuid)
                """)
            let error = await #expect(throws: Fault.self) { try await stores.submit() }
            #expect(error?.code == "E_QUEUE_FULL" && error?.isTransient == true && error?.message.contains("10000") == true)
            _ = try await stores.jobs.requestStop(job.id, access: .all)
            try await stores.submit()
        }
    }

    @Test(arguments: [
        (["1.0", "1.1"], "1.1"), (["1.10", "1.9"], "1.10"), (["2.0", "2.0rc1"], "2.0"), (["v3", "2.5"], "v3"),
        (["1.0", "latest", "9.9"], "latest"), (["1.0", "1.0.1"], "1.0.1"), (["2024-05", "2024-11", "2023-12"], "2024-11"),
        (["1.0b2", "1.0a9"], "1.0b2"),
    ])
    func `The latest version of a library is marked`(_ versions: [String], _ latest: String) async throws {
        try await withStores { stores in
            for version in versions { try await stores.submit("lib", version) }
            try await stores.submit("another", "99")
            let library = try #require(
                try await stores.reading.libraries(limit: 10, offset: 0, access: .all).libraries.first { $0.name == "lib" })
            #expect(library.versions.filter(\.isLatest).map(\.version) == [latest])
            #expect(Set(library.versions.map(\.version)) == Set(versions))
            #expect(library.versions.allSatisfy { $0.documentations == 1 })
        }
    }

    @Test func `Versions that are submitted at once leave one latest`() async throws {
        try await withStores { stores in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for version in 1...6 { group.addTask { try await stores.submit("lib", "\(version).0") } }
                try await group.waitForAll()
            }
            let library = try #require(try await stores.reading.libraries(limit: 10, offset: 0, access: .all).libraries.first)
            #expect(library.versions.filter(\.isLatest).map(\.version) == ["6.0"])
        }
    }

    @Test func `Jobs are listed newest first, by state and by documentation, a page at a time`() async throws {
        try await withStores { stores in
            var all: [Job] = []
            for number in 0..<5 { all.append(try await stores.submit(root: "https://docs.example.com/\(number % 2)/")) }
            _ = try await stores.jobs.requestStop(all[1].id, access: .all)
            let expected = Array(all.map(\.id).reversed())
            let first = try await stores.jobs.jobs(status: nil, documentation: nil, limit: 2, offset: 0, access: .all)
            let second = try await stores.jobs.jobs(status: nil, documentation: nil, limit: 10, offset: 2, access: .all)
            #expect(first.total == 5 && second.total == 5)
            #expect(first.jobs.map(\.id) + second.jobs.map(\.id) == expected)
            let stopped = try await stores.jobs.jobs(status: .stopped, documentation: nil, limit: 10, offset: 0, access: .all)
            #expect(stopped.total == 1 && stopped.jobs.map(\.id) == [all[1].id])
            let odd = try await stores.jobs.jobs(status: .pending, documentation: all[1].documentation, limit: 10, offset: 0, access: .all)
            #expect(odd.jobs.map(\.id) == [all[3].id] && odd.total == 1)
        }
    }

    @Test func `A job that waits is stopped at once, a running one is asked, an ended one stays`() async throws {
        try await withStores { stores in
            #expect(try await stores.jobs.requestStop(.make(), access: .all) == nil)
            let waiting = try await stores.submit()
            let stopped = try #require(try await stores.jobs.requestStop(waiting.id, access: .all))
            #expect(stopped.status == .stopped && stopped.finishedAt != nil)

            let (running, lease) = try await stores.leased(root: "https://docs.example.com/b/")
            try await stores.walk(lease, to: .parsing)
            let asked = try #require(try await stores.jobs.requestStop(running.id, access: .all))
            #expect(asked.status == .parsing && asked.stopRequested && asked.finishedAt == nil)
            await #expect(throws: LeaseLoss.stopRequested) { try await stores.ingestion.advance(lease, to: .embedding) }

            let (ended, last) = try await stores.leased(root: "https://docs.example.com/c/")
            try await stores.walk(last, to: .indexing)
            try await stores.ingestion.complete(last, nil, counts: JobCounts(), stageSeconds: ["crawling": 1.5])
            let completed = try #require(try await stores.jobs.requestStop(ended.id, access: .all))
            #expect(completed.status == .completed && !completed.stopRequested && completed.progressPercent == 100)
            #expect(completed.stageSeconds == ["crawling": 1.5])
        }
    }
}
