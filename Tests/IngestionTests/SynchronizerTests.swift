import Domain
import FoundationEssentials
import Ingestion
import Logging
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

/// A kind whose state a test sets.
private final class Provider: SourceConnector {
    struct State: Sendable {
        var cursor: String?
        var fault: Fault?
        var looks = 0
        /// Whether a look takes for ever.
        var isSlow = false
    }

    let state = Locked(State(cursor: "a"))
    let kind = SourceKind.website
    let options: [String: String] = [:]

    func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        SourceAddress(rootURL: location, library: "lib")
    }

    func cursor(_ settings: IngestionSettings) async throws -> String? {
        if state.withLock({ $0.isSlow }) { try await Task.sleep(for: .seconds(3600)) }
        return try state.withLock { state in
            state.looks += 1
            if let fault = state.fault { throw fault }
            return state.cursor
        }
    }

    func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        throw Fault(.internal, code: "E_TEST", "Nobody walks here.")
    }
}

@Suite struct `Keeping sources up to date` {
    private func with(_ body: (World, Provider, SourceID) async throws -> Void) async throws {
        try await withWorld { world in
            let source = try await PostgresSourceStore(world.client).register(
                JobSubmission(
                    library: "lib", version: "1", settings: IngestionSettings(rootURL: Site.root), correlationID: "test", subject: "s"),
                timing: .every(seconds: 300), access: .all)
            try await body(world, Provider(), source.id)
        }
    }

    private func round(
        _ world: World, _ provider: Provider, holder: String = "one", lookLimit: Duration = .seconds(60)
    ) async throws -> Int {
        try await SourceSynchronizer(
            store: PostgresSourceSyncStore(world.client), jobs: world.jobs, registry: SourceRegistry([provider]), holder: holder,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, lookLimit: lookLimit
        ).round()
    }

    @Test func `A look whose end was not noted is repeated, and its job is not`() async throws {
        try await with { world, provider, id in
            // The look's end cannot be written.
            _ = try await world.client.query(
                "alter table portolan.source add constraint no_end check (poll_holder is not null or polled_at is null)")
            await #expect(throws: Fault.self) { try await round(world, provider) }
            _ = try await world.client.query("alter table portolan.source drop constraint no_end")
            try await finishJobs(world)
            provider.state.withLock { $0.cursor = "b" }
            _ = try await world.client.query("update portolan.source set poll_expires_at = now() - interval '1 second'")
            #expect(try await round(world, provider) == 1)
            #expect(try await world.client.query("select from portolan.job").count == 1)
            // The next look is another one.
            try await makeDue(world)
            #expect(try await round(world, provider) == 1)
            #expect(try await world.client.query("select from portolan.job").count == 2)
            #expect(try await source(world, id).sync.cursor == "b")
        }
    }

    private func source(_ world: World, _ id: SourceID) async throws -> Source {
        try #require(try await PostgresSourceStore(world.client).source(id, access: .all))
    }

    /// Ends what is unfinished, through every state in between.
    private func finishJobs(_ world: World, _ status: String = "COMPLETED") async throws {
        for state in status == "COMPLETED" ? ["CRAWLING", "PARSING", "EMBEDDING", "INDEXING", status] : [status] {
            _ = try await world.client.query("update portolan.job set status = \(state) where finished_at is null")
        }
        _ = try await world.client.query("update portolan.job set finished_at = now() where finished_at is null")
    }

    private func makeDue(_ world: World) async throws {
        _ = try await world.client.query("update portolan.source set next_poll_at = now() - interval '1 second'")
    }

    @Test func `Pages that could not be read are asked for again, ever more rarely, although the source has not changed`() async throws {
        try await with { world, provider, id in
            #expect(try await round(world, provider) == 1)
            try await finishJobs(world)
            _ = try await world.client.query(
                """
                insert into portolan.crawl_outcome (job_id, url, kind, reason, depth, is_transient)
                  select id, 'https://docs.example.com/a', 'failed', 'timeout', 0, true from portolan.job
                """)
            try await makeDue(world)
            #expect(try await round(world, provider) == 1)
            let now = try await source(world, id)
            #expect(now.sync.queued == 2 && now.sync.fault?.code == "E_PAGES_LEFT")
            try await finishJobs(world)
            try await makeDue(world)
            _ = try await round(world, provider)
            let after = try await source(world, id)
            #expect(after.sync.state == .idle && after.sync.queued == 2, "The second job left nothing.")
        }
    }

    @Test func `What a webhook or a person asks for goes first, the clock and repairs do not`() async throws {
        try await with { world, provider, id in
            let (store, sources) = (PostgresSourceSyncStore(world.client), PostgresSourceStore(world.client))
            func priority() async throws -> String {
                #expect(try await round(world, provider) == 1)
                let last = try await world.client.query("select priority from portolan.job order by created_at desc, id desc limit 1")
                    .single()
                try await finishJobs(world)
                return try last.decode("priority", as: String.self)
            }
            // Somebody registered it just now.
            #expect(try await priority() == "high")
            provider.state.withLock { $0.cursor = "b" }
            try await makeDue(world)
            #expect(try await priority() == "normal")
            _ = try await store.receive(kind: .website, delivery: "d1", event: "push", subject: "s")
            #expect(try await priority() == "high")
            _ = try await sources.requestSync(id, access: .all)
            #expect(try await priority() == "high")
            // As the nightly look at what is stored does for each documentation that lacks something.
            _ = try await world.client.query(
                "update portolan.source set sync_requested_at = now(), next_poll_at = now(), sync_is_repair = true")
            #expect(try await priority() == "normal")
            _ = try await sources.requestSync(id, access: .all)
            #expect(try await priority() == "high", "the repair is forgotten")
        }
    }

    @Test func `A change queues one job, the same state none`() async throws {
        try await with { world, provider, id in
            #expect(try await round(world, provider) == 1)
            var now = try await source(world, id)
            #expect(now.sync.state == .running && now.sync.cursor == "a" && now.sync.queued == 1 && !now.sync.isRequested)
            try await makeDue(world)
            #expect(try await round(world, provider) == 0, "a source with an unfinished job is left alone")
            try await finishJobs(world)
            #expect(try await round(world, provider) == 1)
            now = try await source(world, id)
            #expect(now.sync.state == .idle && now.sync.queued == 1 && provider.state.withLock { $0.looks } == 2)
            provider.state.withLock { $0.cursor = "b" }
            try await makeDue(world)
            _ = try await round(world, provider)
            #expect(try await source(world, id).sync.cursor == "b")
            #expect(try await world.number("select count(*)::int from portolan.job") == 2)
        }
    }

    @Test func `A webhook queues a job although nothing seems to have changed, and is not forgotten while one runs`() async throws {
        try await with { world, provider, id in
            let store = PostgresSourceSyncStore(world.client)
            _ = try await round(world, provider)
            #expect(try await store.receive(kind: .website, delivery: "d1", event: "push", subject: "s") == 1)
            #expect(try await store.receive(kind: .website, delivery: "d1", event: "push", subject: "s") == nil)
            #expect(try await store.receive(kind: .website, delivery: "d2", event: "push", subject: "other") == 0)
            #expect(try await round(world, provider) == 0)
            try await finishJobs(world)
            #expect(try await round(world, provider) == 1)
            let now = try await source(world, id)
            #expect(now.sync.queued == 2 && !now.sync.isRequested && now.sync.received == 1)
        }
    }

    @Test func `A failure leaves the cursor, and its kind decides the state`() async throws {
        try await with { world, provider, id in
            provider.state.withLock {
                $0.fault = Fault(.rateLimited, code: "E_RATE", "Slow down.", isTransient: true, retryAfter: .seconds(120))
            }
            _ = try await round(world, provider)
            var now = try await source(world, id)
            #expect(now.sync.state == .degraded && now.sync.cursor == nil && now.sync.errors == 1 && now.sync.fault?.code == "E_RATE")
            #expect(now.sync.isRequested, "the look that was asked for is still owed")
            #expect(try #require(now.sync.nextPollAt).timeIntervalSinceNow > 100, "as long as the provider asked for")
            provider.state.withLock { $0.fault = Fault(.authentication, code: "E_TOKEN", "Bad credentials.") }
            try await makeDue(world)
            _ = try await round(world, provider)
            now = try await source(world, id)
            #expect(now.sync.state == .error && now.sync.fault?.code == "E_TOKEN")
            provider.state.withLock { $0.fault = nil }
            try await makeDue(world)
            _ = try await round(world, provider)
            now = try await source(world, id)
            #expect(now.sync.state == .running && now.sync.fault == nil && now.sync.cursor == "a")
        }
    }

    @Test func `Three processes look once`() async throws {
        try await with { world, provider, _ in
            try await withThrowingTaskGroup { group in
                for holder in ["one", "two", "three"] { group.addTask { _ = try await round(world, provider, holder: holder) } }
                try await group.waitForAll()
            }
            #expect(provider.state.withLock { $0.looks } == 1)
            #expect(try await world.number("select count(*)::int from portolan.job") == 1)
        }
    }

    @Test func `A process that died in a look is replaced when its loan runs out`() async throws {
        try await with { world, provider, id in
            let store = PostgresSourceSyncStore(world.client)
            let lent = try await store.claimDue(limit: 1, openJobs: 10, holder: "dead", term: .seconds(60))
            #expect(lent.count == 1)
            #expect(try await round(world, provider) == 0)
            _ = try await world.client.query("update portolan.source set poll_expires_at = now() - interval '1 second'")
            #expect(try await round(world, provider) == 1)
            // The dead one wakes up: what it found counts no more.
            try await store.settle(lent[0], PollResult(state: .error, nextPollAt: nil), holder: "dead")
            #expect(try await source(world, id).sync.state == .running)
        }
    }

    @Test func `A source whose listing takes longer than a look is read by a job`() async throws {
        try await with { world, provider, _ in
            provider.state.withLock { $0.isSlow = true }
            let looks = try await round(world, provider, lookLimit: .zero)
            let jobs = try await world.number("select count(*) from portolan.job")
            #expect(looks == 1 && jobs == 1)
        }
    }

    @Test func `Looks rest while it is paused or the queue is nearly full`() async throws {
        try await with { world, provider, id in
            let sources = PostgresSourceStore(world.client)
            _ = try await sources.update(id, isPaused: true, timing: nil, access: .all)
            #expect(try await round(world, provider) == 0)
            _ = try await sources.update(id, isPaused: false, timing: nil, access: .all)
            let store = PostgresSourceSyncStore(world.client)
            _ = try await world.submit("another")
            #expect(try await store.claimDue(limit: 1, openJobs: 1, holder: "x", term: .seconds(60)).isEmpty)
            #expect(try await store.claimDue(limit: 1, openJobs: 2, holder: "x", term: .seconds(60)).count == 1)
        }
    }

    @Test func `A job that failed for good is tried again, ever more rarely`() async throws {
        try await with { world, provider, id in
            _ = try await round(world, provider)
            var pauses: [Double] = []
            for _ in 0..<4 {
                try await finishJobs(world, "FAILED")
                try await makeDue(world)
                #expect(try await round(world, provider) == 1)
                pauses.append(try #require(try await source(world, id).sync.nextPollAt).timeIntervalSinceNow)
            }
            #expect(pauses[0] < 310 && pauses[3] > 900, "\(pauses)")
            #expect(try await world.client.query("select state from portolan.source").single().decode(0, as: String.self) == "DEGRADED")
        }
    }
}
