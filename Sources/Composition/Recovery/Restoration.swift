import Catalog
import Domain
import EmbeddedServices
package import FoundationEssentials
import Glibc
import Logging
import Operations
import Postgres
import Primitives
import Storage

/// Brings a backup back: into a state folder for `portolan up`, or into an empty database elsewhere.
package struct Restoration: Sendable {
    /// What is asked for.
    package struct Request: Sendable {
        /// Absolute path of a folder that is missing or empty, or the URL of an empty database.
        package var target: String
        /// The state of then; nil for the newest.
        package var moment: Date?
        /// This base backup; nil for the one that fits best.
        package var backup: String?
        /// Whether the objects of the object storage come back too.
        package var withArtifacts: Bool
        /// Whether to restore up to a gap of the log and lose what is behind it.
        package var allowsGap: Bool

        package init(target: String, moment: Date?, backup: String?, withArtifacts: Bool, allowsGap: Bool = false) {
            (self.target, self.moment, self.backup, self.withArtifacts) = (target, moment, backup, withArtifacts)
            self.allowsGap = allowsGap
        }

        /// Whether the target is a database of somebody else's server.
        package var isDatabase: Bool { target.contains("://") }
    }

    let backup: OperatorBackup
    /// Told what begins, for a person who waits.
    let progress: @Sendable (String) -> Void

    package init(_ backup: OperatorBackup, progress: @escaping @Sendable (String) -> Void) {
        (self.backup, self.progress) = (backup, progress)
    }

    /// Checks everything first, and then restores. A run that fails leaves the target as it was.
    ///
    /// - Throws: ``OperatorFailure``: `refused` for a target with something in it, `failed` with the name of the file for a damaged backup.
    package func run(_ request: Request) async throws -> RestoreReport {
        do {
            return try await request.isDatabase ? intoDatabase(request) : intoFolder(request)
        } catch {
            throw OperatorFailure.of(error)
        }
    }

    // MARK: A folder

    private func intoFolder(_ request: Request) async throws -> RestoreReport {
        let folder = request.target
        try Self.requireEmpty(folder)
        let isFresh = !FileManager.default.fileExists(atPath: folder)
        let draft = "\(folder)/.restoring"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The account of Postgres has to pass; what is below has rights of its own.
            _ = unsafe chmod(folder, 0o755)
            return try await recovered(request, in: draft, storage: "\(folder)/storage") { server, report in
                await server.stop()
                // Renamed when everything is there: a folder with a postgres folder in it is one that can be started.
                for name in ["base", "log"] { try? FileManager.default.removeItem(atPath: "\(draft)/postgres/\(name)") }
                guard unsafe rename("\(draft)/postgres", "\(folder)/postgres") == 0 else {
                    throw OperatorFailure(.failed, "The data cannot be moved to \(folder)/postgres (errno \(errno)).")
                }
                try FileManager.default.removeItem(atPath: draft)
                return report
            }
        } catch {
            for name in [".restoring", "storage", "postgres"] { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
            if isFresh { try? FileManager.default.removeItem(atPath: folder) }
            throw error
        }
    }

    private static func requireEmpty(_ folder: String) throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw OperatorFailure(.usage, "\(folder) is no folder that can be read.")
        }
        guard names.isEmpty else {
            throw OperatorFailure(
                .refused, "\(folder) is not empty: \(names.sorted().prefix(3).joined(separator: ", ")).",
                hint: "Nothing is ever restored over something: name a folder that is missing or empty.")
        }
    }

    // MARK: A database

    private func intoDatabase(_ request: Request) async throws -> RestoreReport {
        let configuration = try PostgresConfiguration(url: request.target)
        let quiet = Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() }
        let client = try PostgresClient(configuration: configuration, logger: quiet)
        defer { client.close() }
        let tables = try await client.query(
            """
            select count(*) as n from pg_class c join pg_namespace s on s.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm') and s.nspname <> 'information_schema' and s.nspname !~ '^pg_'
              and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
            """
        ).single().decode("n", as: Int64.self)
        guard tables == 0 else {
            throw OperatorFailure(
                .refused, "The database is not empty: it has \(tables) tables.",
                hint: "Nothing is ever restored over something: make a new database with createdb.")
        }
        // Where the account of Postgres can enter; the folder itself is its own.
        let draft = "\(backup.environment["TMPDIR"] ?? "/tmp")/portolan-restore-\(UUID().uuidString.prefix(8).lowercased())"
        defer { try? FileManager.default.removeItem(atPath: draft) }
        var request = request
        let wanted = request.withArtifacts
        request.withArtifacts = false
        return try await recovered(request, in: draft, storage: nil) { server, report in
            var report = report
            progress("copying into the database")
            let source = PostgresPrograms(
                surroundings: backup.environment, database: try PostgresConfiguration(url: server.databaseURL()).programEnvironment)
            let target = PostgresPrograms(surroundings: backup.environment, database: configuration.programEnvironment)
            let dump = "\(draft)/database.dump"
            try await source.run("pg_dump", ["--format=custom", "--no-owner", "--no-acl", "--no-password", "--file=\(dump)"])
            try await target.run(
                "pg_restore",
                [
                    "--no-owner", "--no-acl", "--no-password", "--single-transaction", "--exit-on-error",
                    "--dbname=\(configuration.programEnvironment["PGDATABASE"] ?? "")", dump,
                ])
            await server.stop()
            let there = try await PostgresBackupLedger(client).rowCounts()
            guard there == report.rows else {
                throw OperatorFailure(.failed, "The database has other numbers of rows than the backup after the copy.")
            }
            if wanted {
                report.notes.append("Objects of the object storage are not restored into a database; copy them with --target FOLDER.")
            }
            return report
        }
    }

    // MARK: Both

    private func recovered(
        _ request: Request, in draft: String, storage: String?,
        _ finish: (PrivatePostgres, RestoreReport) async throws -> RestoreReport
    ) async throws -> RestoreReport {
        let clock = ContinuousClock.now
        let target = backup.target
        let inventory = try await target.inventory()
        try inventory.requireReadable(request.backup)
        var histories: [String: TimelineHistory] = [:]
        for cluster in Set(inventory.bases.map(\.cluster)) {
            let archive = LogArchive(target, cluster: cluster)
            histories[cluster] = try await archive.history(try await archive.content())
        }
        let plan = try RecoveryPlan(inventory.bases, histories: histories, id: request.backup, moment: request.moment)
        let base = plan.base
        try PrivatePostgres.makeFolder(draft)
        try PrivatePostgres.makeFolder("\(draft)/postgres")
        let (files, log) = ("\(draft)/postgres/base", "\(draft)/postgres/log")
        for folder in [files, log] { try PrivatePostgres.makeFolder(folder) }
        progress("checking the backup \(base.id)")
        for file in base.files {
            try await target.get("\(base.cluster)/bases/\(base.id)/\(file.name)", to: "\(files)/\(file.name)", expecting: file)
        }
        let archive = LogArchive(target, cluster: base.cluster)
        let content = try await archive.content()
        var report = RestoreReport(backup: base)
        report.notes += inventory.unreadable.map { "The backup \($0.backup) was left out: \($0.fault.message)" }
        let history = plan.timeline.map { TimelineHistory(timeline: $0) } ?? histories[base.cluster] ?? TimelineHistory()
        do {
            // The base backup has its own log up to its end. A moment that lies behind a gap is told by the server.
            _ = try history.line(from: base.end.value / LogSegment.size, in: content, key: { "\(base.cluster)/log/\($0)" })
        } catch {
            guard request.moment != nil || request.allowsGap else {
                throw OperatorFailure(
                    .failed, "\(error.code): \(error.message) What came behind it would be lost.",
                    hint: "Restore to a moment before it with --to-time, or with --allow-gap as far as the log goes.")
            }
            report.notes.append("\(error.message) What came behind it is not there.")
        }
        let names = try await archive.fetch(from: plan.start, into: log, content: content)
        if storage != nil, request.withArtifacts { report.artifacts = try await artifacts(of: base, into: storage ?? "") }
        if storage == nil || !request.withArtifacts, !base.artifacts.isEmpty {
            report.notes.append("\(base.artifacts.count) objects of the object storage were left out.")
        }
        progress("replaying \(names.count) files of the log")
        let recovery = PrivatePostgres.Recovery(base: files, log: log, moment: plan.moment, timeline: plan.timeline)
        let manifest = try DataManifest("\(files)/backup_manifest")
        try await manifest.verify(try await PrivatePostgres.unpack(recovery, into: "\(draft)/postgres"))
        let server: PrivatePostgres
        do {
            server = try await PrivatePostgres.recover(directory: "\(draft)/postgres", recovery)
        } catch let error as EmbeddedServicesError where error.detail.contains("before configured recovery target was reached") {
            throw OperatorFailure(
                .failed, "The archived log ends before \(request.moment.map { $0.formatted(.iso8601) } ?? "").",
                hint: "Without --to-time the newest state is restored.")
        }
        do {
            progress("counting rows, examining files")
            try await examine(server, storage: storage, into: &report)
            report.seconds = Double(clock.duration(to: .now).components.seconds)
            return try await finish(server, report)
        } catch {
            await server.stop()
            throw error
        }
    }

    private func artifacts(of base: BaseBackup, into folder: String) async throws -> Int {
        progress("restoring \(base.artifacts.count) objects")
        // Those of later than the backup too: the log may name them.
        let prefix = "\(base.cluster)/artifacts/"
        var count = 0
        for object in try await backup.target.store.list(prefix: prefix) {
            let path = "\(folder)/\(object.key.dropFirst(prefix.utf8.count))"
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
            try await backup.target.get(object.key, to: path)
            count += 1
        }
        return count
    }

    private func examine(_ server: PrivatePostgres, storage: String?, into report: inout RestoreReport) async throws {
        let replayed = try await server.administer(
            "select to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
        report.restoredTo = replayed.filter { !$0.isWhitespace }
        var environment = ["PORTOLAN_DATABASE_URL": server.databaseURL()]
        if let storage { environment["PORTOLAN_STORAGE_URL"] = "file://" + storage }
        let rows = try await OperatorDatabase.with(environment: environment, stateFolders: []) { database in
            try await PostgresBackupLedger(database.client).rowCounts()
        }
        report.rows = rows
        guard let storage else { return }
        try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
        let doctor = try await OperatorDatabase.with(environment: environment, stateFolders: []) { database in
            try await database.examine(root: nil, fix: false)
        }
        report.issues = Dictionary(doctor.counts.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
    }
}

/// What came back.
package struct RestoreReport: Sendable, Hashable, Encodable {
    /// The base backup that it began from.
    package var backup: String
    /// When the last transaction that is in it was committed; empty when the log held none.
    package var restoredTo = ""
    /// Rows by table.
    package var rows: [String: Int] = [:]
    /// Rows by table when the base backup began.
    package var rowsInBackup: [String: Int]
    package var migrations: [String]
    /// Objects of the object storage.
    package var artifacts = 0
    /// What the doctor found, by kind; empty when all is well.
    package var issues: [String: Int] = [:]
    package var seconds = 0.0
    /// What a person should know.
    package var notes: [String] = []

    init(backup base: BaseBackup) { (backup, rowsInBackup, migrations) = (base.id, base.rows, base.migrations) }
}
