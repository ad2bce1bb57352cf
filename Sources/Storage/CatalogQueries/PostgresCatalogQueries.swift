import Digests
package import Domain
import FoundationEssentials
package import Policy
package import Postgres

/// What operators ask the catalog. Each statement passes the query gate, and what is counted often is read from sums, so that 200,000 files
/// cost no more than a few.
///
/// Methods throw ``Domain/Fault``: `E_NOT_FOUND` for a version that is not there, transient when the database is away.
package struct PostgresCatalogQueries: CatalogQueries {
    /// Versions, artifacts, validations at a time.
    package static let limits = 1...1000
    let reader: QueryReader

    /// - Parameter gates: decide on each statement.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) { reader = QueryReader(client, gates) }

    /// A version with its sums.
    package func versionStats(_ version: String) async throws -> VersionStats {
        let found = try await summary(version)
        return try await withFaults {
            let rows = try await reader.query(
                """
                select 'artifact' as kind, 'all' as name, count(*) as n, coalesce(sum(a.bytes) filter (where a.status <> 'failed'), 0)::bigint as bytes
                  from portolan.artifact a where a.version_id = \(found.id)
                union all
                select 'format', u.format, u.files, u.bytes from portolan.catalog_usage u where u.version_id = \(found.id)
                union all
                select 'validation', c.status, sum(c.validations)::bigint, 0 from portolan.validation_count c
                  where c.version_id = \(found.id) group by c.status
                """
            ).decode(as: (String.self, String.self, Int.self, Int.self))
            let artifact = rows.first { $0.0 == "artifact" }
            return VersionStats(
                version: found, artifacts: artifact?.2 ?? 0, artifactBytes: artifact?.3 ?? 0,
                formats: rows.filter { $0.0 == "format" }.map { Self.format($0.1, files: $0.2, bytes: $0.3) }
                    .sorted { ($1.bytes, $0.format) < ($0.bytes, $1.format) },
                validations: Self.counts(rows.filter { $0.0 == "validation" }.map { ($0.1, $0.2) }))
        }
    }

    /// Versions, newest first.
    /// - Parameters:
    ///   - service: only those of this kind of source.
    ///   - library: only those that were published into this library.
    ///   - limit: 1 to 1000.
    package func versions(
        service: String? = nil, library: String? = nil, limit: Int = 100, offset: Int = 0
    ) async throws -> [VersionSummary] {
        try Self.check(limit, offset)
        // Conditions that are absent stay out of the text: they would keep the planner from an index.
        var filter: SQL = "true"
        if let service { filter.append(" and v.service = \(service)") }
        if let library {
            filter.append(
                """
                 and v.documentation_id in (select d.id from portolan.documentation d join portolan.library_version e on e.id = d.version_id
                  join portolan.library b on b.id = e.library_id where b.name = \(library))
                """)
        }
        return try await withFaults {
            try await reader.query(
                """
                with page as (
                  select v.id, v.service, v.slot, v.label, v.state, v.created_at, v.published_at
                  from portolan.catalog_version v where \(filter) order by v.created_at desc, v.id limit \(limit) offset \(offset))
                select p.id, p.service, p.slot, p.label, p.state, l.version_id is not null, p.created_at, p.published_at,
                  coalesce(sum(u.files), 0)::bigint, coalesce(sum(u.bytes), 0)::bigint
                from page p
                  left join portolan.latest_pointer l on l.slot = p.slot and l.version_id = p.id
                  left join portolan.catalog_usage u on u.version_id = p.id
                group by p.id, p.service, p.slot, p.label, p.state, l.version_id, p.created_at, p.published_at
                order by p.created_at desc, p.id limit 1000
                """
            ).map(Self.summary)
        }
    }

    /// Files of a version by path.
    /// - Parameters:
    ///   - format: only this one.
    ///   - prefix: only paths that begin so.
    ///   - limit: 1 to 1000.
    package func files(
        _ version: String, format: String? = nil, prefix: String = "", limit: Int = 1000, offset: Int = 0
    ) async throws -> [FileSummary] {
        try Self.check(limit, offset)
        let found = try await summary(version)
        // Nothing stands behind the last character of Unicode.
        let end = prefix + "\u{10FFFF}"
        let filter: SQL = if let format { "f.format = \(format)" } else { "true" }
        // What is left out is skipped in an index alone.
        return try await withFaults {
            try await reader.query(
                """
                with page as (
                  select f.path from portolan.extracted_file f
                  where f.version_id = \(found.id) and \(filter) and f.path >= \(prefix) and f.path < \(end)
                  order by f.path limit \(limit) offset \(offset))
                select f.path, f.format, f.bytes, f.sha256, f.artifact_id
                from page p join portolan.extracted_file f on f.path = p.path and f.version_id = \(found.id)
                order by f.path limit 1000
                """
            ).decode(as: (String.self, String.self, Int.self, [UInt8].self, String.self)).map {
                FileSummary(path: $0, format: $1, bytes: $2, sha256: $3.hexadecimal, artifactId: $4)
            }
        }
    }

    /// What validators found in a version, by validator and path.
    /// - Parameters:
    ///   - path: only in this file.
    ///   - validator: only by this one.
    ///   - passedOnly: without failures and what was not looked at.
    ///   - limit: 1 to 1000.
    package func validations(
        _ version: String, path: String? = nil, validator: String? = nil, passedOnly: Bool = false, limit: Int = 1000, offset: Int = 0
    ) async throws -> [ValidationSummary] {
        try Self.check(limit, offset)
        let found = try await summary(version)
        var filter: SQL = "v.version_id = \(found.id)"
        if let validator { filter.append(" and v.validator = \(validator)") }
        if let path { filter.append(" and v.path = \(path)") }
        if passedOnly { filter.append(" and v.status = 'pass'") }
        return try await withFaults {
            try await reader.query(
                """
                with page as (
                  select v.validator, v.path from portolan.validation v where \(filter)
                  order by v.validator, v.path limit \(limit) offset \(offset))
                select v.path, v.validator, v.status, v.detail, v.checked_at
                from page p join portolan.validation v
                  on v.version_id = \(found.id) and v.validator = p.validator and v.path = p.path
                order by v.validator, v.path limit 1000
                """
            ).decode(as: (String.self, String.self, String.self, String?.self, Date.self)).map {
                ValidationSummary(path: $0, validator: $1, status: $2, detail: $3, checkedAt: $4)
            }
        }
    }

    /// How the validations of a version ended, by validator.
    package func validationSummary(_ version: String) async throws -> [ValidatorCounts] {
        let found = try await summary(version)
        return try await withFaults {
            let rows = try await reader.query(
                """
                select c.validator, c.status, c.validations from portolan.validation_count c where c.version_id = \(found.id)
                order by c.validator limit 1000
                """
            ).decode(as: (String.self, String.self, Int.self))
            return Dictionary(grouping: rows, by: \.0).sorted { $0.key < $1.key }.map { name, rows in
                ValidatorCounts(validator: name, counts: Self.counts(rows.map { ($0.1, $0.2) }))
            }
        }
    }

    /// Artifacts, newest first, with the number of all that match.
    /// - Parameters:
    ///   - service: only those of this kind of source.
    ///   - status: only these.
    ///   - limit: 1 to 1000.
    package func artifacts(
        service: String?, status: Artifact.Status?, limit: Int, offset: Int
    ) async throws -> (artifacts: [ArtifactSummary], total: Int) {
        try Self.check(limit, offset)
        var conditions: SQL = "true"
        if let service { conditions.append(" and v.service = \(service)") }
        if let status { conditions.append(" and a.status = \(status.rawValue)") }
        let filter = conditions
        return try await withFaults {
            async let counted = reader.query(
                "select count(*) as n from portolan.artifact a join portolan.catalog_version v on v.id = a.version_id where \(filter)")
            let rows = try await reader.query(
                """
                select \(Self.artifactColumns) from portolan.artifact a join portolan.catalog_version v on v.id = a.version_id
                where \(filter) order by a.fetched_at desc, a.id, a.version_id limit \(limit) offset \(offset)
                """)
            return (try rows.map(Self.artifact), try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    private static let artifactColumns: SQL =
        "a.id, a.version_id, a.status, a.name, a.bytes, a.source_url, a.storage_key, a.fault_code, a.fetched_at"

    private static func artifact(_ row: Row) throws -> ArtifactSummary {
        ArtifactSummary(
            id: try row.decode(0), versionId: try row.decode(1), status: try row.decode(2), name: try row.decode(3),
            bytes: try row.decode(4), sourceUrl: try row.decode(5), storageKey: try row.decode(6), faultCode: try row.decode(7),
            fetchedAt: try row.decode(8))
    }

    /// Where an artifact was taken in, newest first; empty when it was nowhere.
    /// - Parameter artifact: SHA-256 of its bytes in hexadecimal.
    package func find(artifact: String) async throws -> [ArtifactSummary] {
        try await withFaults {
            try await reader.query(
                """
                select \(Self.artifactColumns) from portolan.artifact a where a.id = \(artifact) order by a.fetched_at desc, a.version_id limit 100
                """
            ).map(Self.artifact)
        }
    }

    // MARK: Pieces

    /// A version by its identifier, or the latest one of a slot by the slot's name.
    func summary(_ name: String) async throws -> VersionSummary {
        let row = try await withFaults {
            try await reader.query(
                """
                select v.id, v.service, v.slot, v.label, v.state, l.version_id is not null, v.created_at, v.published_at,
                  (select coalesce(sum(u.files), 0)::bigint from portolan.catalog_usage u where u.version_id = v.id),
                  (select coalesce(sum(u.bytes), 0)::bigint from portolan.catalog_usage u where u.version_id = v.id)
                from portolan.catalog_version v
                  left join portolan.latest_pointer l on l.slot = v.slot and l.version_id = v.id
                where v.id = coalesce((select c.version_id from portolan.latest_pointer c where c.slot = \(name)), \(name))
                """
            ).first
        }
        guard let row else { throw Fault.notFound("version", name) }
        return try Self.summary(row)
    }

    private static func summary(_ row: Row) throws -> VersionSummary {
        VersionSummary(
            id: try row.decode(0), service: try row.decode(1), slot: try row.decode(2), label: try row.decode(3), state: try row.decode(4),
            isLatest: try row.decode(5), createdAt: try row.decode(6), publishedAt: try row.decode(7), files: try row.decode(8),
            bytes: try row.decode(9))
    }

    static func format(_ name: String, files: Int, bytes: Int) -> FormatUsage {
        FormatUsage(format: name, files: files, bytes: bytes, averageBytes: files > 0 ? Double(bytes) / Double(files) : 0)
    }

    private static func counts(_ counts: [(status: String, count: Int)]) -> ValidationCounts {
        func sum(_ status: String) -> Int { counts.filter { $0.status == status }.reduce(0) { $0 + $1.count } }
        return ValidationCounts(pass: sum("pass"), fail: sum("fail"), timeout: sum("timeout"))
    }

    private static func check(_ limit: Int, _ offset: Int) throws(Fault) {
        guard limits.contains(limit) else {
            throw Fault.invalid(field: "limit", "The limit is \(limit).", limit: "\(limits.lowerBound) to \(limits.upperBound)")
        }
        guard 0...10_000_000 ~= offset else { throw Fault.invalid(field: "offset", "The offset is \(offset).", limit: "0 to 10000000") }
    }
}
