import APIClient
import APIModel
import EmbeddedServices
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance {
    @Suite(.quietRun, .serialized) struct Disturbances {
        @Test(arguments: QuietRun.Stage.allCases)
        func `a worker that is killed loses nothing`(stage: QuietRun.Stage) async throws {
            let it = try QuietRun.shared()
            let library = "killed-\(stage.rawValue.lowercased())"
            let job = try await it.begin(library)
            try await it.holding(stage, job) { try await it.stack.kill("worker") }
            try await it.expectSameEnd(job, library)
            #expect(try await it.stack.number("select attempt::bigint as n from portolan.job where id::text = \(job)") >= 2)
        }

        @Test(arguments: ["killed", "flushed"])
        func `a Redis that forgets loses nothing`(disturbance: String) async throws {
            let it = try QuietRun.shared()
            let jobs = try await it.whileThreeRunAndOneWaits("redis-\(disturbance)") {
                if disturbance == "killed" { try await it.stack.kill("redis-server") } else { try await it.stack.redis("FLUSHALL") }
            }
            for (library, job) in jobs {
                #expect(try await it.stack.ended(job).status == .completed)
                #expect(try await it.stack.content(of: library) == it.content)
            }
            #expect(try await it.stack.contradictions() == [])
        }

        @Test func `a Postgres that is killed loses nothing`() async throws {
            let it = try QuietRun.shared()
            let job = try await it.begin("postgres-killed")
            try await it.holding(.embedding, job) { try await it.stack.kill("postgres") }
            try await it.stack.database.waitUntilReady(deadline: .after(.seconds(60)))
            try await it.expectSameEnd(job, "postgres-killed")
        }

        @Test(arguments: ["an error", "no answer"])
        func `a crawl that missed a page deletes nothing`(trouble: String) async throws {
            let it = try QuietRun.shared()
            let before = try await it.stack.sections(of: QuietRun.library)
            let lost = try #require(before.values.map(\.page).filter { $0 != "/" }.sorted().first)
            let never = Expectation()
            it.site.misbehave { request in
                guard request.path == lost else { return nil }
                if trouble == "no answer" { try await never.fulfillment(within: .seconds(120)) }
                return .status(500)
            }
            defer { it.site.misbehave(nil) }
            let job = try await it.stack.ingest(it.address, library: QuietRun.library, include: SmallSite.include)
            #expect(job.pagesByOutcome["failed"] == 1)
            #expect(job.sectionsDeleted == 0)
            #expect(try await it.stack.sections(of: QuietRun.library) == before)
        }

        @Test func `a crawl that fails deletes nothing and says why`() async throws {
            let it = try QuietRun.shared()
            let before = try await it.stack.sections(of: QuietRun.library)
            it.site.misbehave { _ in .status(404) }
            defer { it.site.misbehave(nil) }
            let job = try await it.stack.ended(it.stack.start(it.address, library: QuietRun.library, include: SmallSite.include))
            #expect(job.status == .failed)
            #expect(job.error?.message.contains("does not exist") == true, "\(String(describing: job.error))")
            #expect(try await it.stack.sections(of: QuietRun.library) == before)
        }

        @Test(arguments: [QuietRun.Stage.crawling, .embedding])
        func `nothing is written after a stop`(stage: QuietRun.Stage) async throws {
            let it = try QuietRun.shared()
            let library = "stopped-\(stage.rawValue.lowercased())"
            let job = try await it.begin(library)
            try await it.holding(stage, job) {
                _ = try await it.stack.api.stopJob(job)
                // Within the limit for one page.
                #expect(try await it.stack.ended(job, within: .seconds(60)).status == .stopped)
            }
            let rows = try await Self.everything(it, job)
            // Another job runs from start to end meanwhile: what the stopped one still had under way would have arrived.
            it.site.misbehave { $0.path == "/after" ? .html("<h1>After \(stage)</h1><p>Something else, \(stage).</p>") : nil }
            defer { it.site.misbehave(nil) }
            _ = try await it.stack.ingest(it.address + "after", library: "after-\(library)", depth: 0)
            #expect(try await Self.everything(it, job) == rows)
        }

        @Test func `five jobs run three at a time, in the order in which they came`() async throws {
            let it = try QuietRun.shared()
            let gate = it.site.closeGate()
            defer { it.site.misbehave(nil) }
            var jobs: [String] = []
            for number in 1...5 { jobs.append(try await it.stack.start(it.address, library: "queue-\(number)", depth: 0)) }
            for job in jobs.prefix(3) { try await it.stack.reaches("CRAWLING", job) }
            for job in jobs.suffix(2) { #expect(try await it.stack.api.job(job).status == .pending) }
            #expect(
                try await it.stack.number("select count(*) as n from portolan.job where released_at is not null and finished_at is null")
                    == 3)
            gate.fulfill()
            for job in jobs { #expect(try await it.stack.ended(job).status == .completed) }
            let released = try await it.stack.database.query(
                "select id::text as id from portolan.job where id::text = any(\(jobs)) order by released_at, created_at"
            ).decodeColumn(as: String.self)
            #expect(released == jobs)
            // Never a fourth one while three had not finished.
            #expect(
                try await it.stack.number(
                    """
                    select coalesce(max((select count(*) from portolan.job other where other.id::text = any(\(jobs))
                      and other.released_at <= j.released_at and other.finished_at > j.released_at)), 0) as n
                    from portolan.job j where j.id::text = any(\(jobs))
                    """) <= 3)
        }

        /// Texts that change with any row that a job writes.
        private static func everything(_ it: QuietRun, _ job: String) async throws -> [String] {
            try await it.stack.database.query(
                """
                with own as (select * from portolan.job where id::text = \(job))
                select 'job ' || xmin::text as line from portolan.job where id = (select id from own)
                union all select 'outcomes ' || count(*) from portolan.crawl_outcome where job_id = (select id from own)
                union all select 'sections ' || count(*) || ' ' || coalesce(max(xmin::text::bigint), 0)
                  from portolan.section where documentation_id = (select documentation_id from own)
                union all select 'chunks ' || count(*) from portolan.chunk where documentation_id = (select documentation_id from own)
                union all select 'pages ' || count(*) from portolan.page where documentation_id = (select documentation_id from own)
                union all select 'late vectors ' || count(*) from portolan.embedding
                  where created_at > (select finished_at from own) and checksum in (
                    select checksum from portolan.chunk where documentation_id = (select documentation_id from own))
                order by 1
                """
            ).decodeColumn(as: String.self)
        }
    }
}
