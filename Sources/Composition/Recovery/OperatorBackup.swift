import Domain
import EmbeddedServices
import Fetch
import Logging
package import Operations
import Policy
import Postgres
import Primitives
import Resilience
import Storage

/// The backups of the settings, as an operator's commands use them.
package struct OperatorBackup: Sendable {
    package let target: BackupTarget
    let settings: Settings
    let gates: GateRegistry
    let environment: [String: String]

    /// Runs `body` with the target that `PORTOLAN_BACKUP_URL` names, or `url` in its place.
    ///
    /// - Throws: ``OperatorFailure``: `usage` when there is no target.
    package static func with<Result>(
        environment: [String: String], url: String? = nil, _ body: (OperatorBackup) async throws -> Result
    ) async throws -> Result {
        do {
            let gates = GateRegistry()
            let settings = try Settings(
                SettingsSource(flags: url.map { ["BACKUP_URL": $0] } ?? [:], environment: environment), gates: gates)
            guard let choice = settings.backup else {
                throw OperatorFailure(
                    .usage, "No place for backups is known.",
                    hint: "Set PORTOLAN_BACKUP_URL to file:///absolute/folder or s3://bucket/prefix.")
            }
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let target = BackupTarget(
                store: choice.store(fetcher: fetcher, gates: gates, dependencies: Dependencies(settings.dependencies)),
                key: try settings.backupKey.map { key throws(Fault) in try BackupKey(key) },
                work: settings.workDirectory + "/backup")
            return try await body(OperatorBackup(target: target, settings: settings, gates: gates, environment: environment))
        } catch {
            throw OperatorFailure.of(error)
        }
    }

    /// Runs `body` with what takes backups of `database`, and copies its artifacts.
    ///
    /// - Parameter withArtifacts: false leaves the object storage out.
    package func withService<Result>(
        of database: OperatorDatabase, withArtifacts: Bool = true, _ body: (BackupService) async throws -> Result
    ) async throws -> Result {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        return try await body(
            BackupService(
                target: target, ledger: PostgresBackupLedger(database.client),
                programs: PostgresPrograms(surroundings: environment, database: database.configuration.programEnvironment),
                artifacts: withArtifacts
                    ? database.storage.store(fetcher: fetcher, gates: gates, dependencies: Dependencies(settings.dependencies)) : nil,
                productVersion: Product.version))
    }

    /// Proves what `id` names, or every base backup, and that the log behind the newest one has no gap.
    package func verify(_ id: String?) async throws -> BackupVerification {
        let inventory = try await target.inventory()
        try inventory.requireReadable(id)
        let bases = inventory.bases.filter { id == nil || $0.id == id }
        guard !bases.isEmpty else { throw id.map { Fault.notFound("backup", $0) } ?? Fault.notFound("backup", "at all") }
        var report = BackupVerification(backups: [], files: 0, bytes: 0, segments: 0)
        for base in bases {
            for file in base.files {
                try await target.get("\(base.cluster)/bases/\(base.id)/\(file.name)", to: nil, expecting: file)
                report.files += 1
                report.bytes += file.storedBytes
            }
            report.backups.append(base.id)
        }
        if let newest = bases.last {
            let archive = LogArchive(target, cluster: newest.cluster)
            report.segments = try await archive.verify(from: LogSegment(timeline: newest.timeline, at: newest.start))
        }
        // Behind the proof of the others: one that cannot be read is a damage all the same.
        if id == nil, let first = inventory.unreadable.first { throw first.fault }
        return report
    }
}

/// What was proved.
package struct BackupVerification: Sendable, Hashable, Encodable {
    /// Identifiers of the base backups that are whole.
    package var backups: [String]
    package var files: Int
    package var bytes: Int64
    /// Files of the log behind the newest backup, without a gap.
    package var segments: Int
}
