import Connectors
import Domain
import Fetch
import FoundationEssentials
import Ingestion
import Logging
import Postgres
import Primitives
import Resilience
import Storage
import TestSupport
import Testing

@Suite struct `Telling about failed jobs` {
    private struct Bench {
        let client: PostgresClient
        let receiver: LoopbackHTTPServer
        let answers: Locked<[HTTPServerResponse]>
        let notifier: FailureNotifier

        /// Texts that came in.
        var texts: [String] {
            get throws {
                struct Message: Decodable { let text: String }
                return try receiver.requests.map { try JSONDecoder().decode(Message.self, from: Data($0.body)).text }
            }
        }

        func fail(_ library: String, url: String = "https://docs.example.com/", _ fault: Fault?) async throws -> JobID {
            let jobs = PostgresJobStore(client)
            let job = try await jobs.submit(
                JobSubmission(library: library, version: "1.0", settings: IngestionSettings(rootURL: url), correlationID: "test"),
                access: .all
            ).job.id
            _ = try await client.query("update portolan.job set status = 'CRAWLING' where id = \(job.uuid)")
            _ = try await client.query(
                "update portolan.job set status = 'FAILED', finished_at = now(), fault = \(try fault?.stored())::jsonb where id = \(job.uuid)"
            )
            return job
        }

        func count(_ condition: SQL) async throws -> Int {
            try await client.query("select count(*) from portolan.notification where \(condition)").single().decode(0, as: Int.self)
        }
    }

    /// Runs `body` beside a receiver that gives `answers` in order, and 200 after them.
    private static func bench(
        _ answers: [HTTPServerResponse] = [], backoff: Backoff = Backoff(base: .zero, limit: .zero), _ body: (Bench) async throws -> Void
    ) async throws {
        let answers = Locked(answers)
        try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
            try await LoopbackHTTPServer.withServer { _ in
                answers.withLock { $0.isEmpty ? .text("ok") : $0.removeFirst() }
            } body: { server in
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let client = try PostgresClient(configuration: PostgresConfiguration(url: url), logger: logger)
                defer { client.close() }
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                // The circuit of its own tests stays out of this one: here each try reaches the receiver.
                var profile = DependencyProfile("notifications", failures: 1000, concurrency: 2, waiting: 100)
                profile.breaker.windowFailures = nil
                let webhook = IncomingWebhook(
                    fetcher: fetcher, url: Redacted(server.url + "/services/T0/B0/a-token"), dependency: Dependency(profile))
                let notifier = FailureNotifier(
                    store: PostgresNotificationStore(client), notifier: webhook, logger: logger, backoff: backoff)
                try await body(Bench(client: client, receiver: server, answers: answers, notifier: notifier))
            }
        }
    }

    private static let fault = Fault(
        .authorization, code: "E_PROVIDER_REFUSED", "Notion refuses the credential with 401: <!channel> & more.",
        field: "options.credential",
        hint: "Check that the token is valid.")

    @Test func `a receiver that fails at first hears of the job later, and once`() async throws {
        try await Self.bench([.status(500), .status(404)]) { bench in
            let job = try await bench.fail("guide", Self.fault)
            for _ in 0..<5 { try await bench.notifier.round() }
            let texts = try bench.texts
            #expect(texts.count == 3)
            #expect(Set(texts).count == 1)
            #expect(
                texts.last == """
                    Ingestion failed: guide 1.0 from https://docs.example.com/
                    E_PROVIDER_REFUSED: Notion refuses the credential with 401: &lt;!channel&gt; &amp; more.
                    Check that the token is valid.
                    Job \(job)
                    """)
            #expect(bench.receiver.requests.allSatisfy { $0.method == "POST" && $0["content-type"] == "application/json" })
            #expect(try await bench.count("sent_at is not null and attempts = 3 and error is null") == 1)
        }
    }

    @Test func `jobs that end in another way, and a job that fails again, make no notice`() async throws {
        try await Self.bench { bench in
            let job = try await bench.fail("guide", nil)
            _ = try await bench.client.query("update portolan.job set fault = null, finished_at = now() where id = \(job.uuid)")
            _ = try await PostgresJobStore(bench.client).submit(
                JobSubmission(
                    library: "other", version: "1.0", settings: IngestionSettings(rootURL: "https://b.example.com/"), correlationID: "t"),
                access: .all)
            _ = try await bench.client.query("update portolan.job set status = 'STOPPED', finished_at = now() where id <> \(job.uuid)")
            try await bench.notifier.round()
            try await bench.notifier.round()
            #expect(try bench.texts.count == 1)
        }
    }

    @Test func `tokens in addresses are not told, and the receiver's address stays out of errors`() async throws {
        try await Self.bench([.status(403)]) { bench in
            _ = try await bench.fail("guide", url: "https://docs.example.com/x?token=secret-token", Self.fault)
            try await bench.notifier.round()
            #expect(try bench.texts.allSatisfy { !$0.contains("secret-token") })
            #expect(try await bench.count("error like '%403%' and error not like '%a-token%'") == 1)
        }
    }

    @Test func `a receiver that says when is not asked before`() async throws {
        try await Self.bench([.status(429, headers: [("retry-after", "600")])]) { bench in
            _ = try await bench.fail("guide", Self.fault)
            for _ in 0..<3 { try await bench.notifier.round() }
            #expect(bench.receiver.requests.count == 1)
            #expect(try await bench.count("next_attempt_at > now() + interval '500 s'") == 1)
        }
    }

    @Test func `a notice is given up after so many tries, and one that is old is no news`() async throws {
        try await Self.bench(Array(repeating: .status(500), count: 100)) { bench in
            _ = try await bench.fail("guide", Self.fault)
            for _ in 0..<(FailureNotifier.maximumAttempts + 3) { try await bench.notifier.round() }
            #expect(bench.receiver.requests.count == FailureNotifier.maximumAttempts)
            #expect(try await bench.count("given_up_at is not null and sent_at is null") == 1)
            _ = try await bench.fail("old", Self.fault)
            _ = try await bench.client.query(
                "update portolan.notification set created_at = now() - interval '2 days' where given_up_at is null")
            #expect(try await bench.notifier.round() == 0)
        }
    }

    @Test func `what a dead process had borrowed is told by another one`() async throws {
        try await Self.bench { bench in
            _ = try await bench.fail("guide", Self.fault)
            let store = PostgresNotificationStore(bench.client)
            let borrowed = try await store.claimNotices(limit: 10, term: .seconds(600))
            #expect(borrowed.count == 1)
            #expect(try await bench.notifier.round() == 0)
            _ = try await bench.client.query("update portolan.notification set next_attempt_at = now()")
            #expect(try await bench.notifier.round() == 1)
            #expect(try bench.texts.count == 1)
        }
    }
}
