import Composition
import Connectors
import Domain
import Fetch
import FoundationEssentials
import Ingestion
import Logging
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@Suite struct `Telling about opened circuits` {
    private let quiet = Logger(label: "herald") { _ in SwiftLogNoOpLogHandler() }

    @Test func `An outage is told once, whoever sees it and however often, and the next one again`() async throws {
        try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
            let answers = Locked([HTTPServerResponse.status(500)])
            try await LoopbackHTTPServer.withServer { _ in
                answers.withLock { $0.isEmpty ? .text("ok") : $0.removeFirst() }
            } body: { server in
                let client = try PostgresClient(configuration: PostgresConfiguration(url: url), logger: quiet)
                defer { client.close() }
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let store = PostgresNotificationStore(client)
                let open = Locked([BreakerHerald.Opening(breaker: "embedder", outage: 1, isForced: false)])
                let heralds = (0..<2).map { _ in BreakerHerald(store: store, logger: quiet) { open.withLock(\.self) } }
                let notifier = FailureNotifier(
                    store: store, notifier: IncomingWebhook(fetcher: fetcher, url: Redacted(server.url + "/hook")), logger: quiet,
                    backoff: Backoff(base: .zero, limit: .zero))
                for herald in heralds {
                    try await herald.round()
                    try await herald.round()
                }
                // The first try fails, so it is told by the second.
                while try await notifier.round() > 0 {}
                #expect(server.requests.count == 2)
                open.withLock { $0 = [.init(breaker: "embedder", outage: 2, isForced: true)] }
                for herald in heralds { try await herald.round() }
                while try await notifier.round() > 0 {}
                let texts = server.requests.map(\.text)
                #expect(texts.count == 3 && texts[1].contains("embedder") && texts[1].contains("again and again"))
                #expect(texts[2].contains("An operator opened it."))
            }
        }
    }
}
