import Catalog
import Digests
import Domain
import EmbeddedServices
import FoundationEssentials
import Glibc
import ObjectStorage
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

/// `portolan artifacts pull`, as a process that can be killed at each of its steps: the product's own program, into which `CDeath` is loaded.
struct KilledPull {
    let world: CatalogWorld
    /// Where archives are extracted before the store has them.
    let work: String
    /// Whether only what is done to files counts as a step, and statements do not.
    var filesOnly = false
    private let address: String
    private let files: Locked<[String: [UInt8]]>

    /// Runs `body` with a catalog and a server with an archive and an ontology, at first as ``publish(_:)`` gives them for 1.
    static func with(work: String, filesOnly: Bool = false, _ body: (KilledPull) async throws -> Void) async throws {
        try await withCatalog { world in
            let files = Locked<[String: [UInt8]]>([:])
            try await LoopbackHTTPServer.withServer(handler: { request in
                files.withLock { $0[request.path] }.map { .bytes($0) } ?? .status(404)
            }) { server in
                let pull = KilledPull(world: world, work: work, filesOnly: filesOnly, address: server.url, files: files)
                try await pull.publish(1)
                try await body(pull)
            }
        }
    }

    /// Gives the artifacts their content of a time, and locks it.
    func publish(_ time: Int) async throws {
        let program = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], 'w') as z:
                z.writestr('index.md', '# Start ' + sys.argv[2])
                z.writestr('guide/install.md', '# Install\\n\\nRun it.')
            """
        let zip = world.folder + "/made.zip"
        try await ChildProcess.run("/usr/bin/python3", arguments: ["-c", program, zip, "\(time)"])
        let archive = Array(try #require(FileManager.default.contents(atPath: zip)))
        let ontology = Array("format-version: 1.2\n\n[Term]\nid: EX:\(time)\nname: term \(time)\n".utf8)
        files.withLock { $0 = ["/docs.zip": archive, "/ex.obo": ontology] }
        func locked(_ id: String, _ kind: String, _ path: String, _ bytes: [UInt8]) -> LockedArtifact {
            LockedArtifact(
                id: id, library: id, version: "1", kind: kind, url: address + path, bytes: Int64(bytes.count),
                sha256: SHA256.hash(bytes).hexadecimal)
        }
        let lockfile = Lockfile(
            sourcesHash: String(repeating: "0", count: 64),
            artifacts: [locked("docs", "archive", "/docs.zip", archive), locked("ex", "ontology", "/ex.obo", ontology)])
        try Data(lockfile.text.utf8).write(to: URL(filePath: lock))
    }

    private var lock: String { world.folder + "/portolan-artifacts.lock.json" }
    private var steps: String { world.folder + "/steps" }

    /// Pulls, and dies right before the step of that number; nil to live on.
    ///
    /// - Returns: how it ended, and the calls that it came to.
    func run(dyingAt step: Int?) async throws -> (status: EmbeddedServices.ExitStatus, steps: [String], output: String) {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PORTOLAN_") }
        for name in ["PORTOLAN_POSTGRES_DIR", "PORTOLAN_TOOLS_DIR"] { environment[name] = ProcessInfo.processInfo.environment[name] }
        environment["PORTOLAN_DATABASE_URL"] = world.url + (world.url.contains("?") ? "&" : "?") + "application_name=killed"
        environment["PORTOLAN_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        environment["PORTOLAN_STORAGE_URL"] = "file://\(world.folder)/store"
        environment["PORTOLAN_WORK_DIR"] = work
        environment["LD_PRELOAD"] = BuildProducts.folder + "/libCDeath.so"
        environment["DEATH_STEP"] = step.map { "\($0)" }
        if filesOnly { environment["DEATH_FILES"] = "1" }
        environment["DEATH_LOG"] = steps
        let output = world.folder + "/output"
        for path in [steps, output] { try? FileManager.default.removeItem(atPath: path) }
        let child = try ChildProcess.start(
            BuildProducts.folder + "/portolan", arguments: ["artifacts", "pull", "--lock", lock, "--concurrent-downloads", "1"],
            environment: environment, directory: world.folder, output: .file(output), parentDeathSignal: SIGKILL)
        guard let status = await child.wait(atMost: .seconds(120)) else {
            await child.terminate()
            throw Unended()
        }
        // What the server was doing for the process comes to its end, one way or the other.
        try await eventually {
            try await world.number(
                "select count(*) from pg_stat_activity where application_name = 'killed' and datname = current_database()") == 0
        }
        let calls = String(decoding: FileManager.default.contents(atPath: steps) ?? Data(), as: UTF8.self)
            .split(separator: "\n").map { String($0.split(separator: " ").last ?? "") }
        return (status, calls, String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self))
    }

    struct Unended: Error {}

    /// Files of the store that have their final name and not the content that belongs to it.
    func tornFiles() async throws -> [String] {
        var torn: [String] = []
        for key in try await world.keys() {
            let content = Array(FileManager.default.contents(atPath: "\(world.folder)/store/\(key)") ?? Data())
            let name = key.split(separator: "/").last ?? ""
            let isWhole =
                if key.hasPrefix("extracted/") {
                    name == "index.md"
                        ? content.starts(with: "# Start ".utf8) && content.count == 9 : content == Array("# Install\n\nRun it.".utf8)
                } else if name == "LATEST.json" {
                    try await isPublished(content)
                } else {
                    SHA256.hash(content).hexadecimal == name
                }
            if !isWhole { torn.append(key) }
        }
        return torn
    }

    /// Whether a mirror names a version that is, or was, the latest.
    private func isPublished(_ mirror: [UInt8]) async throws -> Bool {
        struct Mirror: Decodable { let version: String }
        guard let version = try? JSONDecoder().decode(Mirror.self, from: Data(mirror)).version else { return false }
        return try await world.catalog.version(version)?.state == .published
    }

    /// Everything that the catalog and the store hold.
    func picture() async throws -> [String] {
        var lines = try await world.picture() + (try await world.keys())
        lines += try await world.client.query(
            """
            select 'job of ' || l.name || ' ' || count(*) as line from portolan.job j join portolan.documentation d on d.id = j.documentation_id
            join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id group by l.name order by 1
            """
        ).map { try $0.decode("line", as: String.self) }
        return lines
    }

    /// Makes rows, files and pointers as they were when only `versions` were there.
    func goBack(to versions: [LatestPointer], keys: [String]) async throws {
        _ = try await world.client.query("delete from portolan.slot_claim")
        for version in versions { try await world.boundaries.setLatest(version.version, of: version.slot, by: "test") }
        _ = try await world.client.query(
            "delete from portolan.catalog_version where not id = any(\(versions.map(\.version)))")
        _ = try await world.client.query("delete from portolan.library")
        try await world.objects.delete(try await world.keys().filter { !keys.contains($0) })
        try await world.objects.sweep(before: Date().timeIntervalSince1970)
    }
}
