import APIClient
import APIModel
import Digests
import EmbeddedServices
import FoundationEssentials
import Glibc
import Postgres
import Primitives
import TestSupport

/// Workers into which `CDeath` is loaded, beside an api, a scheduler and a site with archives: each can be killed between two of its calls to
/// the system while it takes in an archive.
struct DyingWorker {
    let fleet: Fleet
    let api: PortolanClient
    /// The archives by path, each with three pages of its own.
    private let archives: Locked<[String: [UInt8]]>
    private let site: String

    /// Runs `body` beside the other roles. Statements go through the socket of Postgres, where `CDeath` sees them.
    static func with(_ body: (DyingWorker) async throws -> Void) async throws {
        let archives = Locked<[String: [UInt8]]>([:])
        try await LoopbackHTTPServer.withServer { request in
            archives.withLock { $0[request.path] }.map { .bytes($0) } ?? .status(404)
        } body: { site in
            try await EmbeddingServer.with { _, settings in
                try await Fleet.with(settings) { fleet in
                    try await fleet.roles(["api", "scheduler"]) { roles in
                        try await body(DyingWorker(fleet: fleet, api: fleet.api(roles[0]), archives: archives, site: site.url))
                    }
                }
            }
        }
    }

    /// A worker that is ready, or has died already.
    ///
    /// - Parameter step: dies right before the step of that number; nil to live on.
    func start(dyingAt step: Int?, log: String) async throws -> Fleet.Role {
        let postgres = fleet.postgres
        var settings = [
            "PORTOLAN_DATABASE_URL": "postgresql://portolan@/portolan?host=\(postgres.socketDirectory)&port=\(postgres.port)",
            "LD_PRELOAD": BuildProducts.folder + "/libCDeath.so", "DEATH_LOG": log,
        ]
        settings["DEATH_STEP"] = step.map { "\($0)" }
        let role = try fleet.start("worker", settings: settings)
        try await eventually(within: .seconds(90)) {
            if role.process.exitStatus != nil { return true }
            return await fleet.probe(role, "/readyz") == 200
        }
        return role
    }

    /// The calls that a worker came to, in their order.
    static func steps(_ log: String) -> [String] {
        ((try? Stack.text(log)) ?? "").split(separator: "\n").map { String($0.split(separator: " ").last ?? "") }
    }

    /// Publishes an archive under a name and asks for it.
    func submit(_ name: String) async throws -> String {
        try await withTemporaryDirectory { directory in
            let pages = [
                "index.md": "# Start of \(name)\n\nThe first page.", "a/b.md": "# Second of \(name)\n\nMore.",
                "c.md": "# Third\n\n\(name).",
            ]
            try FileManager.default.createDirectory(atPath: directory + "/a", withIntermediateDirectories: true)
            for (path, text) in pages { try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(path)")) }
            let file = directory + "/made.zip"
            try await ChildProcess.run(
                "/usr/bin/bsdtar", arguments: ["--format", "zip", "-cf", file, "-C", directory] + pages.keys.sorted())
            let bytes = Array(FileManager.default.contents(atPath: file) ?? Data())
            archives.withLock { $0["/\(name).zip"] = bytes }
        }
        return try await api.startIngestion(StartIngestionRequest(webURL: "\(site)/\(name).zip", library: name, kind: "archive")).jobID
    }

    /// Waits until a job has ended or its worker has died.
    func wait(for job: String, or worker: Fleet.Role) async throws {
        try await eventually(within: .seconds(120)) {
            if worker.process.exitStatus != nil { return true }
            return try await fleet.number("select count(*) as n from portolan.job where id::text = \(job) and finished_at is not null") == 1
        }
    }

    /// Waits until the server has ended what it was doing for a process that is gone.
    func settle() async throws {
        try await eventually(within: .seconds(60)) {
            try await fleet.number(
                "select count(*) as n from pg_stat_activity where application_name like 'portolan-worker%' and datname = current_database()"
            )
                == 0
        }
        // Its claim on the slot runs out by itself, in minutes.
        _ = try await fleet.rows.query("update portolan.slot_claim set expires_at = now()")
    }

    /// What is wrong between rows and files: rows without their file, files that are not what their name says, pointers to nothing.
    func damage() async throws -> [String] {
        let store = fleet.folder + "/storage"
        func digest(_ key: String) -> String? {
            FileManager.default.contents(atPath: "\(store)/\(key)").map { SHA256.hash(Array($0)).hexadecimal }
        }
        var damage: [String] = []
        let rows = try await fleet.rows.query(
            """
            select storage_key as key, id as digest from portolan.artifact where storage_key is not null
            union all select storage_key, encode(sha256, 'hex') from portolan.extracted_file
            """)
        for row in rows {
            let key = try row.decode("key", as: String.self)
            if digest(key) != (try row.decode("digest", as: String.self)) { damage.append("the row of \(key) has no file, or a torn one") }
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: store)
        for file in files where file.split(separator: "/").last?.count == 64 {
            var isFolder = false
            _ = FileManager.default.fileExists(atPath: "\(store)/\(file)", isDirectory: &isFolder)
            if !isFolder, digest(file).map({ file.hasSuffix($0) }) != true { damage.append("\(file) is torn") }
        }
        let pointers = try await fleet.number(
            """
            select count(*) as n from portolan.latest_pointer p
            where not exists (select from portolan.artifact a where a.version_id = p.version_id and a.storage_key is not null)
            """)
        if pointers != 0 { damage.append("\(pointers) pointers lead to versions without an artifact") }
        return damage + (try await fleet.rows.contradictions())
    }
}
