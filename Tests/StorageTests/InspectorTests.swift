import Domain
import Postgres
import Primitives
import Storage
import Testing

@Suite struct `Schema inspector` {
    @Test func `Tables, columns, constraints and indexes are those of the migrations`() async throws {
        try await withStores { stores in
            let inspector = SchemaInspector(stores.client)
            let tables = try await inspector.tables()
            #expect(Set(["job", "section", "chunk", "event", "schema_migration"]).isSubset(of: tables.map(\.name)))
            #expect(
                tables.map(\.name) == tables.map(\.name).sorted() && tables.first { $0.name == "embedding" }?.kind == "partitioned table")
            let event = try await inspector.table("event")
            let level = try #require(event.columns.first { $0.name == "level" })
            #expect(level.type == "text" && !level.isNullable && event.columns.first { $0.name == "job_id" }?.isNullable == true)
            #expect(event.columns.first { $0.name == "at" }?.fallback == "clock_timestamp()")
            #expect(event.constraints.contains { $0.kind == "check" && $0.definition.contains("'WARN'") })
            #expect(event.indexes.contains { $0.isPrimary && $0.isUnique && $0.isValid })
            #expect(try await inspector.indexes(of: "event").map(\.name).contains("event_at"))
            #expect(try await inspector.indexes().count > event.indexes.count)
        }
    }

    @Test func `The whole schema comes with its migrations and extensions`() async throws {
        try await withStores { stores in
            let schema = try await SchemaInspector(stores.client).schema()
            #expect(schema.migrations.map(\.name) == Schema.migrations.map(\.name))
            #expect(schema.migrations.map(\.checksum) == Schema.migrations.map(\.checksum))
            #expect(schema.extensions["vector"] != nil && schema.bytes > 0)
            #expect(schema.tables.first { $0.name == "job" }?.columns.isEmpty == false)
        }
    }

    @Test func `The server tells of its connections, its cache and its size, also to the service's role`() async throws {
        try await withStores { stores in
            let now = try await PostgresServerFigures.read(stores.client, deadline: .after(.seconds(60)))
            #expect(now.connections >= 1 && now.connectionLimit >= now.connections && now.active >= 0)
            #expect(now.blocksFromCache > 0 && now.sizeBytes > 1_000_000 && now.replicationLagSeconds == 0)
            // Nothing here has ten thousand rows.
            #expect(now.tables["page"]?.isLarge == false && now.tables.values.allSatisfy { $0.scans >= 0 })
        }
    }

    @Test func `What is deleted finds what leads to it by an index`() async throws {
        try await withStores { stores in
            // Profiles of embedding are never deleted.
            let missing = try await stores.client.query(
                """
                select c.conrelid::regclass || ' ' || c.conname as name from pg_constraint c
                where c.contype = 'f' and c.connamespace = 'portolan'::regnamespace
                  and c.confrelid <> 'portolan.embedding_profile'::regclass
                  and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = any (c.conkey))
                order by 1
                """
            ).decodeColumn(as: String.self)
            #expect(missing == [])
        }
    }

    @Test func `Statistics count rows and scans`() async throws {
        try await withStores { stores in
            try await stores.submit()
            let inspector = SchemaInspector(stores.client)
            _ = try await stores.client.withConnection { connection in
                // Counts reach the others when the session reports them.
                _ = try await connection.query("select count(*) from portolan.job")
                try await connection.query("select pg_stat_force_next_flush()")
            }
            _ = try await stores.client.withConnection { try await $0.query("analyze portolan.job") }
            let job = try #require(try await inspector.statistics(of: "job").first)
            #expect(job.liveRows == 1 && job.lastAnalyze != nil && job.tableBytes > 0 && job.indexBytes > 0)
            #expect(try await inspector.statistics().count > 5)
        }
    }

    @Test func `A table that is not there is named`() async throws {
        try await withStores { stores in
            let inspector = SchemaInspector(stores.client)
            let asked: [() async throws -> Void] = [
                { _ = try await inspector.table("nothing") }, { _ = try await inspector.indexes(of: "nothing") },
                { _ = try await inspector.statistics(of: "pg_class") },
            ]
            for ask in asked {
                let fault = await #expect(throws: Fault.self) { try await ask() }
                #expect(fault?.code == "E_NOT_FOUND")
            }
        }
    }

    @Test func `A database that was never migrated has nothing`() async throws {
        try await withClient { client in
            let inspector = SchemaInspector(client)
            let (tables, migrations) = (try await inspector.tables(), try await inspector.migrations())
            let schema = try await inspector.schema()
            #expect(tables.isEmpty && migrations.isEmpty && schema.tables.isEmpty)
        }
    }
}
