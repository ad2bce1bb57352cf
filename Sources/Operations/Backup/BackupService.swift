package import Domain
import EmbeddedServices
package import FoundationEssentials
import Primitives

/// Takes base backups, proves them and lets go of those that are past their time.
package struct BackupService: Sendable {
    package let target: BackupTarget
    let ledger: any BackupLedger
    let programs: PostgresPrograms
    /// Whose objects are copied beside the backups; nil for none.
    let artifacts: (any ReadableObjectStore)?
    let productVersion: String
    let now: @Sendable () -> Date

    package init(
        target: BackupTarget, ledger: any BackupLedger, programs: PostgresPrograms, artifacts: (any ReadableObjectStore)?,
        productVersion: String, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.target, self.ledger, self.programs, self.artifacts) = (target, ledger, programs, artifacts)
        (self.productVersion, self.now) = (productVersion, now)
    }

    /// Takes a base backup by `pg_basebackup` while others work on, with the log that it needs to stand by itself, and copies the artifacts
    /// that are not beside the backups yet.
    ///
    /// The outcome is noted in the database, also that of a failure, which is thrown as well.
    package func takeBase() async throws -> BaseBackup {
        let started = now()
        do {
            let base = try await base(started)
            try await ledger.record(BackupOutcome(kind: .base, moment: started, bytes: base.storedBytes))
            return base
        } catch {
            // When the database cannot even be told, the age of the last success tells it.
            try? await ledger.record(BackupOutcome(kind: .base, moment: now(), error: "\(error)"))
            throw error
        }
    }

    private func base(_ started: Date) async throws -> BaseBackup {
        let facts = try await ledger.facts()
        try LogSegment.require(facts.segmentBytes)
        let rows = try await ledger.rowCounts()
        let id = BaseBackup.name(at: started)
        let folder = "\(target.work)/\(id)"
        try FileManager.default.createDirectory(
            atPath: target.work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await programs.run(
            "pg_basebackup",
            [
                "--pgdata=\(folder)", "--format=tar", "--compress=client-gzip:1", "--wal-method=stream", "--checkpoint=fast",
                "--manifest-checksums=SHA256", "--label=portolan \(id)", "--no-password",
            ])
        let range = try DataManifest("\(folder)/backup_manifest").range
        let place = "\(facts.cluster)/bases/\(id)"
        do {
            let files = try await store(folder, at: place)
            let copies = try await copyArtifacts(facts.cluster)
            let base = BaseBackup(
                // Whole seconds are stored: rounded up, so that what a moment behind it needs is in it.
                id: id, cluster: facts.cluster, startedAt: started,
                finishedAt: Date(timeIntervalSince1970: now().timeIntervalSince1970.rounded(.up)), database: facts.database,
                serverVersion: facts.serverVersion, productVersion: productVersion, migrations: facts.migrations, timeline: range.timeline,
                start: range.start, end: range.end, isEncrypted: target.key != nil, files: files, rows: rows, artifacts: copies)
            try await target.seal(base)
            return base
        } catch {
            // What is there of it is of no use to anybody. In a task of its own: one that was cancelled is cleared away, too. Where the
            // target is away, retention does it later. The manifest first, whose answer may have been lost on its way: a backup that is half
            // gone must not look whole.
            await Task {
                try? await target.store.delete(["\(place)/manifest.json"])
                try? await target.store.deleteFolder(place)
            }.value
            throw error
        }
    }

    /// Stores what `pg_basebackup` wrote.
    private func store(_ folder: String, at place: String) async throws -> [BaseBackup.File] {
        var files: [BaseBackup.File] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            try Task.checkCancellation()
            var file = try await target.put("\(folder)/\(name)", at: "\(place)/\(name)")
            file.name = name
            files.append(file)
        }
        return files
    }

    /// Behind the database and not before it: a row never names a file that is not there yet, so all that the rows name is copied.
    private func copyArtifacts(_ cluster: String) async throws -> [BaseBackup.File] {
        guard let artifacts else { return [] }
        let prefix = "\(cluster)/artifacts/"
        // It opens where the copies were sealed with the key of now: under another one they would be there and of no use.
        let witness = "\(cluster)/artifacts.key"
        let isKeyOfNow = (try? await target.bytes(witness)) != nil
        let there =
            isKeyOfNow
            ? Dictionary(try await target.store.list(prefix: prefix).map { ($0.key, $0.modified) }, uniquingKeysWith: { first, _ in first })
            : [:]
        var files: [BaseBackup.File] = []
        for object in try await artifacts.list(prefix: "") {
            try Task.checkCancellation()
            let name = prefix + object.key
            if there[name].map({ $0 < object.modified }) ?? true {
                let path = "\(target.work)/\(UUID().uuidString.lowercased()).artifact"
                defer { try? FileManager.default.removeItem(atPath: path) }
                do {
                    try await artifacts.fetch(object.key, to: path)
                } catch let fault as Fault where fault.category == .notFound {
                    // Pruned meanwhile.
                    continue
                }
                _ = try await target.put(path, at: name)
            }
            files.append(BaseBackup.File(name: object.key, bytes: object.bytes, sha256: "", storedBytes: object.bytes))
        }
        if !isKeyOfNow { _ = try await target.put([], at: witness) }
        return files
    }

    /// Takes every file of a backup out and proves it.
    ///
    /// - Throws: `E_BACKUP_DAMAGED` that names the first file that is not as it was written.
    package func verify(_ base: BaseBackup) async throws {
        for file in base.files {
            try Task.checkCancellation()
            try await target.get("\(base.cluster)/bases/\(base.id)/\(file.name)", to: nil, expecting: file)
        }
    }
}

/// What went, or would go.
package struct PruneReport: Sendable, Hashable, Codable {
    /// Base backups that stay, oldest first.
    package var kept: [String]
    /// Base backups that went.
    package var dropped: [String]
    /// Backups that were begun and never became whole, and went.
    package var abandoned: [String]
    /// Backups whose manifest cannot be read, which nothing is done about.
    package var unreadable: [String]
    /// Files of the log that went.
    package var segments: Int
    package var isDryRun: Bool
}
