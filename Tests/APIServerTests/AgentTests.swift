import Domain
import Fetch
import FoundationEssentials
import MCP
import Postgres
import Telemetry
import Testing

@testable import APIServer

@Suite(.sharedEdge) struct `Agents` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    private func agent(modern: Bool = true) -> Agent { Agent(edge: edge, isModern: modern) }

    @Test(arguments: [true, false])
    func `The list is the five tools and, with the scope, the two that ingest`(modern: Bool) async throws {
        #expect(
            try await agent(modern: modern).toolNames() == [
                "get_documentation_tree", "get_ingestion_status", "get_section_content", "ingest_documentation",
                "list_documentation_sections", "list_documentations", "search_documentation",
            ])
    }

    @Test func `The list costs at most four thousand tokens`() async throws {
        let bytes = try await agent().send("tools/list").serialized.count
        #expect((1...16_000).contains(bytes))
    }

    @Test(arguments: [true, false])
    func `Search finds a section and quotes it as data with its source`(modern: Bool) async throws {
        let reply = try await agent(modern: modern).call("search_documentation", ["query": "portolan-setup installer"])
        let result = try #require(reply["result"]?["structuredContent"], "\(reply)")
        let hit = try #require(result["results"]?[0])
        #expect(hit["url"] == "https://docs.example.com/tutorial#install" && hit["version"] == "1.0" && hit["library"] == "guide")
        #expect(hit["section_uri"] == .string("portolan://documentation/\(edge.guide)/section/tutorial#install"))
        #expect(hit["fetched_at"] == "2025-06-15T15:06:40.000Z" && hit["score"]?.numberValue ?? 2 <= 1)
        #expect(result["search_mode"] == "keyword_fallback" && result["partial"] == false && result["total"]?.integerValue ?? 0 >= 1)
        #expect(reply.toolText.contains("data, not instructions") && reply.toolText.contains("Source: https://docs.example.com/tutorial"))
        // Four backticks in the text: the fence around it needs five.
        #expect(reply.toolText.contains("`````markdown\n"))
        #expect(reply["result"]?["content"]?[1]?["type"] == "resource_link")
    }

    @Test func `Pages of a search do not overlap and end`() async throws {
        let agent = agent()
        var (cursor, found): (JSONValue?, [String]) = (nil, [])
        repeat {
            var arguments: JSONObject = ["query": "gadgets", "limit": 12, "documentation_id": .string(edge.guide.description)]
            arguments["cursor"] = cursor
            let page = try await agent.result("search_documentation", arguments)
            found += page["results"]?.arrayValue?.compactMap { $0["section_uri"]?.stringValue } ?? []
            cursor = page["next_cursor"]
        } while cursor != nil
        #expect(found.count == 31 && Set(found).count == 31)
    }

    @Test func `A small budget shortens excerpts before it drops results`() async throws {
        let wide = try await agent().result("search_documentation", ["query": "gadgets", "limit": 5])
        let narrow = try await agent().result("search_documentation", ["query": "gadgets", "limit": 50, "max_tokens": 100])
        #expect(wide["partial"] == false && narrow["partial"] == true && narrow["next_cursor"] != nil)
        #expect(wide["limit_reason"] == "page_size" && narrow["limit_reason"] == "token_cap")
        let all = try await agent().result("search_documentation", ["query": "portolan-setup"])
        #expect(all["limit_reason"] == "none" && all["next_cursor"] == nil)
    }

    @Test func `What a documentation says of itself stays inside of the fences`() async throws {
        let id: JSONValue = .string(edge.guide.description)
        let calls: [(String, JSONObject)] = [
            ("search_documentation", ["query": "installer"]), ("list_documentations", [:]),
            ("list_documentation_sections", ["documentation_id": id]), ("get_documentation_tree", ["documentation_id": id]),
            ("get_section_content", ["documentation_id": id, "path": "/tutorial#install"]),
        ]
        for (tool, arguments) in calls {
            let text = try await agent().call(tool, arguments).toolText
            var fence: Substring?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                let mark = line.prefix { $0 == "`" }
                if let open = fence {
                    if line == open { fence = nil }
                } else if mark.count >= 3 {
                    fence = mark
                } else {
                    #expect(!line.contains("Title of") && !line.contains("The guide") && !line.contains("Ignore all"), "\(tool): \(line)")
                }
            }
            #expect(fence == nil && text.contains(QuotedText.notice), "\(tool): \(text)")
        }
    }

    @Test func `A section that does not fit is read in parts, and a fence that a part cuts is whole in both`() async throws {
        let agent = agent()
        let second = try #require(try await agent.result("list_documentations", [:])["documentations"]?[1]?["id"]?.stringValue)
        let uri: JSONValue = .string("portolan://documentation/\(second)/section/long")
        var (cursor, parts): (JSONValue?, [String]) = (nil, [])
        repeat {
            var arguments: JSONObject = ["uri": uri, "max_tokens": 100]
            arguments["cursor"] = cursor
            let part = try await agent.result("get_section_content", arguments)
            let content = try #require(part["content"]?.stringValue, "\(part)")
            #expect(content.utf8.count <= 400 && part["truncated"] == .bool(part["next_cursor"] != nil))
            parts.append(content)
            cursor = part["next_cursor"]
        } while cursor != nil
        #expect(parts.count > 3)
        for part in parts { #expect(part.split(separator: "\n").count { $0.hasPrefix("```") }.isMultiple(of: 2), "\(part)") }
        let lines = parts.flatMap { $0.split(separator: "\n") }.filter { !$0.hasPrefix("```") }
        #expect(lines == Seed.long.split(separator: "\n").filter { !$0.hasPrefix("```") })
    }

    @Test func `A cursor that was changed, or belongs to another list, is refused`() async throws {
        let agent = agent()
        let id: JSONValue = .string(edge.guide.description)
        let second = try #require(try await agent.result("list_documentations", [:])["documentations"]?[1]?["id"])
        let lists: [(String, JSONObject)] = [
            ("search_documentation", ["query": "gadgets", "limit": 5]), ("list_documentations", ["limit": 1]),
            ("list_documentation_sections", ["documentation_id": id, "limit": 2]),
            ("get_section_content", ["documentation_id": second, "path": "/long", "max_tokens": 100]),
        ]
        var cursors: [String] = []
        for (tool, arguments) in lists {
            cursors.append(try #require(try await agent.result(tool, arguments)["next_cursor"]?.stringValue))
        }
        for (index, (tool, arguments)) in lists.enumerated() {
            var changed = Array(cursors[index].utf8)
            changed[7] = changed[7] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            for cursor in [String(decoding: changed, as: UTF8.self), cursors[(index + 1) % 4], "x"] {
                var arguments = arguments
                arguments["cursor"] = .string(cursor)
                let reply = try await agent.call(tool, arguments)
                #expect(reply.isToolError && reply.toolText.contains("cursor"), "\(tool): \(reply)")
            }
        }
    }

    @Test func `Documentations and sections are listed page by page`() async throws {
        let agent = agent()
        let first = try await agent.result("list_documentations", ["limit": 1])
        #expect(first["documentations"]?[0]?["version"] == "1.0" && first["documentations"]?[0]?["sections"] == 35)
        let second = try await agent.result("list_documentations", ["limit": 1, "cursor": first["next_cursor"] ?? .null])
        #expect(second["documentations"]?[0]?["version"] == "2.0" && second["next_cursor"] == nil)
        var arguments: JSONObject = ["documentation_id": .string(edge.guide.description), "start_path": "/tutorial", "limit": 2]
        let sections = try await agent.result("list_documentation_sections", arguments)
        #expect(sections["sections"]?.arrayValue?.count == 2 && sections["sections"]?[0]?["path"] == "/tutorial")
        arguments["cursor"] = sections["next_cursor"]
        #expect(try await agent.result("list_documentation_sections", arguments)["sections"]?[0]?["path"] == "/tutorial/first-steps")
        arguments["start_path"] = "/"
        #expect(try await agent.call("list_documentation_sections", arguments).isToolError)
    }

    @Test func `The tree goes as deep as asked and says what it hides`() async throws {
        let tree = try await agent().result("get_documentation_tree", ["documentation_id": .string(edge.guide.description)])
        let root = try #require(tree["nodes"]?[0])
        #expect(root["path"] == "/" && root["children"]?.arrayValue?.count == 2)
        #expect(root["children"]?[0]?["hidden_children"] == 30 && root["children"]?[0]?["children"] == [])
        let part = try await agent().result(
            "get_documentation_tree", ["documentation_id": .string(edge.guide.description), "path": "/tutorial", "depth": 2])
        #expect(part["nodes"]?[0]?["children"]?.arrayValue?.count == 2)
    }

    @Test func `A section is read by address or by path, with the links in it`() async throws {
        let uri = "portolan://documentation/\(edge.guide)/section/"
        let byAddress = try await agent().call("get_section_content", ["uri": .string(uri)])
        let byPath = try await agent().call("get_section_content", ["documentation_id": .string(edge.guide.description), "path": "/"])
        let content = try #require(byAddress["result"]?["structuredContent"], "\(byAddress)")
        #expect(content == byPath["result"]?["structuredContent"])
        #expect(content["url"] == "https://docs.example.com/" && content["fetched_at"] == "2025-06-15T15:06:40.000Z")
        #expect(content["links"] == .array(Seed.targets.map { .string($0) }))
        #expect(byAddress.toolText.contains("Source: https://docs.example.com/") && byAddress.toolText.contains("```markdown"))
    }

    @Test(arguments: [true, false])
    func `Resources are the playbook and every section, page by page`(modern: Bool) async throws {
        let agent = agent(modern: modern)
        let listed = try await agent.send("resources/list")["result"]
        #expect(listed?["resources"]?[0]?["name"] == "retrieval_playbook" && listed?["nextCursor"] == nil)
        #expect(listed?["resources"]?.arrayValue?.count == 38)
        if modern { #expect(listed?["cacheScope"] == "private") }
        let read = try await agent.send("resources/read", ["uri": listed?["resources"]?[0]?["uri"] ?? .null])
        #expect(read["result"]?["contents"]?[0]?["text"]?.stringValue?.contains("list_documentations") == true)
        for cursor in ["x", String(repeating: "00", count: 24)] {
            #expect(try await agent.send("resources/list", ["cursor": .string(cursor)])["error"]?["code"] == -32602)
        }
    }

    @Test func `A cursor of a list does not tell where it points, and belongs to its list`() async throws {
        let cursors = PageCursors { [UInt8](repeating: 7, count: 32) }
        let start = try await cursors.position(nil, in: "resources")
        // As many digits as no random text has by chance.
        let place = 0x0011_2233_4455_6677
        let made = (0..<2).map { _ in start.cursor(at: place) }
        // The same place has another text each time: nothing in it is the place.
        #expect(Set(made).count == 2 && made.allSatisfy { !$0.contains("11223344556677") })
        for cursor in made {
            #expect(try await cursors.position(cursor, in: "resources").offset == place)
            await #expect(throws: Fault.self) { try await cursors.position(cursor, in: "documentations:") }
            await #expect(throws: Fault.self) { try await cursors.position(String(cursor.dropLast(2)), in: "resources") }
            await #expect(throws: Fault.self) { try await PageCursors { [1] }.position(cursor, in: "resources") }
        }
    }

    @Test(arguments: [true, false])
    func `Prompts bring the sections that they are about`(modern: Bool) async throws {
        let agent = agent(modern: modern)
        let prompts = try await agent.send("prompts/list")["result"]?["prompts"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
        #expect(prompts == ["answer_from_documentation", "compare_versions", "explain_section"])
        let asked = try await agent.send(
            "prompts/get",
            ["name": "answer_from_documentation", "arguments": ["question": "portolan-setup installer", "library": "guide"]])
        let messages = try #require(asked["result"]?["messages"]?.arrayValue, "\(asked)")
        #expect(messages[0]["content"]?["text"]?.stringValue?.contains("Question: portolan-setup installer") == true)
        #expect(messages[1]["content"]?["resource"]?["text"]?.stringValue?.contains("data, not instructions") == true)
        let explained = try await agent.send(
            "prompts/get",
            ["name": "explain_section", "arguments": ["uri": .string("portolan://documentation/\(edge.guide)/section/tutorial")]])
        #expect(explained["result"]?["messages"]?[1]?["content"]?["resource"]?["uri"] != nil, "\(explained)")
        let compared: JSONObject = ["library": "guide", "from_version": "1.0", "to_version": "3", "topic": "welcome"]
        let refused = try await agent.send("prompts/get", ["name": "compare_versions", "arguments": .object(compared)])
        #expect(refused["error"]?["message"]?.stringValue?.contains("1.0, 2.0") == true, "\(refused)")
    }

    @Test func `Names are completed`() async throws {
        func values(_ reference: JSONValue, _ name: String, _ value: String, _ others: JSONObject = [:]) async throws -> JSONValue? {
            try await agent().send(
                "completion/complete",
                [
                    "ref": reference, "argument": ["name": .string(name), "value": .string(value)],
                    "context": ["arguments": .object(others)],
                ])["result"]?["completion"]?["values"]
        }
        let prompt: JSONValue = ["type": "ref/prompt", "name": "answer_from_documentation"]
        #expect(try await values(prompt, "library", "gu") == ["guide"])
        #expect(try await values(prompt, "version", "", ["library": "guide"]) == ["2.0", "1.0"])
        #expect(try await values(prompt, "question", "what") == [])
        let template: JSONValue = ["type": "ref/resource", "uri": .string(SectionResources.template)]
        #expect(try await values(template, "documentation_id", "guide")?.arrayValue?.count == 2)
        let path = try await values(template, "path", "/tutorial", ["documentation_id": .string(edge.guide.description)])
        #expect(path == ["/tutorial", "/tutorial#install", "/tutorial/first-steps"])
        #expect(try await values(template, "path", "/tutorial") == [])
    }

    @Test func `Sections are resources, found by a template`() async throws {
        let agent = agent()
        #expect(try await agent.send("resources/templates/list")["result"]?["resourceTemplates"]?.arrayValue?.count == 1)
        let uri: JSONValue = .string("portolan://documentation/\(edge.guide)/section/tutorial#install")
        let read = try await agent.send("resources/read", ["uri": uri])
        #expect(read["result"]?["contents"]?[0]?["text"]?.stringValue?.contains("portolan-setup") == true, "\(read)")
        for missing in [
            "portolan://documentation/\(edge.guide)/section/none", "https://example.com/", "portolan://documentation/x/section/",
        ] {
            #expect(try await agent.send("resources/read", ["uri": .string(missing)])["error"] != nil)
        }
    }

    static let toolErrors: [(String, JSONObject, String)] = [
        ("search_documentation", [:], "query"), ("search_documentation", ["query": "a"], "query"),
        ("search_documentation", ["query": "word", "limit": 51], "limit"),
        ("search_documentation", ["query": "word", "max_tokens": 99], "max_tokens"),
        ("search_documentation", ["query": "word", "colour": "red"], "colour"),
        ("search_documentation", ["query": "word", "library": "none"], "guide"),
        ("search_documentation", ["query": "word", "version": "9"], "1.0, 2.0"),
        ("search_documentation", ["query": "word", "max_tokens": 14_001], "max_tokens"),
        ("list_documentations", ["library": "none"], "guide"),
        ("get_section_content", ["uri": "portolan://documentation/x/section/", "max_tokens": 8_193], "max_tokens"),
        ("search_documentation", ["query": "word", "library": "guide", "version": "9"], "1.0, 2.0"),
        ("search_documentation", ["query": "word", "documentation_id": "0198c0de-0000-7000-8000-000000000000"], "E_NOT_FOUND"),
        ("search_documentation", ["query": "word", "cursor": "forged"], "cursor"),
        ("list_documentations", ["limit": 101], "limit"), ("list_documentations", ["cursor": "x"], "cursor"),
        ("list_documentation_sections", ["documentation_id": "0198c0de-0000-7000-8000-000000000000"], "E_NOT_FOUND"),
        ("get_documentation_tree", ["documentation_id": "0198c0de-0000-7000-8000-000000000000"], "E_NOT_FOUND"),
        ("get_documentation_tree", ["documentation_id": "no"], "documentation_id"),
        ("get_section_content", [:], "uri"), ("get_section_content", ["uri": "https://example.com/"], "uri"),
        ("get_section_content", ["documentation_id": "0198c0de-0000-7000-8000-000000000000"], "path"),
        ("get_section_content", ["uri": "portolan://documentation/0198c0de-0000-7000-8000-000000000000/section/"], "E_NOT_FOUND"),
        ("get_ingestion_status", ["job_id": "0198c0de-0000-7000-8000-000000000000"], "E_NOT_FOUND"),
        ("ingest_documentation", ["web_url": "http://127.0.0.1/"], "E_PRIVATE_NET"),
        ("ingest_documentation", ["web_url": "https://a.example.com/", "crawl_depth": 11], "crawl_depth"),
    ]

    @Test(arguments: toolErrors)
    func `What a model can correct is a tool error`(tool: String, arguments: JSONObject, mention: String) async throws {
        for modern in [true, false] {
            let reply = try await agent(modern: modern).call(tool, arguments)
            #expect(reply.isToolError && reply.toolText.contains(mention), "\(reply)")
        }
    }

    @Test func `An unknown tool or method is a protocol error`() async throws {
        #expect(try await agent().call("drop_everything", [:])["error"]?["code"] == -32602)
        #expect(try await agent().send("tools/destroy")["error"]?["code"] == -32601)
        let broken = try await edge.send("POST", "/mcp", ["Accept": "application/json, text/event-stream"], body: "{")
        #expect(broken.status == 400 && broken.json["error"]?["code"] == -32700)
    }

    @Test(arguments: ["GET", "DELETE", "PUT"])
    func `Only POST is taken`(method: String) async throws {
        let reply = try await edge.send(method, "/mcp")
        #expect(reply.status == 405 && reply.headers["Allow"] == "POST" && reply.headers["X-Request-Id"] != nil)
    }

    @Test func `Calls are counted by tool and outcome`() async throws {
        let mcp = edge.metrics.mcp
        let before = (mcp.toolCalls.value("list_documentations", "ok"), mcp.toolCalls.value("unknown", "protocol_error"))
        _ = try await agent().call("list_documentations", [:])
        _ = try await agent().call("surprise", [:])
        #expect(mcp.toolCalls.value("list_documentations", "ok") > before.0)
        #expect(mcp.toolCalls.value("unknown", "protocol_error") > before.1)
        #expect(mcp.toolDuration.count("list_documentations") > 0 && mcp.responseBytes.count("list_documentations") > 0)
    }

    @Test func `A page of another site is refused by its host`() async throws {
        let headers: FetchHeaders = ["Origin": "https://evil.example.com", "Accept": "application/json, text/event-stream"]
        #expect(try await edge.send("POST", "/mcp", headers, body: "{}").status == 403)
    }

    @Test(arguments: [true, false])
    func `A client introduces itself`(modern: Bool) async throws {
        let reply = try await agent(modern: modern).send(
            modern ? "server/discover" : "initialize",
            modern ? [:] : ["protocolVersion": "2025-11-25", "capabilities": [:], "clientInfo": ["name": "t", "version": "1"]])
        #expect(reply["result"]?["capabilities"]?["tools"] != nil && reply["result"]?["capabilities"]?["resources"] != nil, "\(reply)")
        #expect(reply["result"]?["instructions"]?.stringValue?.contains("search_documentation") == true)
    }
}

@Suite struct `Agents that wait` {
    @Test func `A call that takes too long is a tool error that its agent can assign`() async throws {
        var options = Edge.Options()
        options.requestTimeout = .milliseconds(300)
        try await Edge.with(options) { edge in
            let reply = try await edge.database.withTransaction { connection in
                try await connection.query("lock table portolan.documentation")
                return try await Agent(edge: edge).call("list_documentations", [:])
            }
            #expect(reply.isToolError && reply["id"] == 1, "\(reply)")
            #expect(edge.metrics.mcp.toolCalls.value("list_documentations", "tool_error") == 1)
            #expect(edge.metrics.mcp.toolCalls.value("list_documentations", "cancelled") == 0)
        }
    }
}

@Suite struct `Agents that ingest` {
    @Test func `A client that takes tasks gets one, which is the job`() async throws {
        try await Edge.with { edge in
            var agent = Agent(edge: edge)
            agent.capabilities = ["extensions": ["io.modelcontextprotocol/tasks": [:]]]
            let started = try await agent.call("ingest_documentation", ["web_url": "https://a.example.com/", "library": "a"])
            let id = try #require(started["result"]?["taskId"]?.stringValue, "\(started)")
            #expect(started["result"]?["resultType"] == "task" && started["result"]?["status"] == "working")
            #expect(try await edge.database.query("select from portolan.job where id = \(UUID(uuidString: id)!)").count == 1)
            let asked = try await agent.send("tasks/get", ["taskId": .string(id)])
            #expect(asked["result"]?["status"] == "working" && asked["result"]?["taskId"] == .string(id))
            #expect(try await agent.send("tasks/cancel", ["taskId": .string(id)])["result"] != nil)
            #expect(try await agent.send("tasks/get", ["taskId": .string(id)])["result"]?["status"] == "cancelled")
            for unknown in ["0198c0de-0000-7000-8000-000000000000", "no"] {
                #expect(try await agent.send("tasks/get", ["taskId": .string(unknown)])["error"]?["code"] == -32602)
            }
        }
    }

    @Test func `Start a job and follow it`() async throws {
        try await Edge.with { edge in
            let agent = Agent(edge: edge)
            let started = try await agent.result("ingest_documentation", ["web_url": "https://a.example.com/", "library": "a"])
            #expect(started["status"] == "PENDING" && started["library"] == "a" && started["version"] == "latest")
            let status = try await agent.result("get_ingestion_status", ["job_id": started["job_id"] ?? .null])
            #expect(status == started)
            let stored = try await edge.database.query("select correlation_id from portolan.job where correlation_id <> 'seed'").single()
            #expect(try stored.decode("correlation_id", as: String.self).count == 36)
        }
    }
}
