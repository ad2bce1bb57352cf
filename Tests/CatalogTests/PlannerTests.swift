import Catalog
import Domain
import FoundationEssentials
import Logging
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@Suite struct `Plans of artifacts` {
    /// Answers from a table, and counts who was asked.
    final class TableSupply: ArtifactSupply {
        private let answers: Locked<[String: ProbedArtifact]>
        private let lists: [String: [ListedArtifact]]
        let asked = Locked<[String]>([])

        init(_ answers: [String: ProbedArtifact], lists: [String: [ListedArtifact]] = [:]) {
            (self.answers, self.lists) = (Locked(answers), lists)
        }

        func set(_ url: String, _ answer: ProbedArtifact?) { answers.withLock { $0[url] = answer } }

        func probe(_ url: String) async throws -> ProbedArtifact {
            asked.withLock { $0.append(url) }
            guard let answer = answers.withLock({ $0[url] }) else {
                throw Fault(.network, code: "E_HTTP_STATUS", "The server answers with status 404.")
            }
            return answer
        }

        func list(_ url: String) async throws -> [ListedArtifact] {
            guard let list = lists[url] else { throw Fault(.network, code: "E_HTTP_STATUS", "The server answers with status 404.") }
            return list
        }

        func take<Result>(_ url: String, _ body: (TakenArtifact) async throws -> Result) async throws -> Result {
            throw Fault(.internal, code: "E_TEST", "Nothing is taken for a plan.")
        }

        func unpack(_ artifact: TakenArtifact, kind: SourceKind) async throws -> (folder: String?, files: [ArtifactFile]) { (nil, []) }
    }

    private static func withPlanner<Result>(
        _ supply: TableSupply, _ body: (ArtifactPlanner, PostgresClient) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url)
            (configuration.laneCount, configuration.maximumLeases) = (1, 2)
            configuration.defaultTimeout = .seconds(60)
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            return try await body(ArtifactPlanner(supply: supply, catalog: PostgresCatalogStore(client)), client)
        }
    }

    private static func sources(_ urls: [String: [String]], lists: Set<String> = []) throws -> ArtifactSources {
        try ArtifactSources(
            urls.map { id, urls in
                try ArtifactSource(
                    id: id, library: nil, version: nil, kind: nil, urls: urls, sha256: nil, isList: lists.contains(id))
            })
    }

    private static func plans(_ client: PostgresClient) async throws -> Int {
        try await client.query("select count(*)::int from portolan.plan").single().decode(0, as: Int.self)
    }

    @Test func `the first address that answers is locked, and the same answers give the same hash`() async throws {
        let supply = TableSupply(["https://b/1.zip": ProbedArtifact(bytes: 7, etag: "\"x\""), "https://a/2.zip": ProbedArtifact()])
        let sources = try Self.sources(["one": ["https://a/1.zip", "https://b/1.zip"], "two": ["https://a/2.zip"]])
        try await Self.withPlanner(supply) { planner, _ in
            let first = try await planner.plan(sources, isFresh: false, isKept: true, concurrency: 1)
            #expect(!first.isCached)
            #expect(first.lockfile.artifacts.map(\.url) == ["https://b/1.zip", "https://a/2.zip"])
            #expect(first.lockfile.artifacts.map(\.bytes) == [7, nil])
            #expect(first.passedOver.map(\.url) == ["https://a/1.zip"])
            #expect(first.passedOver.first?.reason.hasPrefix("E_HTTP_STATUS") == true)
            let again = try await planner.plan(sources, isFresh: true, isKept: true, concurrency: 8)
            #expect(again.lockfile.hash == first.lockfile.hash)
            #expect(again.lockfile.text == first.lockfile.text)
        }
    }

    @Test func `a repeated plan comes from the catalog and asks nobody`() async throws {
        let supply = TableSupply(["https://a/1.zip": ProbedArtifact(bytes: 1, etag: nil)])
        let sources = try Self.sources(["one": ["https://a/1.zip"]])
        try await Self.withPlanner(supply) { planner, client in
            let first = try await planner.plan(sources, isFresh: false, isKept: true)
            supply.set("https://a/1.zip", ProbedArtifact(bytes: 2, etag: nil))
            let second = try await planner.plan(sources, isFresh: false, isKept: true)
            #expect(second.isCached)
            #expect(second.lockfile == first.lockfile)
            #expect(supply.asked.withLock { $0.count } == 1)
            let fresh = try await planner.plan(sources, isFresh: true, isKept: true)
            #expect(fresh.lockfile.artifacts.first?.bytes == 2)
            // The newest one counts from now on.
            #expect(try await planner.plan(sources, isFresh: false, isKept: true).lockfile == fresh.lockfile)
            #expect(try await Self.plans(client) == 2)
        }
    }

    @Test func `a dry run keeps nothing`() async throws {
        let supply = TableSupply(["https://a/1.zip": ProbedArtifact()])
        try await Self.withPlanner(supply) { planner, client in
            _ = try await planner.plan(try Self.sources(["one": ["https://a/1.zip"]]), isFresh: false, isKept: false)
            #expect(try await Self.plans(client) == 0)
        }
    }

    @Test func `an artifact that can be had nowhere fails the plan, with all reasons`() async throws {
        let supply = TableSupply(["https://a/1.zip": ProbedArtifact()])
        let sources = try Self.sources(["one": ["https://a/1.zip"], "two": ["https://a/2.zip", "https://b/2.zip"]])
        try await Self.withPlanner(supply) { planner, client in
            let fault = await #expect(throws: Fault.self) { _ = try await planner.plan(sources, isFresh: false, isKept: true) }
            #expect(fault?.code == "E_PLAN")
            #expect(fault?.message.contains("1 of 2") == true)
            #expect(fault?.message.contains("two: E_HTTP_STATUS") == true)
            let plans = try await Self.plans(client)
            #expect(plans == 0)
        }
    }

    @Test func `a list stands for what it names`() async throws {
        let digest = String(repeating: "a", count: 64)
        let supply = TableSupply(
            ["https://a/1.zip": ProbedArtifact(bytes: 1), "https://a/2.zip": ProbedArtifact(bytes: 2)],
            lists: ["https://a/list.txt": [ListedArtifact(url: "https://a/2.zip", sha256: digest), ListedArtifact(url: "https://a/1.zip")]])
        let sources = try Self.sources(["nightly": ["https://a/list.txt"]], lists: ["nightly"])
        try await Self.withPlanner(supply) { planner, _ in
            let artifacts = try await planner.plan(sources, isFresh: false, isKept: true).lockfile.artifacts
            #expect(artifacts.map(\.id) == ["nightly.1", "nightly.2"])
            #expect(artifacts.map(\.url) == ["https://a/2.zip", "https://a/1.zip"])
            #expect(artifacts.map(\.library) == ["nightly", "nightly"])
            #expect(artifacts.map(\.sha256) == [digest, nil])
        }
    }

    @Test func `a difference is kept with both plans`() async throws {
        let supply = TableSupply(["https://a/1.zip": ProbedArtifact(bytes: 1)])
        let sources = try Self.sources(["one": ["https://a/1.zip"]])
        try await Self.withPlanner(supply) { planner, client in
            let older = try await planner.plan(sources, isFresh: true, isKept: false).lockfile
            supply.set("https://a/1.zip", ProbedArtifact(bytes: 2))
            let newer = try await planner.plan(sources, isFresh: true, isKept: false).lockfile
            for _ in 0..<2 { try await planner.keep(LockfileDiff(from: older, to: newer), from: older, to: newer) }
            #expect(try await Self.plans(client) == 2)
            let kept = try await client.query("select diff->>'unchanged' as n, older_plan_id from portolan.plan_diff")
            #expect(try kept.single().decode("older_plan_id", as: String.self) == older.hash)
        }
    }
}
