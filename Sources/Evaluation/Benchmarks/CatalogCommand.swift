import ArgumentParser
import Postgres
import Primitives
import Storage

/// What operators ask the catalog, the profiler and the schema inspector, over 200,000 files: each method's 95th percentile beside its budget.
struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Measures the questions to a catalog of 200,000 files.")

    @Option(help: "Files of each of the two large versions.") var files = 100_000
    @Option(help: "Small versions beside them.") var versions = 1000
    @Option(help: "Calls of each method.") var calls = 100
    @Option(help: "Folder of the database; made anew by each run.") var state = ".build/benchmark/catalog"

    private static let (older, newer) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))

    /// A method with the longest time that it may take, in milliseconds.
    private struct Method {
        let name: String
        let budget: Double
        let call: (Int) async throws -> Void

        init(_ name: String, _ budget: Double, _ call: @escaping (Int) async throws -> Void) {
            (self.name, self.budget, self.call) = (name, budget, call)
        }
    }

    func run() async throws {
        try await Laboratory.with(state: state, isFresh: true) { laboratory in
            try await fill(laboratory.client)
            for method in methods(laboratory.client) { try await measure(method, laboratory.client) }
        }
    }

    private func methods(_ client: PostgresClient) -> [Method] {
        let catalog = PostgresCatalogQueries(client)
        let (profiler, inspector) = (QueryProfiler(client), SchemaInspector(client))
        let query =
            "select path from portolan.extracted_file where version_id = '\(Self.older)' and format = 'html' order by path limit 100"
        let (older, newer, files, versions) = (Self.older, Self.newer, files, versions)
        return [
            Method("get_version_stats", 50) { _ = try await catalog.versionStats($0 % 2 == 0 ? older : newer) },
            Method("list_versions", 100) {
                _ = try await catalog.versions(service: $0 % 2 == 0 ? nil : "archive", offset: $0 * 13 % versions)
            },
            Method("list_files", 150) { number in
                switch number % 4 {
                case 0: _ = try await catalog.files(older, offset: number * 997 % files)
                case 1: _ = try await catalog.files(newer, format: "html", offset: number * 97 % (files / 4))
                case 2: _ = try await catalog.files(older, prefix: "section-\(number % 100)/")
                default: _ = try await catalog.files(newer, format: "pdf")
                }
            },
            Method("list_validations", 120) { number in
                switch number % 4 {
                case 0: _ = try await catalog.validations(older, offset: number * 997 % files)
                case 1: _ = try await catalog.validations(older, validator: "links", passedOnly: true)
                case 2: _ = try await catalog.validations(newer, path: Self.path(number))
                default: _ = try await catalog.validations(newer, passedOnly: true)
                }
            },
            Method("get_validation_summary", 80) { _ = try await catalog.validationSummary($0 % 2 == 0 ? older : newer) },
            Method("find_by_artifact_id", 10) { number in
                let small = String(number % versions + 1, radix: 16)
                let artifact = number % 2 == 0 ? String(repeating: "f", count: 64) : String(repeating: "0", count: 64 - small.count) + small
                _ = try await catalog.find(artifact: artifact)
            },
            Method("compute_version_delta", 200) { _ in _ = try await catalog.delta(from: older, to: newer) },
            Method("get_storage_usage", 150) { _ = try await catalog.storageUsage($0 % 2 == 0 ? nil : older) },
            Method("profile_query", 500) { _ in _ = try await profiler.profile(query) },
            Method("estimate_query_cost", 100) { _ in _ = try await profiler.estimateCost(query) },
            Method("optimize_suggestions", 500) { _ in _ = try await profiler.suggestions(query) },
            Method("get_schema", 200) { _ in _ = try await inspector.schema() },
            Method("list_tables", 50) { _ in _ = try await inspector.tables() },
            Method("get_table_info", 100) { _ in _ = try await inspector.table("extracted_file") },
            Method("get_indexes", 100) { _ in _ = try await inspector.indexes() },
            Method("get_table_statistics", 100) { _ in _ = try await inspector.statistics() },
        ]
    }

    private func measure(_ method: Method, _ client: PostgresClient) async throws {
        // Some without being timed: statements get prepared, and pages come into memory.
        for number in 0..<8 { try await method.call(number) }
        var times: [Double] = []
        for number in 0..<calls {
            let start = ContinuousClock.now
            try await method.call(number)
            times.append(start.duration(to: .now).milliseconds)
        }
        try BenchmarkResult(
            "\(method.name), p95", value: times.percentile(0.95), unit: "ms", target: method.budget,
            detail: "\(try await count(client)) files in \(versions + 2) versions, \(times.count) calls, "
                + "p50 \(QualityReport.fixed(times.percentile(0.5), 1)) ms"
        ).report()
    }

    private func count(_ client: PostgresClient) async throws -> Int {
        try await client.query("select count(*) as n from portolan.extracted_file").single().decode("n", as: Int.self)
    }

    private static func path(_ number: Int) -> String {
        "section-\(number % 100)/page-\(number).\(["html", "md", "txt", "pdf"][number % 4])"
    }

    /// Two large versions, of which a tenth of the files differ in each way, and many small ones.
    private func fill(_ client: PostgresClient) async throws {
        note("making \(2 * files + versions) files")
        _ = try await client.withConnection(deadline: .after(.seconds(900))) { connection in
            try await connection.query(
                """
                insert into portolan.catalog_version (id, service, slot, label, state, published_at, created_at)
                select lpad(to_hex(n), 32, '0'), case n % 3 when 0 then 'ontology' else 'archive' end, 'slot-' || n % 50, 'Version ' || n,
                  'published', now(), now() - make_interval(mins => n::integer)
                from generate_series(1, \(versions)) n
                union all select id, 'archive', 'large', 'Large', 'published', now(), now() from unnest(\([Self.older, Self.newer])) id
                """)
            try await connection.query(
                """
                insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, fetched_at)
                select case when v.slot = 'large' then repeat('f', 64) else lpad(v.id, 64, '0') end, v.id, 'fresh', 'docs.zip',
                  'artifacts/' || v.id, 1000, 'https://docs.example.com/docs.zip', now() from portolan.catalog_version v
                """)
            try await connection.query(
                """
                insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
                select v.id, repeat('f', 64), 'section-' || n % 100 || '/page-' || n || '.' || (array['html', 'md', 'txt', 'pdf'])[(n % 4 + 1)::integer],
                  (array['html', 'md', 'txt', 'pdf'])[(n % 4 + 1)::integer], n % 10000, sha256(((case when n % 10 = 3 then v.id else '' end) || n)::bytea),
                  'extracted/' || v.id || '/' || n
                from (values (\(Self.older), 0), (\(Self.newer), \(files / 10))) v (id, first), generate_series(v.first, v.first + \(files) - 1) n
                """)
            try await connection.query(
                """
                insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
                select v.id, lpad(v.id, 64, '0'), 'index.html', 'html', 100, sha256(v.id::bytea), 'extracted/' || v.id
                from portolan.catalog_version v where v.slot <> 'large'
                """)
            try await connection.query(
                """
                insert into portolan.validation (version_id, file_id, path, validator, status)
                select version_id, id, path, 'links', case when id % 50 = 0 then 'fail' else 'pass' end from portolan.extracted_file
                """)
            try await connection.query(
                "insert into portolan.latest_pointer (slot, version_id, set_by) values ('large', \(Self.newer), 'bench')")
            return try await connection.query("vacuum analyze")
        }
    }
}
