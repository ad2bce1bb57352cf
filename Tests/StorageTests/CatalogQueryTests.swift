import Domain
import Policy
import Postgres
import Primitives
import Testing

@testable import Storage

@Suite struct `Catalog queries` {
    private struct Bench {
        let stores: Stores
        let queries: PostgresCatalogQueries
        let gates: GateRegistry
        let refused = Locked<[String]>([])

        /// A version with one artifact; `files` by path with size and a letter that stands for the content.
        func add(_ letter: Character, slot: String, service: String = "archive", files: [(path: String, bytes: Int, content: String)])
            async throws
        {
            let (id, artifact) = (String(repeating: letter, count: 32), String(repeating: letter, count: 64))
            try await stores.client.withTransaction { connection in
                try await connection.query(
                    """
                    insert into portolan.catalog_version (id, service, slot, label, state, created_at, published_at)
                    values (\(id), \(service), \(slot), \("Version \(letter)"), 'published',
                      timestamptz '2026-01-01' + make_interval(days => ascii(\(String(letter)))), now())
                    """)
                try await connection.query(
                    """
                    insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, fetched_at)
                    values (\(artifact), \(id), 'fresh', 'docs.zip', \("artifacts/\(slot)/\(artifact)"), 1000, 'https://a.example/docs.zip', now())
                    """)
                try await connection.query(
                    """
                    insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
                    select \(id), \(artifact), f.path, substring(f.path from '[a-z]+$'), f.bytes, sha256(convert_to(f.content, 'UTF8')), 'extracted/' || f.path
                    from unnest(\(files.map(\.path)), \(files.map(\.bytes)), \(files.map(\.content))) f (path, bytes, content)
                    """)
                try await connection.query(
                    """
                    insert into portolan.validation (version_id, file_id, path, validator, status, detail)
                    select version_id, id, path, 'links', case when bytes > 50 then 'fail' else 'pass' end, case when bytes > 50 then 'dead' end
                    from portolan.extracted_file where version_id = \(id)
                    """)
                try await connection.query(
                    "insert into portolan.validation (version_id, validator, status) values (\(id), 'manifest', 'timeout')")
            }
        }

        func point(_ slot: String, _ letter: Character) async throws {
            _ = try await stores.client.query(
                """
                insert into portolan.latest_pointer (slot, version_id, set_by) values (\(slot), \(String(repeating: letter, count: 32)), 'test')
                on conflict (slot) do update set version_id = excluded.version_id
                """)
        }
    }

    private static let (a, b) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))

    /// Two versions of one slot, the second the latest, and one of another slot.
    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let bench = Bench(stores: stores, queries: PostgresCatalogQueries(stores.client, gates: gates), gates: gates)
            gates.observeRejections { _, rejection in bench.refused.withLock { $0.append("\(rejection) \(rejection.details)") } }
            try await bench.add(
                "a", slot: "one", files: [("docs/a.html", 10, "1"), ("docs/b.html", 100, "2"), ("guide.md", 5, "3"), ("old/x.txt", 7, "4")])
            try await bench.add(
                "b", slot: "one",
                files: [("docs/a.html", 10, "1"), ("docs/b.html", 120, "5"), ("docs/c.html", 1, "6"), ("guide.md", 5, "3")])
            try await bench.add("c", slot: "two", service: "ontology", files: [("go.obo", 1000, "7")])
            try await bench.point("one", "b")
            try await body(bench)
            #expect(bench.refused.withLock { $0 } == [])
        }
    }

    @Test func `A version is counted with its files, formats and validations`() async throws {
        try await withBench { bench in
            let stats = try await bench.queries.versionStats(Self.a)
            #expect(stats.version.files == 4 && stats.version.bytes == 122 && !stats.version.isLatest && stats.version.label == "Version a")
            #expect(stats.artifacts == 1 && stats.artifactBytes == 1000)
            #expect(
                stats.formats.map(\.format) == ["html", "txt", "md"] && stats.formats[0].files == 2 && stats.formats[0].averageBytes == 55)
            #expect(stats.validations == .init(pass: 3, fail: 1, timeout: 1))
            let latest = try await bench.queries.versionStats("one")
            #expect(latest.version.id == Self.b && latest.version.isLatest)
            let fault = await #expect(throws: Fault.self) { try await bench.queries.versionStats("nothing") }
            #expect(fault?.code == "E_NOT_FOUND")
        }
    }

    @Test func `Versions come newest first, by service and in pages`() async throws {
        try await withBench { bench in
            let all = try await bench.queries.versions()
            #expect(all.map(\.label) == ["Version c", "Version b", "Version a"] && all.map(\.isLatest) == [false, true, false])
            #expect(all.map(\.bytes) == [1000, 136, 122])
            #expect(try await bench.queries.versions(service: "archive").map(\.label) == ["Version b", "Version a"])
            #expect(try await bench.queries.versions(limit: 1, offset: 1).map(\.label) == ["Version b"])
            #expect(try await bench.queries.versions(library: "nothing").isEmpty)
            let documentation = try await bench.stores.submit("swift").documentation
            _ = try await bench.stores.client.query(
                "update portolan.catalog_version set documentation_id = \(documentation.uuid) where id = \(Self.a)")
            #expect(try await bench.queries.versions(service: "archive", library: "swift").map(\.id) == [Self.a])
            await #expect(throws: Fault.self) { try await bench.queries.versions(limit: 1001) }
        }
    }

    @Test func `Files are found by format and by the beginning of their path`() async throws {
        try await withBench { bench in
            #expect(try await bench.queries.files(Self.a).map(\.path) == ["docs/a.html", "docs/b.html", "guide.md", "old/x.txt"])
            #expect(try await bench.queries.files("one", format: "html").map(\.path) == ["docs/a.html", "docs/b.html", "docs/c.html"])
            #expect(try await bench.queries.files(Self.a, prefix: "docs/").map(\.bytes) == [10, 100])
            #expect(try await bench.queries.files(Self.a, format: "md", prefix: "docs/").isEmpty)
            #expect(try await bench.queries.files(Self.a, limit: 1, offset: 2).map(\.path) == ["guide.md"])
            let file = try #require(try await bench.queries.files(Self.a, limit: 1).first)
            #expect(file.sha256.count == 64 && file.artifactId == String(repeating: "a", count: 64))
        }
    }

    @Test func `Validations are found by file, validator and outcome`() async throws {
        try await withBench { bench in
            let all = try await bench.queries.validations(Self.a)
            #expect(all.count == 5 && all.first?.validator == "links" && all.last?.path == "")
            #expect(try await bench.queries.validations(Self.a, path: "docs/b.html").map(\.detail) == ["dead"])
            #expect(try await bench.queries.validations(Self.a, validator: "manifest").map(\.status) == ["timeout"])
            #expect(try await bench.queries.validations(Self.a, validator: "links", passedOnly: true).count == 3)
            let summary = try await bench.queries.validationSummary(Self.a)
            #expect(summary.map(\.validator) == ["links", "manifest"] && summary[0].counts == .init(pass: 3, fail: 1, timeout: 0))
        }
    }

    @Test func `An artifact is found by its identifier`() async throws {
        try await withBench { bench in
            let found = try await bench.queries.find(artifact: String(repeating: "c", count: 64))
            #expect(found.map(\.versionId) == [String(repeating: "c", count: 32)] && found[0].status == "fresh")
            #expect(try await bench.queries.find(artifact: String(repeating: "0", count: 64)).isEmpty)
        }
    }

    @Test func `The difference of two versions counts what came, went and changed`() async throws {
        try await withBench { bench in
            let delta = try await bench.queries.delta(from: Self.a, to: Self.b)
            #expect(delta.added == 1 && delta.removed == 1 && delta.common == 3 && delta.changed == 1 && delta.sizeDelta == 14)
            #expect(
                delta.formatChanges == [
                    .init(format: "html", filesBefore: 2, filesAfter: 3), .init(format: "txt", filesBefore: 1, filesAfter: 0),
                ])
            let none = try await bench.queries.delta(from: Self.a, to: Self.a)
            #expect(none.added + none.removed + none.changed + none.sizeDelta == 0 && none.common == 4 && none.formatChanges.isEmpty)
        }
    }

    @Test func `The space of a version and of all is known by format`() async throws {
        try await withBench { bench in
            let all = try await bench.queries.storageUsage()
            #expect(all.files == 9 && all.bytes == 1258 && all.byFormat.map(\.format) == ["obo", "html", "md", "txt"])
            #expect(all.byVersion.map(\.label) == ["Version c", "Version b", "Version a"])
            let one = try await bench.queries.storageUsage(Self.a)
            #expect(one.files == 4 && one.averageBytes == 30.5 && one.byVersion.count == 1)
            _ = try await bench.stores.client.query("delete from portolan.catalog_version where id = \(Self.a)")
            #expect(try await bench.queries.storageUsage().files == 5)
        }
    }

    @Test func `An empty catalog has no space and no versions`() async throws {
        try await withStores { stores in
            let queries = PostgresCatalogQueries(stores.client)
            let (versions, usage) = (try await queries.versions(), try await queries.storageUsage())
            #expect(versions.isEmpty && usage.averageBytes == 0 && usage.byVersion.isEmpty)
        }
    }
}
