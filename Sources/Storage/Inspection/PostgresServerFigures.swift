package import Postgres
package import Primitives

/// What the database server counts about itself.
///
/// Source: https://www.postgresql.org/docs/current/monitoring-stats.html
package struct PostgresServerFigures: Sendable, Hashable {
    /// Connections to all databases.
    package let connections: Int
    /// Connections to this database that run a statement, this one not counted; of other users only with `pg_read_all_stats`.
    package let active: Int
    package let connectionLimit: Int
    /// Blocks of this database that were in shared memory, since the server's counts were set to zero.
    package let blocksFromCache: Int
    /// Blocks that were asked from the system.
    package let blocksFromDisk: Int
    /// A table of the schema.
    package struct Table: Sendable, Hashable, Codable {
        /// Times that it was read whole, since the server's counts were set to zero.
        package let scans: Int
        /// Whether it has more than 10000 rows: small ones are read whole on purpose.
        package let isLarge: Bool

        package init(scans: Int, isLarge: Bool) { (self.scans, self.isLarge) = (scans, isLarge) }
    }

    /// Tables of the schema, by name.
    package let tables: [String: Table]
    package let sizeBytes: Int
    /// Seconds that the last of the standby servers is behind; 0 without one, and for users without `pg_read_all_stats`.
    package let replicationLagSeconds: Double

    /// Reads them in one statement.
    package static func read(_ client: PostgresClient, deadline: Deadline) async throws -> PostgresServerFigures {
        let rows = try await client.query(
            """
            select
              (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database) as connections,
              (select count(*) from pg_stat_activity
                where state = 'active' and datname = current_database() and pid <> pg_backend_pid()) as active,
              current_setting('max_connections')::bigint as connection_limit,
              d.blks_hit as hit, d.blks_read as read,
              (select coalesce(jsonb_object_agg(relname, jsonb_build_object('scans', seq_scan, 'isLarge', n_live_tup > 10000)), '{}')::text
                from pg_stat_user_tables where schemaname = 'portolan') as tables,
              pg_database_size(current_database()) as size,
              (select coalesce(extract(epoch from max(replay_lag)), 0)::float8 from pg_stat_replication) as lag
            from pg_stat_database d where d.datname = current_database()
            """, deadline: deadline)
        guard let row = rows.first else { throw PostgresError(.decoding, "The server has no figures of this database.") }
        return PostgresServerFigures(
            connections: try row.decode("connections", as: Int.self), active: try row.decode("active", as: Int.self),
            connectionLimit: try row.decode("connection_limit", as: Int.self), blocksFromCache: try row.decode("hit", as: Int.self),
            blocksFromDisk: try row.decode("read", as: Int.self), tables: try JSONColumn.decode(row.decode("tables", as: String.self)),
            sizeBytes: try row.decode("size", as: Int.self), replicationLagSeconds: try row.decode("lag", as: Double.self))
    }
}
