import APIClient
import APIModel
import Domain
import Fetch
import MCP
import Postgres
import Testing

@testable import APIServer

@Suite(.sharedEdge) struct `Hybrid search` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    @Test func `Finds what search finds, and tells what the channels say`() async throws {
        let plain = try await edge.get("/v1/search?q=installation&limit=3").json
        let reply = try await edge.send(
            "POST", "/v1/hybrid/query", body: #"{"query":"installation","top_k":3,"diagnostics":true}"#)
        #expect(reply.status == 200, "\(reply)")
        let results = try #require(reply.json["results"]?.arrayValue)
        #expect(results.map { $0["hit"]?["url"] } == plain["items"]?.arrayValue?.map { $0["url"] })
        #expect(results.first?["signals"]?[0]?["channel"] == "bm25" && results.first?["signals"]?[0]?["rank"] == 1)
        #expect(reply.json["channels"]?.arrayValue?.map { $0["name"]?.stringValue } == ["bm25", "dense"])
        #expect(reply.json["search_mode"] == "keyword_fallback" && !reply.text.contains("vector\""))
    }

    @Test func `Goes on where a page ended, within its namespace`() async throws {
        let first = try await edge.send("POST", "/v1/hybrid/query", body: #"{"query":"gadgets","top_k":5,"namespace":"guide"}"#).json
        let cursor = try #require(first["next_cursor"]?.stringValue)
        let second = try await edge.send(
            "POST", "/v1/hybrid/query", body: #"{"query":"gadgets","top_k":5,"namespace":"guide","cursor":"\#(cursor)"}"#
        ).json
        let urls = { (page: JSONValue) in Set((page["results"]?.arrayValue ?? []).compactMap { $0["hit"]?["url"]?.stringValue }) }
        #expect(urls(second).count == 5 && urls(first).isDisjoint(with: urls(second)) && first["channels"] == nil)
        #expect(try await edge.send("POST", "/v1/hybrid/query", body: #"{"query":"gadgets","namespace":"none"}"#).status == 404)
    }

    @Test func `Statistics count what there is`() async throws {
        let stats = try await edge.get("/v1/hybrid/stats").json
        let sections = try await edge.client.documentations().items.reduce(0) { $0 + $1.sectionCount }
        #expect(stats["libraries"] == 1 && stats["documentations"] == 2 && stats["sections"] == .integer(sections), "\(stats)")
    }
}

@Suite struct `The agent gateway` {
    @Test func `A role has its passages, and the reply says what is left of the quota`() async throws {
        var options = Edge.Options()
        options.rateLimits = .perSecond(50)
        try await Edge.with(options) { edge in
            let reply = try await edge.send(
                "POST", "/agents/v1/query", body: #"{"query":"gadgets","max_chunks":7,"max_tokens":9000,"trace_id":"t-1"}"#)
            #expect(reply.status == 200 && reply.json["chunks"]?.arrayValue?.count == 7, "\(reply)")
            #expect(reply.json["trace_id"] == "t-1" && reply.json["quota_remaining"] == 49)
            let status = try await edge.get("/agents/v1/status").json
            #expect(status["role"] == "ADMIN" && status["max_chunks"] == 100 && status["namespaces"] == 1 && status["status"] == "healthy")
            let long = try await edge.send("POST", "/agents/v1/query", body: #"{"query":"\#(String(repeating: "x", count: 1001))"}"#)
            #expect(long.status == 422 && long.problem?.details["field"] == "query")
            let strange = try await edge.send("POST", "/agents/v1/query", body: #"{"query":"gadgets","trace_id":"<b>"}"#)
            #expect(strange.status == 422 && strange.problem?.details["field"] == "trace_id")
        }
    }
}

@Suite struct `The catalog over REST` {
    @Test func `Artifacts, versions, files and validations are listed`() async throws {
        try await Edge.with { edge in
            let version = String(repeating: "a", count: 32)
            let artifact = String(repeating: "b", count: 64)
            _ = try await edge.database.query(
                """
                insert into portolan.catalog_version (id, service, slot, label, state, published_at)
                values (\(version), 'archive', 'slot-1', 'One', 'published', now())
                """)
            _ = try await edge.database.query(
                """
                insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, fetched_at)
                values (\(artifact), \(version), 'fresh', 'docs.zip', 'artifacts/slot-1/x', 10, 'https://docs.example.com/docs.zip', now())
                """)
            let list = try await edge.get("/v1/artifacts?status=fresh&service=archive").json
            #expect(list["meta"]?["total"] == 1 && list["items"]?[0]?["id"] == .string(artifact), "\(list)")
            #expect(try await edge.get("/v1/artifacts?status=failed").json["meta"]?["total"] == 0)
            let one = try await edge.get("/v1/artifacts/\(artifact)")
            #expect(one.json["items"]?[0]?["name"] == "docs.zip" && !one.text.contains("artifacts/slot-1"))
            #expect(try await edge.get("/v1/artifacts/versions").json["items"]?[0]?["label"] == "One")
            #expect(try await edge.get("/v1/artifacts/versions/\(version)").json["artifacts"] == 1)
            #expect(try await edge.get("/v1/artifacts/versions/\(version)/files").json["items"]?.arrayValue?.isEmpty == true)
            #expect(try await edge.get("/v1/artifacts/versions/\(version)/validations?passed_only=true").status == 200)
            let delta = try await edge.get("/v1/artifacts/versions/\(version)/delta?from=\(version)")
            #expect(delta.json["added"] == 0, "\(delta)")
            #expect(try await edge.get("/v1/artifacts/versions/nothing").status == 404)
            #expect(try await edge.get("/v1/artifacts/\(String(repeating: "c", count: 64))").status == 404)
            #expect(try await edge.get("/v1/artifacts/NO").status == 404)
            #expect(try await edge.get("/v1/artifacts/versions/\(version)/delta").status == 422)
        }
    }
}
