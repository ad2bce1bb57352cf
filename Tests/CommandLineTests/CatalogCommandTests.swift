import EmbeddedServices
import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// The commands of `portolan db` that ask and change the catalog.
@Suite struct `Database commands on the catalog` {
    private struct Version: Decodable {
        let id: String
        let isLatest: Bool
        let files: Int
    }
    private struct File: Decodable { let path: String }
    private struct Stats: Decodable {
        struct Inner: Decodable { let version: Version }
        let stats: Inner
    }
    private struct Delta: Decodable {
        let added: Int
        let removed: Int
        let changed: Int
    }
    private struct Usage: Decodable { let bytes: Int }

    @Test func `Versions, files, figures and differences are those of the catalog`() async throws {
        let (a, b) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))
        let artifact = String(repeating: "d", count: 64)
        try await `Database commands`.with { database in
            for (id, files) in [(a, ["x.html", "y.md"]), (b, ["x.html", "z.md", "z.txt"])] {
                _ = try await database.client.query(
                    """
                    insert into portolan.catalog_version (id, service, slot, label, state, published_at, created_at)
                    values (\(id), 'archive', 'docs', 'Docs', 'published', now(), now() + make_interval(secs => ascii(\(id))))
                    """)
                _ = try await database.client.query(
                    """
                    insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, fetched_at)
                    values (\(artifact), \(id), 'fresh', 'docs.zip', 'artifacts/docs/d', 9, 'https://a.example/docs.zip', now())
                    """)
                _ = try await database.client.query(
                    """
                    insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
                    select \(id), \(artifact), path, substring(path from '[a-z]+$'), 3, sha256(\(id)::bytea), path from unnest(\(files)) path
                    """)
            }
            _ = try await database.client.query(
                "insert into portolan.latest_pointer (slot, version_id, set_by) values ('docs', \(b), 'test')")

            let versions = try await database.json([Version].self, "db", "versions", "--service", "archive")
            #expect(versions.map(\.id) == [b, a] && versions.map(\.isLatest) == [true, false] && versions.map(\.files) == [3, 2])
            #expect(try await database.json([Version].self, "db", "versions", "--limit", "1", "--offset", "1").map(\.id) == [a])
            #expect(await database.run("db", "versions", "--artifact", artifact).output.contains("docs.zip"))
            #expect(try await database.json([File].self, "db", "files", "--version", "docs", "--format", "md").map(\.path) == ["z.md"])
            #expect(try await database.json(Stats.self, "db", "stats", "--version", "docs").stats.version.id == b)
            #expect(await database.run("db", "stats", "--version", a).output.contains("2 with 6 bytes"))
            #expect(try await database.json(Usage.self, "db", "stats").bytes == 15)
            #expect(await database.run("db", "stats", "--version", a, "--validations").diagnostics == "No validations.\n")
            let delta = try await database.json(Delta.self, "db", "delta", a, b)
            #expect(delta.added == 2 && delta.removed == 1 && delta.changed == 1)
            #expect(await database.run("db", "delta", a, "docs").output.contains("FILES BEFORE"))
            let missing = await database.run("db", "files", "--version", "none")
            #expect(missing.code == 1 && missing.diagnostics.contains("E_NOT_FOUND"))
        }
    }

    private struct Pointer: Decodable {
        let slot: String
        let version: String
        let setBy: String
    }
    private struct Doctor: Decodable {
        struct Issue: Decodable {
            let kind: String
            let isFixed: Bool
        }
        let issues: [Issue]
    }
    private struct Pruned: Decodable {
        let isDryRun: Bool
        let orphans: [String]
    }

    /// A catalog with two versions of the slot `docs`, whose artifacts lie in a folder.
    private func withCatalog(_ body: (`Database commands`.Database, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            try await `Database commands`.with { database in
                for letter in ["a", "b"] {
                    let artifact = String(repeating: letter, count: 64)
                    try Self.write("123", to: "\(folder)/artifacts/docs/\(artifact)")
                    _ = try await database.client.query(
                        """
                        insert into portolan.catalog_version (id, service, slot, label, state, published_at)
                        values (\(String(repeating: letter, count: 32)), 'archive', 'docs', \(letter), 'published', now())
                        """)
                    _ = try await database.client.query(
                        """
                        insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, fetched_at)
                        values (\(artifact), \(String(repeating: letter, count: 32)), 'fresh', 'docs.zip', \("artifacts/docs/\(artifact)"), 3,
                          'https://a.example/docs.zip', now())
                        """)
                }
                try await body(
                    `Database commands`.Database(
                        url: database.url, client: database.client, settings: ["PORTOLAN_STORAGE_URL": "file://\(folder)"]), folder)
            }
        }
    }

    private static func write(_ text: String, to path: String) throws {
        let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func `The latest version is set in the database and in the file beside it`() async throws {
        let (a, b) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))
        try await withCatalog { database, folder in
            #expect(await database.run("db", "latest", "get").diagnostics == "No latest versions.\n")
            #expect(await database.run("db", "latest", "set", "--version", b, "--dry-run").output.contains("would be"))
            #expect(try await database.json([Pointer].self, "db", "latest", "get").isEmpty)
            for version in [b, a] {
                #expect(await database.run("db", "latest", "set", "--version", version).code == 0)
                let pointer = try await database.json([Pointer].self, "db", "latest", "get", "--slot", "docs")
                #expect(pointer.map(\.version) == [version] && pointer[0].setBy == "portolan db")
                let mirror = try Data(contentsOf: URL(filePath: "\(folder)/artifacts/docs/LATEST.json"))
                #expect(String(decoding: mirror, as: UTF8.self).contains(version))
            }
            #expect(await database.run("db", "latest", "set", "--version", String(repeating: "c", count: 32)).code == 1)
            #expect(await database.run("db", "latest", "get", "--slot", "none").code == 1)
        }
    }

    @Test func `The doctor tells what differs, repairs it, and is content then`() async throws {
        let (a, b) = (String(repeating: "a", count: 64), String(repeating: "b", count: 32))
        try await withCatalog { database, folder in
            #expect(await database.run("db", "latest", "set", "--version", b).code == 0)
            #expect(try await database.json(Doctor.self, "db", "doctor").issues.isEmpty)
            try FileManager.default.removeItem(atPath: "\(folder)/artifacts/docs/\(a)")
            try Self.write("stray", to: "\(folder)/extracted/docs/stray/x.html")
            try FileManager.default.removeItem(atPath: "\(folder)/artifacts/docs/LATEST.json")
            let roots = ["--artifacts-root", "\(folder)/artifacts", "--extracted-root", "\(folder)/extracted"]
            let found = await Invocation.run(["db", "doctor", "--fix", "--dry-run"] + roots, environment: database.environment)
            #expect(found.code == 1)
            for kind in ["missing_fs_artifact", "orphan_extracted_file", "latest_mismatch"] { #expect(found.output.contains(kind)) }
            #expect(FileManager.default.fileExists(atPath: "\(folder)/extracted/docs/stray/x.html"))
            let fixed = try await database.json(Doctor.self, "db", "doctor", "--fix")
            #expect(fixed.issues.count == 3 && fixed.issues.allSatisfy(\.isFixed))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/extracted/docs/stray/x.html"))
            #expect(FileManager.default.fileExists(atPath: "\(folder)/artifacts/docs/LATEST.json"))
            #expect(try await database.json(Doctor.self, "db", "doctor").issues.isEmpty)
            let nowhere = await database.run("db", "doctor", "--artifacts-root", "\(folder)/none/artifacts")
            #expect(nowhere.code == 2 && nowhere.diagnostics.contains("There is no folder"))
        }
    }

    @Test func `A pruning tells what would go, and removes it only with --apply`() async throws {
        try await withCatalog { database, folder in
            let stray = "\(folder)/extracted/docs/stray/x.html"
            try Self.write("stray", to: stray)
            try await ChildProcess.run("/usr/bin/touch", arguments: ["-d", "2020-01-01", stray])
            let told = try await database.json(Pruned.self, "db", "prune", "--root", folder)
            #expect(told.isDryRun && told.orphans == ["extracted/docs/stray/x.html"] && FileManager.default.fileExists(atPath: stray))
            let done = try await database.json(Pruned.self, "db", "prune", "--apply", "--max-items", "10")
            #expect(!done.isDryRun && done.orphans.count == 1 && !FileManager.default.fileExists(atPath: stray))
            #expect(await database.run("db", "prune").output.contains("0 with 0 bytes"))
        }
    }
}
