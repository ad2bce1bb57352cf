import FoundationEssentials
import Postgres
import Storage
import TestSupport
import Testing

@testable import portolan

/// `portolan obs stats` and `obs export` on a real database.
@Suite struct `Observability commands` {
    private func withEvents(_ body: (`Database commands`.Database) async throws -> Void) async throws {
        try await `Database commands`.with { database in
            _ = try await database.client.query(
                """
                insert into portolan.event (at, type, level, payload) values
                  (now() - interval '1 hour', 'policy.gate', 'WARN', '{"gate": "url_gate", "domain": "network", "code": "E_SCHEME", "field": "url"}'),
                  (now() - interval '2 days', 'policy.gate', 'WARN', '{"gate": "url_gate", "domain": "network", "code": "E_USERINFO", "field": "url"}'),
                  (now(), 'extract.error', 'ERROR', '{"code": "E_BOMB_RATIO", "seconds": "0.1", "note": "a \\"quoted\\", one"}')
                """)
            try await body(database)
        }
    }

    private struct Answer: Decodable {
        struct Row: Decodable {
            let gate: String
            let code: String
            let rejections: Int
        }
        let query: String
        let rows: [Row]
    }
    private struct Question: Decodable { let name: String }

    @Test func `The questions are listed without a database`() async throws {
        let list = await Invocation.run(["obs", "stats", "--list"])
        #expect(list.code == 0 && list.output.contains("policy_heatmap") && list.output.contains("net_latency_distribution"))
        let json = await Invocation.run(["obs", "stats", "--json"])
        #expect(try JSONDecoder().decode([Question].self, from: Data(json.output.utf8)).map(\.name) == StockQuery.all.map(\.name))
        let wrong = await Invocation.run(["obs", "stats", "nothing"])
        #expect(wrong.code == 2 && wrong.diagnostics.contains("policy_rejections"))
    }

    @Test func `A question is answered over the last day unless told otherwise`() async throws {
        try await withEvents { database in
            let day = try await database.json(Answer.self, "obs", "stats", "policy_rejections")
            #expect(day.query == "policy_rejections" && day.rows.map(\.code) == ["E_SCHEME"] && day.rows[0].rejections == 1)
            #expect(try await database.json(Answer.self, "obs", "stats", "policy_rejections", "--since", "7d").rows.count == 2)
            #expect(await database.run("obs", "stats", "extract_zip_bombs").output.contains("E_BOMB_RATIO"))
            #expect(await database.run("obs", "stats", "ratelimit_pressure").diagnostics == "No such events.\n")
            #expect(await database.run("obs", "stats", "policy_rejections", "--since", "soon").code == 2)
        }
    }

    private struct Exported: Decodable {
        let events: Int
        let format: String
    }

    @Test func `Events are exported in each form, by level, type and time`() async throws {
        try await withEvents { database in
            try await withTemporaryDirectory { folder in
                func text(_ name: String) throws -> String {
                    String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), as: UTF8.self)
                }
                #expect(try await database.json(Exported.self, "obs", "export", "\(folder)/a.json").events == 3)
                let all = try JSONDecoder().decode([EventEnvelope].self, from: Data(try text("a.json").utf8))
                #expect(all.map(\.type) == ["policy.gate", "policy.gate", "extract.error"])
                #expect(
                    try await database.json(Exported.self, "obs", "export", "\(folder)/b.jsonl", "-t", "policy", "-l", "warn").events == 2)
                #expect(try text("b.jsonl").split(separator: "\n").count == 2)
                #expect(
                    try await database.json(Exported.self, "obs", "export", "\(folder)/c.csv", "--since", "24h", "--limit", "5").format
                        == "csv")
                let csv = try text("c.csv").split(separator: "\r\n")
                #expect(csv.count == 3 && csv[0] == "number,ts,type,level,run_id,config_hash,service,context,ids,payload")
                #expect(csv[2].hasSuffix(#","{""code"":""E_BOMB_RATIO"",""note"":""a \""quoted\"", one"",""seconds"":""0.1""}""#))
                #expect(try await database.json(Exported.self, "obs", "export", "\(folder)/none.json", "--type", "nothing").events == 0)
                #expect(try JSONDecoder().decode([EventEnvelope].self, from: Data(try text("none.json").utf8)) == [])
                #expect(await database.run("obs", "export", "\(folder)/a.json").code == 2)
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.json", "b.jsonl", "c.csv", "none.json"])
            }
        }
    }

    /// 25,000 rows are three row groups; every third event has no run. DuckDB compares both files, row by row.
    @Test func `A table in Parquet has the rows that lines of JSON have`() async throws {
        try await withEvents { database in
            _ = try await database.client.query(
                """
                insert into portolan.event (at, type, level, run_id, payload)
                  select now() - n * interval '1.001 seconds', 'policy.gate', 'WARN', case when n % 3 = 0 then gen_random_uuid()::text end,
                    jsonb_build_object('note', repeat('ä"', n % 50), 'number', n::text)
                  from generate_series(1, 25000) n
                """)
            try await withTemporaryDirectory { folder in
                #expect(try await database.json(Exported.self, "obs", "export", "\(folder)/a.parquet").events == 25_003)
                #expect(try await database.json(Exported.self, "obs", "export", "\(folder)/a.jsonl").events == 25_003)
                let script = """
                    import duckdb, sys
                    duckdb.sql("set timezone = 'UTC'")
                    table = "select number, ts, type, level, run_id, config_hash, service, context::json, ids::json, payload::json"
                    columns = {"number": "bigint", "ts": "timestamptz", "type": "text", "level": "text", "run_id": "text", "config_hash": "text",
                               "service": "text", "context": "json", "ids": "json", "payload": "json"}
                    parquet, lines = f"{table} from '{sys.argv[1]}/a.parquet'", f"{table} from read_json('{sys.argv[1]}/a.jsonl', columns={columns})"
                    count = lambda query: duckdb.sql(f"select count(*) from ({query})").fetchall()[0][0]
                    print(count(parquet), count(f"{parquet} except {lines}"), count(f"{lines} except {parquet}"),
                          count(f"select run_id from '{sys.argv[1]}/a.parquet' where run_id is null"),
                          duckdb.sql(f"select count(distinct row_group_id) from parquet_metadata('{sys.argv[1]}/a.parquet')").fetchall()[0][0])
                    """
                let answer = try await TestPython.run(["-c", script, folder])
                #expect(answer == "25003 0 0 16670 3\n")
                #expect(try await database.json(Exported.self, "obs", "export", "\(folder)/none.parquet", "--type", "nothing").events == 0)
                let none = "import duckdb, sys; print(len(duckdb.sql(f\"from '{sys.argv[1]}/none.parquet'\").fetchall()))"
                #expect(try await TestPython.run(["-c", none, folder]) == "0\n")
            }
        }
    }

    @Test func `Unknown endings are refused before anything is read`() async {
        for (path, words) in [("a.xml", ".jsonl"), ("a", ".parquet")] {
            let run = await Invocation.run(["obs", "export", path], environment: ["PORTOLAN_DATABASE_URL": "postgresql://127.0.0.1:1/x"])
            #expect(run.code == 2 && run.diagnostics.contains(words), "\(path)")
        }
    }

    @Test func `An export that fails leaves no file`() async throws {
        try await withTemporaryDirectory { folder in
            let environment = ["PORTOLAN_DATABASE_URL": "postgresql://portolan@/none?host=\(folder)"]
            let run = await Invocation.run(["obs", "export", "\(folder)/a.json"], environment: environment)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(run.code == 3 && left == [])
        }
    }
}
