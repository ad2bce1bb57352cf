import Domain
import FoundationEssentials
import Postgres
import Storage
import Testing

@Suite struct `Stock queries` {
    /// Two hours of events, and one that is older than anybody asks for.
    private static let seed: SQL = """
        insert into portolan.event (at, type, level, payload) values
          ('2026-01-01 09:10Z', 'policy.gate', 'WARN', '{"gate": "url_gate", "code": "E_PRIVATE_NET"}'),
          ('2026-01-01 09:50Z', 'policy.gate', 'WARN', '{"gate": "url_gate", "code": "E_PRIVATE_NET"}'),
          ('2026-01-01 10:05Z', 'policy.gate', 'WARN', '{"gate": "query_gate", "code": "E_QUERY_COST"}'),
          ('2026-01-01 10:06Z', 'policy.error', 'ERROR', '{"gate": "query_gate", "code": "E_GATE_FAILED"}'),
          ('2020-01-01 00:00Z', 'policy.gate', 'WARN', '{"gate": "url_gate", "code": "E_SCHEME"}'),
          ('2026-01-01 09:10Z', 'net.request', 'INFO', '{"host": "a.example", "answers": "3", "not_modified": "1", "milliseconds": "100",
            "le_50_ms": "2", "le_100_ms": "1", "le_250_ms": "0", "le_500_ms": "0", "le_1000_ms": "0", "le_2500_ms": "0", "le_5000_ms": "0",
            "le_10000_ms": "0", "over_10000_ms": "0"}'),
          ('2026-01-01 09:11Z', 'net.request', 'INFO', '{"host": "a.example", "answers": "1", "not_modified": "1", "milliseconds": "60",
            "le_50_ms": "0", "le_100_ms": "1", "le_250_ms": "0", "le_500_ms": "0", "le_1000_ms": "0", "le_2500_ms": "0", "le_5000_ms": "0",
            "le_10000_ms": "0", "over_10000_ms": "0"}'),
          ('2026-01-01 09:12Z', 'net.request', 'INFO', '{"host": "b.example", "answers": "0", "not_modified": "0", "milliseconds": "0",
            "le_50_ms": "0", "le_100_ms": "0", "le_250_ms": "0", "le_500_ms": "0", "le_1000_ms": "0", "le_2500_ms": "0", "le_5000_ms": "0",
            "le_10000_ms": "0", "over_10000_ms": "0"}'),
          ('2026-01-01 09:10Z', 'ratelimit.acquire', 'WARN', '{"rate": "8.33/s", "allowed": "7", "refused": "1"}'),
          ('2026-01-01 09:11Z', 'ratelimit.acquire', 'INFO', '{"rate": "8.33/s", "allowed": "2", "refused": "0"}'),
          ('2026-01-01 09:10Z', 'ratelimit.cooldown', 'WARN', '{"host": "a.example", "answers": "2", "longest_seconds": "30"}'),
          ('2026-01-01 09:20Z', 'ratelimit.cooldown', 'WARN', '{"host": "a.example", "answers": "1", "longest_seconds": "90"}'),
          ('2026-01-01 09:10Z', 'extract.done', 'INFO', '{"archive": "x", "files": "10", "bytes": "1000", "seconds": "0.5"}'),
          ('2026-01-01 09:11Z', 'extract.done', 'INFO', '{"archive": "y", "files": "5", "bytes": "500", "seconds": "1.5"}'),
          ('2026-01-01 09:12Z', 'extract.error', 'ERROR', '{"code": "E_BOMB_RATIO", "seconds": "0.1"}'),
          ('2026-01-01 09:13Z', 'extract.error', 'ERROR', '{"code": "E_ARCHIVE", "seconds": "1e-05"}')
        """

    private static let golden: [String: [[String?]]] = [
        "net_latency_distribution": [
            ["a.example", "4", "40.0", "2", "2", "0", "0", "0", "0", "0", "0", "0"],
            ["b.example", "0", nil, "0", "0", "0", "0", "0", "0", "0", "0", "0"],
        ],
        "net_cache_hit_ratio": [["a.example", "4", "2", "0.5000"], ["b.example", "0", "0", nil]],
        "ratelimit_pressure": [["8.33/s", "9", "1", "0.1000"]],
        "ratelimit_cooldowns": [["a.example", "3", "90", "2026-01-01T09:20:00Z"]],
        "policy_rejections": [
            ["url_gate", "E_PRIVATE_NET", "2", "2026-01-01T09:50:00Z"], ["query_gate", "E_GATE_FAILED", "1", "2026-01-01T10:06:00Z"],
            ["query_gate", "E_QUERY_COST", "1", "2026-01-01T10:05:00Z"],
        ],
        "policy_heatmap": [["2026-01-01T09:00Z", "url_gate", "2"], ["2026-01-01T10:00Z", "query_gate", "2"]],
        "extract_zip_bombs": [["E_BOMB_RATIO", "1", "2026-01-01T09:12:00Z"]],
        "extract_summary": [
            ["done", "2", "15", "1500", "1.000", "1.450"], ["E_ARCHIVE", "1", "0", "0", "0.000", "0.000"],
            ["E_BOMB_RATIO", "1", "0", "0", "0.100", "0.100"],
        ],
    ]

    @Test func `Each of the eight answers as it should over known events`() async throws {
        try await withStores { stores in
            _ = try await stores.client.query(Self.seed)
            let archive = EventArchive(stores.client)
            #expect(StockQuery.all.map(\.name).sorted() == Self.golden.keys.sorted())
            for query in StockQuery.all {
                let answer = try await archive.answer(query, since: Date(timeIntervalSince1970: 1_767_225_600))
                #expect(answer.rows == Self.golden[query.name], "\(query.name)")
                #expect(answer.columns == query.columns.map(\.name))
            }
        }
    }

    @Test func `Without events every answer is empty`() async throws {
        try await withStores { stores in
            for query in StockQuery.all {
                let answer = try await EventArchive(stores.client).answer(query, since: .distantPast)
                #expect(answer.rows == [], "\(query.name)")
            }
        }
    }

    @Test func `An answer is objects by column, with numbers as numbers`() async throws {
        try await withStores { stores in
            _ = try await stores.client.query(Self.seed)
            let query = try #require(StockQuery.named("net_cache_hit_ratio"))
            let answer = try await EventArchive(stores.client).answer(query, since: .distantPast)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let text = String(decoding: try encoder.encode(answer), as: UTF8.self)
            #expect(text.contains(#"{"answers":4,"host":"a.example","not_modified":2,"ratio":0.5}"#) && text.contains(#""ratio":null"#))
        }
    }
}
