import Domain
import FoundationEssentials
import Logging
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct `Event buffer` {
    static let process = EventProcess(
        service: "portolan-test", runID: "run", configHash: "0123456789ab", context: ["app_version": "1", "os": "Linux"])

    @Test func `Events are written in order, with who wrote them, and only when they are flushed`() async throws {
        try await withStores { stores in
            let buffer = EventBuffer(stores.client, process: Self.process)
            for number in 0..<60 {
                buffer.record(NewEvent(.gate, .warning, ["gate": "url_gate", "number": "\(number)"]))
                buffer.record(NewEvent(.request, ["number": "\(number)"]))
            }
            #expect(try await stores.number("select count(*) from portolan.event") == 0)
            let before = stores.client.metrics.statementsTotal
            await buffer.flush()
            // 120 events in batches of 100.
            #expect(stores.client.metrics.statementsTotal == before + 2)
            #expect(buffer.counts == (120, 0))
            var written: [EventEnvelope] = []
            let count = try await EventArchive(stores.client).walk(
                level: nil, type: nil, since: Date(timeIntervalSince1970: 0), limit: 1000
            ) { written.append($0) }
            #expect(count == 120 && written.map(\.type).prefix(2) == ["policy.gate", "net.request"])
            #expect(written.filter { $0.type == "net.request" }.map { $0.payload["number"] } == (0..<60).map { "\($0)" })
            #expect(written.allSatisfy { $0.service == "portolan-test" && $0.runID == "run" && $0.configHash == "0123456789ab" })
            #expect(written[0].context == ["app_version": "1", "os": "Linux"] && written[0].level == "WARN")
            await buffer.flush()
            #expect(try await stores.number("select count(*) from portolan.event") == 120)
        }
    }

    @Test func `A flood of one type is bounded and counted, and leaves room for the others`() async throws {
        try await withStores { stores in
            let buffer = EventBuffer(stores.client, process: Self.process)
            for _ in 0..<5000 { buffer.record(NewEvent(.gate, ["gate": "url_gate"])) }
            buffer.record(NewEvent(.extractDone, [:]))
            #expect(buffer.counts == (0, 5000 - EventBuffer.capacityOfType))
            await buffer.flush()
            #expect(buffer.counts == (EventBuffer.capacityOfType + 1, 5000 - EventBuffer.capacityOfType))
            let others = try await stores.number("select count(*) from portolan.event where type = 'extract.done'")
            #expect(others == 1)
        }
    }

    @Test func `Without a database events are lost and counted, and nobody hears an error`() async throws {
        try await withTemporaryDirectory { folder in
            let configuration = try PostgresConfiguration(url: "postgresql://portolan@/none?host=\(folder)")
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            let buffer = EventBuffer(client, process: Self.process)
            for _ in 0..<3 { buffer.record(NewEvent(.gate, [:])) }
            await buffer.flush()
            #expect(buffer.counts == (0, 3))
        }
    }

    @Test func `An event that the database writes itself names the connection`() async throws {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url).named("portolan-worker")
            (configuration.laneCount, configuration.maximumLeases) = (1, 2)
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            let stores = Stores(client)
            let job = try await stores.submit()
            _ = try await client.query("update portolan.job set status = 'CRAWLING' where id = \(job.id.uuid)")
            var written: [EventEnvelope] = []
            _ = try await EventArchive(client).walk(level: "INFO", type: "boundary", since: .distantPast, limit: 10) { written.append($0) }
            #expect(written.map(\.service) == ["portolan-worker"] && written[0].runID == job.id.description)
            #expect(written[0].configHash == nil && written[0].ids["job_id"] == job.id.description)
        }
    }

    @Test func `A walk keeps to level, type, time and limit over its pages`() async throws {
        try await withStores { stores in
            _ = try await stores.client.query(
                """
                insert into portolan.event (at, type, level) select timestamptz '2026-01-01 00:00:00Z' + make_interval(secs => n),
                  case n % 2 when 0 then 'policy.gate' else 'boundary.latest.begin' end, case n % 3 when 0 then 'WARN' else 'INFO' end
                from generate_series(1, 2400) n
                """)
            let archive = EventArchive(stores.client)
            func count(_ level: String?, _ type: String?, _ since: Double, _ limit: Int) async throws -> Int {
                try await archive.walk(
                    level: level, type: type, since: Date(timeIntervalSince1970: 1_767_225_600 + since), limit: limit
                ) { _ in }
            }
            #expect(try await count(nil, nil, 0, 10_000) == 2400)
            #expect(try await count(nil, "policy", 0, 10_000) == 1200)
            #expect(try await count("WARN", "boundary.latest", 0, 10_000) == 400)
            #expect(try await count(nil, nil, 2301, 10_000) == 100)
            #expect(try await count(nil, nil, 0, 1234) == 1234)
        }
    }
}
