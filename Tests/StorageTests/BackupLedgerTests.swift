import Domain
import Logging
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@Suite struct `What a backup asks of the database` {
    @Test func `Rows are counted also where that takes longer than statements on shared connections may`() async throws {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url)
            // The server ends statements on shared connections after half of this.
            (configuration.laneCount, configuration.maximumLeases, configuration.stallTimeout) = (1, 4, .milliseconds(400))
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            let patient = try PostgresClient(configuration: try PostgresConfiguration(url: url), logger: Logger(label: "test"))
            defer {
                client.close()
                patient.close()
            }
            try await MigrationRunner(client: patient, migrations: Schema.migrations).run()
            let counting = try await patient.withTransaction { connection in
                _ = try await connection.query("lock table portolan.notice in access exclusive mode")
                let counting = Task { try await PostgresBackupLedger(client).rowCounts() }
                // It has waited for longer than a shared connection would have let it.
                try await eventually {
                    try await !patient.query(
                        """
                        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
                          and query like 'select count(*)%' and now() - query_start > interval '500 milliseconds'
                        """
                    ).isEmpty
                }
                return counting
            }
            let counts = try await counting.value
            #expect(counts["notice"] == 0)
            #expect(counts["schema_migration"] == Schema.migrations.count)
            #expect(counts.count > 20)
        }
    }
}
