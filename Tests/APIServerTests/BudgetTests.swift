import Domain
import FoundationEssentials
import MCP
import Testing

@testable import APIServer

/// The bounds of an answer hold for a documentation that is as large as one can be.
@Suite struct `Budgets of agents` {
    @Test func `No answer about an oversized documentation is larger than its bounds`() async throws {
        try await Edge.with { edge in
            let long = String(repeating: "a", count: 1_900)
            let seed = Seed(database: edge.database)
            let id = try await seed.publish(
                "3.0",
                [seed.section("/", "The start.")]
                    + (0..<150).map { seed.section("/\(long)\($0)", "Widgets \(String(repeating: "abcdefgh widget ", count: 200)) \($0)") })
            let agent = Agent(edge: edge)
            let documentation: JSONValue = .string(id.description)
            let calls: [(String, JSONObject)] = [
                ("search_documentation", ["query": "widgets", "limit": 50, "max_tokens": 14_000]),
                ("list_documentation_sections", ["documentation_id": documentation, "limit": 200]),
                ("get_documentation_tree", ["documentation_id": documentation, "depth": 20]),
            ]
            for (tool, arguments) in calls {
                let reply = try await agent.call(tool, arguments)
                let result = try #require(reply["result"]?["structuredContent"], "\(reply.serializedText.prefix(500))")
                #expect(result["partial"] == true && result["limit_reason"] == "token_cap", "\(tool): \(result["limit_reason"] ?? .null)")
                #expect(reply.serialized.count <= 512 << 10)
                // The items; what says how many there are comes on top.
                #expect((result.objectValue?.members.first?.value.serialized.count ?? .max) <= 14_000 * 4, "\(tool)")
            }
            try await seed.publish(
                "4.0", (0..<12).map { seed.section("/\($0)", "Widgets \(String(repeating: "abcdefgh widget ", count: 250)) \($0)") })
            let some = try await agent.result(
                "search_documentation", ["query": "widgets", "limit": 12, "version": "4.0", "max_tokens": 14_000])
            let texts = try #require(some["results"]?.arrayValue?.compactMap { $0["excerpt"]?.stringValue })
            #expect(some["partial"] == false && some["limit_reason"] == "byte_cap")
            #expect(texts.reduce(0) { $0 + $1.utf8.count } <= 32 << 10)
            let whole = try await agent.result("get_section_content", ["documentation_id": documentation, "path": .string("/\(long)0")])
            #expect((whole["content"]?.stringValue?.utf8.count ?? .max) <= 32 << 10)
        }
    }

    @Test func `A walk through an oversized list meets everything once`() async throws {
        try await Edge.with { edge in
            let long = String(repeating: "a", count: 1_900)
            let seed = Seed(database: edge.database)
            let id = try await seed.publish("3.0", (0..<70).map { seed.section("/\(long)\($0)", "Widget \($0)") })
            let agent = Agent(edge: edge)
            var (cursor, found): (JSONValue?, [String]) = (nil, [])
            repeat {
                var arguments: JSONObject = ["documentation_id": .string(id.description), "limit": 200]
                arguments["cursor"] = cursor
                let page = try await agent.result("list_documentation_sections", arguments)
                found += page["sections"]?.arrayValue?.compactMap { $0["path"]?.stringValue } ?? []
                cursor = page["next_cursor"]
            } while cursor != nil
            #expect(found.count == 70 && Set(found).count == 70)
        }
    }
}
