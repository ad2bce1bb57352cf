import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Reads how the schema `portolan` is made and how it is used, from the server's own catalog.
///
/// Each question is a transaction that only reads and that the server ends after ``timeLimit``.
package struct SchemaInspector: Sendable {
    /// Longest time for one question.
    package static let timeLimit = Duration.seconds(10)

    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    /// The tables and views by name.
    package func tables() async throws -> [TableSummary] { try await reading { try await Self.summaries($0) } }

    /// One table with columns, constraints and indexes.
    /// - Throws: ``Domain/Fault`` `E_NOT_FOUND` for a name that the schema does not have.
    package func table(_ name: String) async throws -> TableInfo {
        try await reading { connection in
            guard let table = try await Self.infos(connection, name).first else { throw Fault.notFound("table", name) }
            return table
        }
    }

    /// The indexes by table and name.
    /// - Parameter table: only those of this one.
    /// - Throws: ``Domain/Fault`` `E_NOT_FOUND` for a name that the schema does not have.
    package func indexes(of table: String? = nil) async throws -> [IndexInfo] {
        try await reading { connection in
            if let table, try await !Self.summaries(connection).contains(where: { $0.name == table }) {
                throw Fault.notFound("table", table)
            }
            return try await Self.indexes(connection, table)
        }
    }

    /// What the server counts about each table.
    /// - Parameter table: only this one.
    /// - Throws: ``Domain/Fault`` `E_NOT_FOUND` for a name that is no table of the schema.
    package func statistics(of table: String? = nil) async throws -> [TableStatistics] {
        let rows = try await reading { connection in
            try await connection.query(
                """
                select s.relname::text, s.n_live_tup, s.n_dead_tup, coalesce(s.seq_scan, 0), coalesce(s.idx_scan, 0), pg_table_size(s.relid),
                  pg_indexes_size(s.relid), greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze)
                from pg_stat_user_tables s where s.schemaname = 'portolan' and (\(table)::text is null or s.relname = \(table))
                order by s.relname
                """)
        }
        if let table, rows.isEmpty { throw Fault.notFound("table", table) }
        return try rows.map { row in
            TableStatistics(
                name: try row.decode(0), liveRows: try row.decode(1), deadRows: try row.decode(2), sequentialScans: try row.decode(3),
                indexScans: try row.decode(4), tableBytes: try row.decode(5), indexBytes: try row.decode(6),
                lastVacuum: try row.decode(7), lastAnalyze: try row.decode(8))
        }
    }

    /// All of it, with the migrations that made it.
    package func schema() async throws -> SchemaReport {
        try await reading { connection in
            let server = try await connection.query(
                "select current_database()::text, current_setting('server_version'), pg_database_size(current_database())"
            ).single()
            let extensions = try await connection.query("select extname::text, extversion from pg_extension")
            return SchemaReport(
                database: try server.decode(0), serverVersion: try server.decode(1), bytes: try server.decode(2),
                extensions: Dictionary(try extensions.decode(as: (String.self, String.self))) { first, _ in first },
                migrations: try await Self.migrations(connection), tables: try await Self.infos(connection, nil))
        }
    }

    /// The migrations that were applied, oldest first; empty for a database that was never migrated.
    package func migrations() async throws -> [AppliedMigration] { try await reading { try await Self.migrations($0) } }

    private func reading<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        try await client.withTransaction(isReadOnly: true, deadline: .after(Self.timeLimit), body)
    }

    private static func migrations(_ connection: PostgresConnection) async throws -> [AppliedMigration] {
        let exists = try await connection.query("select to_regclass('portolan.schema_migration') is not null").single()
        guard try exists.decode(0, as: Bool.self) else { return [] }
        let rows = try await connection.query("select name, checksum, applied_at from portolan.schema_migration order by applied_at, name")
        return try rows.decode(as: (String.self, String.self, Date.self)).map { AppliedMigration(name: $0, checksum: $1, appliedAt: $2) }
    }

    private static func summaries(_ connection: PostgresConnection) async throws -> [TableSummary] {
        let rows = try await connection.query(
            """
            select c.relname::text, case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
                else 'materialized view' end, case when c.reltuples < 0 or c.relkind = 'v' then null else c.reltuples::bigint end,
              pg_total_relation_size(c.oid)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'portolan' and c.relkind in ('r', 'p', 'v', 'm') order by c.relname
            """)
        return try rows.decode(as: (String.self, String.self, Int?.self, Int.self)).map {
            TableSummary(name: $0, kind: $1, estimatedRows: $2, bytes: $3)
        }
    }

    private static func infos(_ connection: PostgresConnection, _ only: String?) async throws -> [TableInfo] {
        let summaries = try await summaries(connection).filter { only == nil || $0.name == only }
        let columns = try await connection.query(
            """
            select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull,
              pg_get_expr(d.adbin, d.adrelid)
            from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
              left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where n.nspname = 'portolan' and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
              and (\(only)::text is null or c.relname = \(only))
            order by c.relname, a.attnum
            """
        ).decode(as: (String.self, String.self, String.self, Bool.self, String?.self))
        let constraints = try await connection.query(
            """
            select c.relname::text, k.conname::text, case k.contype when 'p' then 'primary key' when 'f' then 'foreign key'
                when 'u' then 'unique' when 'c' then 'check' when 'x' then 'exclusion' when 'n' then 'not null' else 'trigger' end,
              pg_get_constraintdef(k.oid)
            from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'portolan' and (\(only)::text is null or c.relname = \(only)) order by c.relname, k.conname
            """
        ).decode(as: (String.self, String.self, String.self, String.self))
        let columnsByTable = Dictionary(grouping: columns, by: \.0)
        let constraintsByTable = Dictionary(grouping: constraints, by: \.0)
        let indexesByTable = Dictionary(grouping: try await indexes(connection, only), by: \.table)
        return summaries.map { summary in
            TableInfo(
                name: summary.name, kind: summary.kind, estimatedRows: summary.estimatedRows, bytes: summary.bytes,
                columns: (columnsByTable[summary.name] ?? []).map { .init(name: $0.1, type: $0.2, isNullable: $0.3, fallback: $0.4) },
                constraints: (constraintsByTable[summary.name] ?? []).map { .init(name: $0.1, kind: $0.2, definition: $0.3) },
                indexes: indexesByTable[summary.name] ?? [])
        }
    }

    private static func indexes(_ connection: PostgresConnection, _ table: String?) async throws -> [IndexInfo] {
        let rows = try await connection.query(
            """
            select i.relname::text, c.relname::text, x.indisunique, x.indisprimary, x.indisvalid, pg_relation_size(i.oid),
              coalesce(s.idx_scan, 0), pg_get_indexdef(i.oid)
            from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
              join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_indexes s on s.indexrelid = i.oid
            where n.nspname = 'portolan' and (\(table)::text is null or c.relname = \(table)) order by c.relname, i.relname
            """)
        return try rows.map { row in
            IndexInfo(
                name: try row.decode(0), table: try row.decode(1), isUnique: try row.decode(2), isPrimary: try row.decode(3),
                isValid: try row.decode(4), bytes: try row.decode(5), scans: try row.decode(6), definition: try row.decode(7))
        }
    }
}
