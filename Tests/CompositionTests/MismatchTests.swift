import Domain
import Logging
import Postgres
import Resilience
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Composition

@Suite struct `What does not fit together` {
    private func withSchema(_ body: (PostgresClient, MetricCatalog) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url)
            (configuration.laneCount, configuration.maximumLeases) = (1, 4)
            let client = try PostgresClient(
                configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            try await body(client, MetricCatalog(build: BuildInfo(version: "0", role: "test")))
        }
    }

    /// The figures of the schema after `change`: pending, altered.
    private func schema(after change: SQL?) async throws -> [Double] {
        var figures: [Double] = []
        try await withSchema { client, metrics in
            if let change { _ = try await client.query(change) }
            MismatchCollector.installSchema(metrics, client)
            _ = await metrics.registry.exposition(.prometheusText)
            figures = ["pending", "altered"].map { metrics.servers.schemaMismatches.value($0) }
        }
        return figures
    }

    @Test func `a schema that is as the binary knows it has no mismatches`() async throws {
        #expect(try await schema(after: nil) == [0, 0])
    }

    @Test func `a database that was restored to an older schema shows what it lacks`() async throws {
        #expect(
            try await schema(
                after:
                    "delete from portolan.schema_migration where name in (select name from portolan.schema_migration order by name desc limit 2)"
            )
                == [2, 0])
    }

    @Test func `a migration that was applied with another content shows`() async throws {
        #expect(try await schema(after: "update portolan.schema_migration set checksum = 'another'")[1] == 1)
    }

    @Test func `documentations are told apart by whose vectors they have`() async throws {
        try await withSchema { client, metrics in
            let profile = EmbeddingProfile(model: "m", revision: "1", dimension: 2, tokenLimit: 256)
            // Own, another revision, none, and one whose first job is not through.
            _ = try await client.query(
                """
                with profile as (
                  insert into portolan.embedding_profile (model, revision, dimension, token_limit)
                  values ('m', '1', 2, 256), ('m', '2', 2, 256) returning id, revision),
                library as (insert into portolan.library (id, name) values (gen_random_uuid(), 'l') returning id),
                version as (
                  insert into portolan.library_version (id, library_id, version) select gen_random_uuid(), id, '1' from library returning id)
                insert into portolan.documentation (id, version_id, root_url, section_count, profile_id)
                select gen_random_uuid(), version.id, 'https://docs.example.com/' || n, case when n = 4 then 0 else 1 end,
                  (select id from profile where revision = n::text)
                from version, generate_series(1, 4) as n
                """)
            MismatchCollector.installModel(metrics, client, profile)
            _ = await metrics.registry.exposition(.prometheusText)
            let found = ["own", "other", "none"].map { metrics.embedder.documentations.value($0) }
            #expect(found == [1, 1, 1])
        }
    }

    @Test(arguments: [EmbeddingPurpose.passage, .query])
    func `vectors of another length are counted`(purpose: EmbeddingPurpose) async throws {
        let metrics = MetricCatalog(build: BuildInfo(version: "0", role: "test"))
        let embedder = MeasuredEmbedder(
            embedder: Short(), metrics: metrics, dependency: Dependency(DependencyProfile("embedder", concurrency: 1, waiting: 1)))
        _ = try await embedder.embed(["a"], purpose: purpose)
        #expect(metrics.embedder.wrongDimension.value(purpose == .query ? "query" : "document") == 1)
    }

    /// Returns shorter vectors than it promises.
    private struct Short: Embedder {
        var profile: EmbeddingProfile { EmbeddingProfile(model: "m", revision: "1", dimension: 3, tokenLimit: 256) }
        func tokenCount(_ text: String) -> Int { 1 }
        func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] { texts.map { _ in [1, 0] } }
    }
}
