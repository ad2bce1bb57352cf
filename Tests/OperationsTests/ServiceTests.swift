import Domain
import EmbeddedServices
import FoundationEssentials
import Logging
import ObjectStorage
import Policy
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite(.serialized) struct `The backups of a running server` {
    private struct Site {
        let folder: String
        let client: PostgresClient
        let service: BackupService
        var work: String { folder + "/work" }

        func left() -> [String] { ((try? FileManager.default.subpathsOfDirectory(atPath: work)) ?? []).sorted() }

        /// Keys of the target, of a folder of the cluster's.
        func keys(_ part: String) async throws -> [String] {
            try await service.target.store.list(prefix: "").map(\.key).filter { $0.contains("/\(part)/") }
        }
    }

    /// A server of its own with the product's schema; `before` is asked before each object is stored, and may wait or throw.
    private func withSite(
        now: @escaping @Sendable () -> Date = { Date() }, before: @escaping @Sendable (_ key: String) async throws -> Void = { _ in },
        _ body: (Site) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            try await TestDatabase.withServer { server in
                var configuration = try PostgresConfiguration(url: server.databaseURL())
                configuration.defaultTimeout = .seconds(120)
                let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
                defer { client.close() }
                try await server.administer("create extension if not exists vector", database: "portolan")
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                let store = WatchedObjects(
                    store: LocalObjectStore(root: folder + "/store", gates: GateRegistry()), before: before)
                let service = BackupService(
                    target: BackupTarget(store: store, key: nil, work: folder + "/work"), ledger: PostgresBackupLedger(client),
                    programs: PostgresPrograms(
                        surroundings: ProcessInfo.processInfo.environment, database: configuration.programEnvironment),
                    artifacts: nil, productVersion: "1", now: now)
                try await body(Site(folder: folder, client: client, service: service))
            }
        }
    }

    /// Runs the continuous backup beside `body`.
    private func whileArchiving(_ service: BackupService, _ body: () async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let continuous = ContinuousBackup(service, pace: .init(log: .milliseconds(200), base: .seconds(86_400)), logger: logger)
        let work = Task { try await continuous.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        work.cancel()
        _ = await work.result
        try result.get()
    }

    @Test func `a base backup beside a log that does not arrive is whole by itself, and its manifest comes last`() async throws {
        let (order, held, release) = (Locked<[String]>([]), Expectation(), Expectation())
        try await withSite(before: { key in
            if key.contains("/log/") {
                held.fulfill()
                try await release.fulfillment()
            }
            order.withLock { $0.append(key) }
        }) { site in
            try await whileArchiving(site.service) {
                try await held.fulfillment()
                _ = try await site.client.query("create table public.written (n int)")
                _ = try await site.client.query("insert into public.written select generate_series(1, 1000)")
                let base = try await site.service.takeBase()
                let stored = order.withLock { $0.filter { $0.contains(base.id) } }
                #expect(stored.last == "\(base.cluster)/bases/\(base.id)/manifest.json")
                #expect(stored.contains { $0.hasSuffix("/pg_wal.tar.gz") } && base.start < base.end)
                // Nothing of the log has been archived.
                #expect(try await site.keys("log") == [])
                try await restored(base, site) { server in
                    let rows = try await server.administer("select count(*) from public.written", database: "portolan")
                    #expect(rows == "1000\n")
                }
                release.fulfill()
                try await eventually { try await !site.keys("log").isEmpty }
            }
        }
    }

    /// Makes a server from a backup and no other log than its own.
    private func restored(_ base: BaseBackup, _ site: Site, _ body: (PrivatePostgres) async throws -> Void) async throws {
        let (files, log) = (site.folder + "/files", site.folder + "/none")
        for folder in [files, log] { try PrivatePostgres.makeFolder(folder) }
        for file in base.files {
            try await site.service.target.get("\(base.cluster)/bases/\(base.id)/\(file.name)", to: "\(files)/\(file.name)", expecting: file)
        }
        let recovery = PrivatePostgres.Recovery(base: files, log: log, moment: nil)
        _ = try await PrivatePostgres.unpack(recovery, into: site.folder + "/restored")
        let server = try await PrivatePostgres.recover(directory: site.folder + "/restored", recovery)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop(.immediate)
        try result.get()
    }

    @Test(arguments: ["backup_manifest", "pg_wal.tar.gz", "manifest.json"])
    func `a base backup that fails leaves no file in the target and none behind, and says why`(file: String) async throws {
        let isBroken = Locked(true)
        try await withSite(before: { key in
            if key.hasSuffix("/\(file)"), isBroken.withLock({ $0 }) {
                throw Fault(.serviceUnavailable, code: "E_STORAGE_UNREACHABLE", "The target is away.", isTransient: true)
            }
        }) { site in
            let failed = await fault { _ = try await site.service.takeBase() }
            #expect(failed?.code == "E_STORAGE_UNREACHABLE")
            #expect(try await site.keys("bases") == [])
            #expect(site.left() == [])
            let state = try #require(try await PostgresBackupLedger(site.client).states().first { $0.kind == "base" })
            #expect(state.failures == 1 && state.succeeded == nil && state.error?.contains("The target is away.") == true)
            isBroken.withLock { $0 = false }
            let base = try await site.service.takeBase()
            #expect(try await site.service.target.inventory().bases.map(\.id) == [base.id])
            #expect(site.left() == [])
        }
    }

    @Test func `objects are copied anew when the key is another one, and once otherwise`() async throws {
        try await withSite { site in
            let objects = LocalObjectStore(root: site.folder + "/objects", gates: GateRegistry())
            _ = try await objects.putBytes([1, 2, 3], at: "artifacts/one")
            func service(_ digit: Character?) throws -> BackupService {
                let key = try digit.map { try backupKey($0) }
                return BackupService(
                    target: BackupTarget(store: site.service.target.store, key: key, work: site.work), ledger: site.service.ledger,
                    programs: site.service.programs, artifacts: objects, productVersion: "1")
            }
            var copies: [[UInt8]] = []
            for digit in [nil, "7", "7", "8"] as [Character?] {
                let service = try service(digit)
                let base = try await service.takeBase()
                #expect(base.artifacts.map(\.name) == ["artifacts/one"])
                let name = "\(base.cluster)/artifacts/artifacts/one"
                try await service.target.get(name, to: nil)
                copies.append(try read("\(site.folder)/store/\(name)"))
            }
            // Each sealing has a salt of its own.
            #expect(copies[0] != copies[1] && copies[1] == copies[2] && copies[2] != copies[3])
        }
    }

    @Test func `what a run that died left on its way is cleared at the start, but for its log`() async throws {
        // Two hours on, everything that is there now is old.
        try await withSite(now: { Date().addingTimeInterval(7200) }) { site in
            for folder in ["/20260101t000000z-00000000/deep", "/log"] {
                try FileManager.default.createDirectory(atPath: site.work + folder, withIntermediateDirectories: true)
            }
            for name in ["a.part", "b.artifact", "20260101t000000z-00000000/deep/base.tar.gz", "log/note"] {
                try write([1, 2, 3], to: "\(site.work)/\(name)")
            }
            try await whileArchiving(site.service) {
                try await eventually { !site.left().contains { !$0.hasPrefix("log") && !$0.hasPrefix("receiver") } }
                #expect(FileManager.default.fileExists(atPath: site.work + "/log/note"))
            }
        }
    }

    @Test func `what another run works on stays`() async throws {
        try await withSite { site in
            try FileManager.default.createDirectory(atPath: site.work + "/young", withIntermediateDirectories: true)
            try write([1], to: site.work + "/young/base.tar.gz")
            try await whileArchiving(site.service) {
                try await eventually { try await PostgresBackupLedger(site.client).states().contains { $0.kind == "log" } }
                #expect(site.left().contains("young/base.tar.gz"))
            }
        }
    }
}

/// A store of which a test sees, holds up or refuses what is stored.
private struct WatchedObjects: ReadableObjectStore {
    let store: LocalObjectStore
    let before: @Sendable (_ key: String) async throws -> Void

    var baseURL: String { store.baseURL }
    func putFile(_ path: String, at key: String) async throws -> StoredObject {
        try await before(key)
        return try await store.putFile(path, at: key)
    }
    func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject {
        try await before(key)
        return try await store.putBytes(bytes, at: key)
    }
    func rename(_ key: String, to target: String) async throws { try await store.rename(key, to: target) }
    func delete(_ keys: [String]) async throws { try await store.delete(keys) }
    func exists(_ key: String) async throws -> Bool { try await store.exists(key) }
    func stat(_ key: String) async throws -> StoredObject? { try await store.stat(key) }
    func list(prefix: String) async throws -> [StoredObject] { try await store.list(prefix: prefix) }
    func resolveURL(_ key: String) throws -> String { try store.resolveURL(key) }
    func fetch(_ key: String, to path: String) async throws { try await store.fetch(key, to: path) }
    func setLatestVersion(_ version: String, of slot: String) async throws { try await store.setLatestVersion(version, of: slot) }
    func latestVersion(of slot: String) async throws -> String? { try await store.latestVersion(of: slot) }
}
