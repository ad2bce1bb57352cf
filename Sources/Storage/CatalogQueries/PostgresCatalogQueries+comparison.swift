package import Domain
import Postgres

/// Questions about more than one version.
extension PostgresCatalogQueries {
    /// Longest time for a comparison.
    private static let comparisonLimit = Duration.seconds(30)

    /// Both sides come sorted by path from an index that holds all that is compared: merging them takes a third of the time of a hash of a
    /// hundred thousand paths, which the planner prefers, and no processes beside.
    private static func readSorted(_ connection: QueryReader.Connection) async throws {
        _ = try await connection.query(
            "select set_config('enable_hashjoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)")
    }

    /// What came, went and changed between two versions, which may be of different slots.
    package func delta(from older: String, to newer: String) async throws -> VersionDelta {
        let before = try await summary(older)
        let after = try await summary(newer)
        return try await withFaults {
            let row = try await reader.withTransaction(timeLimit: Self.comparisonLimit) { connection in
                try await Self.readSorted(connection)
                return try await connection.query(
                    """
                    with older as (select path, bytes, sha256 from portolan.extracted_file where version_id = \(before.id)),
                      newer as (select path, bytes, sha256 from portolan.extracted_file where version_id = \(after.id))
                    select count(*) filter (where o.path is null), count(*) filter (where n.path is null),
                      count(*) filter (where o.path is not null and n.path is not null), count(*) filter (where o.sha256 <> n.sha256),
                      (coalesce(sum(n.bytes), 0) - coalesce(sum(o.bytes), 0))::bigint
                    from older o full join newer n on n.path = o.path
                    """
                ).single()
            }
            let formats = try await reader.query(
                """
                with older as (select format, files from portolan.catalog_usage where version_id = \(before.id)),
                  newer as (select format, files from portolan.catalog_usage where version_id = \(after.id))
                select coalesce(o.format, n.format) as name, coalesce(o.files, 0), coalesce(n.files, 0)
                from older o full join newer n on n.format = o.format where o.files is distinct from n.files
                order by name limit 1000
                """
            ).decode(as: (String.self, Int.self, Int.self))
            return VersionDelta(
                older: before.id, newer: after.id, added: try row.decode(0), removed: try row.decode(1), common: try row.decode(2),
                changed: try row.decode(3), sizeDelta: try row.decode(4),
                formatChanges: formats.map { .init(format: $0, filesBefore: $1, filesAfter: $2) })
        }
    }

    /// What the files of a version, or of all, take up.
    package func storageUsage(_ version: String? = nil) async throws -> StorageUsage {
        var filter: SQL = "true"
        if let version {
            let found = try await summary(version)
            filter = "u.version_id = \(found.id)"
        }
        return try await withFaults {
            let formats = try await reader.query(
                """
                select u.format, sum(u.files)::bigint, sum(u.bytes)::bigint as bytes from portolan.catalog_usage u where \(filter)
                group by u.format order by bytes desc, u.format limit 1000
                """
            ).decode(as: (String.self, Int.self, Int.self))
            let versions = try await reader.query(
                """
                select v.id, v.label, sum(u.files)::bigint, sum(u.bytes)::bigint as bytes
                from portolan.catalog_usage u join portolan.catalog_version v on v.id = u.version_id where \(filter)
                group by v.id, v.label order by bytes desc, v.id limit 100
                """
            ).decode(as: (String.self, String.self, Int.self, Int.self))
            let (files, bytes) = formats.reduce((0, 0)) { ($0.0 + $1.1, $0.1 + $1.2) }
            return StorageUsage(
                files: files, bytes: bytes, averageBytes: files > 0 ? Double(bytes) / Double(files) : 0,
                byFormat: formats.map { Self.format($0.0, files: $0.1, bytes: $0.2) },
                byVersion: versions.map { .init(id: $0.0, label: $0.1, files: $0.2, bytes: $0.3) })
        }
    }
}
