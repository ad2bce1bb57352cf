import Catalog
import Digests
import Domain
import FoundationEssentials
import Logging
import ObjectStorage
import Policy
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

/// A migrated database and an object store in a folder.
struct CatalogWorld: Sendable {
    let client: PostgresClient
    let url: String
    let folder: String

    var catalog: PostgresCatalogStore { PostgresCatalogStore(client) }
    var objects: LocalObjectStore { LocalObjectStore(root: folder + "/store", gates: GateRegistry()) }
    var boundaries: CatalogBoundaries { CatalogBoundaries(catalog: catalog, objects: objects) }
    var doctor: CatalogDoctor { CatalogDoctor(boundaries) }

    func number(_ sql: SQL) async throws -> Int { try await client.query(sql).single().decode(0, as: Int.self) }

    /// Takes in an archive with `files` as a source does, and makes it the latest.
    @discardableResult
    func takeIn(
        _ files: [String: String], source: String = "https://docs.example.com/docs.zip", boundaries: CatalogBoundaries? = nil,
        isLatest: Bool = true, job: RunningJob? = nil
    ) async throws -> KeptArtifact {
        let boundaries = boundaries ?? self.boundaries
        let bytes = Array(files.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n").utf8)
        let artifact = try await boundaries.download(
            ArtifactArrival(
                .bytes(bytes), size: Int64(bytes.count), digest: SHA256.hash(bytes).hexadecimal, name: "docs.zip",
                kind: try #require(SourceKind(rawValue: "archive")), source: source, url: source, job: job))
        let extracted = folder + "/" + UUID().uuidString
        for (path, text) in files {
            let file = URL(filePath: extracted + "/" + path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        defer { try? FileManager.default.removeItem(atPath: extracted) }
        try await boundaries.extract(
            artifact, folder: extracted,
            files: files.sorted { $0.key < $1.key }.map {
                ArtifactFile(path: $0.key, bytes: Int64($0.value.utf8.count), digest: SHA256.hash($0.value))
            })
        if isLatest { try await boundaries.setLatest(artifact.version, of: artifact.slot, by: "test") }
        return artifact
    }

    /// A job that is running, for a documentation of its own.
    func job(_ library: String = "lib") async throws -> RunningJob {
        let job = try await PostgresJobStore(client).submit(
            JobSubmission(
                library: library, version: "1.0", settings: IngestionSettings(rootURL: "https://docs.example.com/"), correlationID: "test"),
            access: .all
        ).job
        return RunningJob(id: job.id, documentation: job.documentation, correlationID: "test")
    }

    /// The seven invariants of the catalog. Returns what is broken.
    func brokenInvariants() async throws -> [String] {
        var broken: [String] = []
        func none(_ name: String, _ sql: SQL) async throws {
            if try await number(sql) > 0 { broken.append(name) }
        }
        try await none(
            "1: every row belongs to a version that is there",
            """
            select (select count(*) from portolan.artifact a left join portolan.catalog_version v on v.id = a.version_id where v.id is null)
              + (select count(*) from portolan.extracted_file f left join portolan.artifact a on (a.id, a.version_id) = (f.artifact_id, f.version_id)
                where a.id is null or a.fault_code <> 'E_MISSING')
              + (select count(*) from portolan.validation x left join portolan.catalog_version v on v.id = x.version_id where v.id is null)
            """)
        try await none(
            "2: a path is there once in a version",
            "select count(*) from (select from portolan.extracted_file group by version_id, path having count(*) > 1) x")
        try await none(
            "3: at most one latest version of a slot, and it is published and has its bytes",
            """
            select count(*) from portolan.latest_pointer p join portolan.catalog_version v on v.id = p.version_id
            where v.state <> 'published' or v.slot <> p.slot or not exists (
              select from portolan.artifact a where a.version_id = v.id and a.storage_key is not null)
            """)
        try await none(
            "4: the sums are the sums",
            """
            select count(*) from (
              select version_id, format, count(*) as files, sum(bytes) as bytes from portolan.extracted_file group by version_id, format
            ) f full join portolan.catalog_usage u using (version_id, format)
            where f.files is distinct from u.files or f.bytes is distinct from u.bytes
            """)
        try await none(
            "5: what failed has no bytes and a reason, what is rejected has no files",
            """
            select (select count(*) from portolan.artifact where (status = 'failed') <> (storage_key is null and fault_code is not null))
              + (select count(*) from portolan.extracted_file f join portolan.catalog_version v on v.id = f.version_id where v.state = 'rejected')
            """)
        // 6: no row without its file, with all its bytes and the right ones.
        let rows = try await client.query(
            """
            select storage_key as key, bytes, id as digest from portolan.artifact where storage_key is not null
            union all select storage_key, bytes, encode(sha256, 'hex') from portolan.extracted_file
            """)
        for row in rows {
            let key = try row.decode("key", as: String.self)
            let content = FileManager.default.contents(atPath: folder + "/store/" + key)
            if content.map({ SHA256.hash(Array($0)).hexadecimal }) != (try row.decode("digest", as: String.self)) {
                broken.append("6: the row of \(key) has its file")
            }
        }
        try await none(
            "7: a commit is there with its events: as many commits as successes",
            """
            select abs((select count(*) from portolan.event where type like 'boundary.%.success' and payload ? 'version_id')
              - (select count(*) from portolan.event where type = 'db.tx.commit'))
            """)
        return broken
    }

    /// Expects all seven.
    func expectInvariants(_ comment: Comment = "", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let broken = try await brokenInvariants()
        #expect(broken == [], comment, sourceLocation: sourceLocation)
    }

    /// Everything that the catalog holds, without times and numbers.
    func picture() async throws -> [String] {
        try await client.query(
            """
            select 'version ' || id || ' ' || state as line from portolan.catalog_version
            union all select 'artifact ' || id || ' ' || version_id || ' ' || coalesce(storage_key, '-') from portolan.artifact
            union all select 'file ' || version_id || ' ' || path || ' ' || encode(sha256, 'hex') || ' ' || storage_key from portolan.extracted_file
            union all select 'latest ' || slot || ' ' || version_id from portolan.latest_pointer
            order by line
            """
        ).map { try $0.decode("line", as: String.self) }
    }

    /// Keys of all objects.
    func keys() async throws -> [String] { try await objects.list(prefix: "").map(\.key) }
}

func withCatalog<Result>(_ body: (CatalogWorld) async throws -> Result) async throws -> Result {
    try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
        try await withTemporaryDirectory { folder in
            let client = try catalogClient(url)
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            return try await body(CatalogWorld(client: client, url: url, folder: folder))
        }
    }
}

/// A client with few connections: all tests share one server.
func catalogClient(_ url: String) throws -> PostgresClient {
    var configuration = try PostgresConfiguration(url: url)
    (configuration.laneCount, configuration.maximumLeases) = (1, 4)
    configuration.defaultTimeout = .seconds(60)
    return try PostgresClient(configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

extension CatalogSlot {
    static func archive(_ source: String = "https://docs.example.com/docs.zip") -> CatalogSlot {
        CatalogSlot(rawValue: "archive-" + SHA256.hash(source).hexadecimal.prefix(16))!
    }
}
