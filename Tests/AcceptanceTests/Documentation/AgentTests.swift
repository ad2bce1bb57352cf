import APIClient
import APIModel
import EmbeddedServices
import FoundationEssentials
import MCP
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Documentation {
    @Test(arguments: MCPConnection.Era.allCases)
    func `every section can be listed and read over MCP`(era: MCPConnection.Era) async throws {
        let it = try IngestedSet.shared()
        let connection = MCPConnection(it.stack, era)
        let documentation = try await Self.documentation(connection)
        let sections = try await connection.all(
            "list_documentation_sections", [("documentation_id", documentation), ("limit", 100)], items: "sections")
        #expect(Set(sections.compactMap { $0["path"]?.stringValue }) == Set(it.rows[2].keys))
        #expect(sections.count == it.rows[2].count)
        for section in sections {
            let uri = try #require(section["uri"])
            let content = try await connection.call("get_section_content", ["uri": uri, "max_tokens": 2000])
            #expect(content["url"] == section["url"])
            #expect(content["content"]?.stringValue != nil)
        }
    }

    @Test func `the tree follows the addresses of the pages`() async throws {
        let it = try IngestedSet.shared()
        let listed = try await it.stack.api.documentations(library: IngestedSet.library).items
        let tree = try await it.stack.api.tree(try #require(listed.first?.id))
        var paths: [String] = []
        func walk(_ node: TreeNode, below parent: String) {
            #expect(parent == "/" || node.path.hasPrefix(parent))
            paths.append(node.path)
            for child in node.children { walk(child, below: node.path) }
        }
        for node in tree.nodes { walk(node, below: "/") }
        #expect(Set(paths).isSuperset(of: it.rows[2].keys))
        #expect(Set(paths).count == paths.count)
    }

    @Test func `the tree that agents get is a part of the whole one`() async throws {
        let it = try IngestedSet.shared()
        let connection = MCPConnection(it.stack, .modern)
        let tree = try await connection.call(
            "get_documentation_tree", ["documentation_id": try await Self.documentation(connection), "depth": 2])
        let nodes = try #require(tree["nodes"]?.arrayValue)
        #expect(!nodes.isEmpty)
        #expect(nodes.allSatisfy { node in node["uri"]?.stringValue != nil || node["children"]?.arrayValue?.isEmpty == false })
    }

    @Test func `questions find the pages that answer them, by words and by meaning`() async throws {
        let it = try IngestedSet.shared()
        let connection = MCPConnection(it.stack, .modern)
        for question in it.set.questions {
            let found = try await connection.call(
                "search_documentation", ["query": .string(question.text), "library": .string(IngestedSet.library), "limit": 5])
            #expect(found["search_mode"] == "hybrid")
            let urls = (found["results"]?.arrayValue ?? []).compactMap { $0["url"]?.stringValue }
            let pages = urls.map { url in
                DocumentationSet.path("/" + String(url.dropFirst(it.address.count).prefix { $0 != "#" }))
            }
            #expect(!question.answers.isDisjoint(with: pages), "\(question.text): \(pages)")
        }
    }

    @Test func `the official client is content in every mode`() async throws {
        let it = try IngestedSet.shared()
        let output = try await Stack.python("mcp_check.py", [it.stack.url + "/mcp", it.stack.token.reveal()])
        #expect(output.contains("legacy: 7 tools"))
        #expect(output.contains("auto: 7 tools"))
        #expect(output.contains("2026-07-28: 7 tools"))
    }

    @Test func `the first question is answered with its source and how to connect`() async throws {
        let it = try IngestedSet.shared()
        let output = try await Stack.python("ask.py", ["--state", it.stack.state, "--source", it.address, "--timeout", "120"])
        #expect(output.contains("Source    \(it.address)"))
        #expect(output.contains("claude mcp add --transport http portolan \(it.stack.url)/mcp"))
        #expect(output.contains("\(it.stack.state)/token"))
        #expect(!output.contains(it.stack.token.reveal()))
    }

    @Test func `the command line reads the same`() async throws {
        let it = try IngestedSet.shared()
        let binary = PortolanBinary(settings: ["PORTOLAN_URL": it.stack.url, "PORTOLAN_TOKEN": it.stack.token.reveal()])
        let (status, output) = try await binary.run(["docs", "list", "--json"])
        #expect(status.isSuccess)
        let listed = try JSONValue(parsing: output)
        let items = listed["items"]?.arrayValue ?? listed.arrayValue ?? []
        let own = items.first { $0["library"] == .string(IngestedSet.library) }
        #expect(own?["section_count"]?.integerValue == it.rows[2].count)
    }

    @Test func `one correlation identifier leads from the reply to the row and the log of the worker`() async throws {
        let it = try IngestedSet.shared()
        let identifier = it.third.correlationID
        #expect(!identifier.isEmpty)
        #expect(
            try await it.stack.number(
                "select count(*) as n from portolan.job where id::text = \(it.third.id) and correlation_id = \(identifier)")
                == 1)
        let lines = try it.stack.log("worker").filter { $0.contains("\"\(identifier)\"") }.map { try JSONValue(parsing: String($0)) }
        #expect(
            lines.contains { $0["job_id"] == .string(it.third.id) && $0["msg"] == "job completed" }, "\(lines.first?.description ?? "")"
        )
    }

    private static func documentation(_ connection: MCPConnection) async throws -> JSONValue {
        let listed = try await connection.all("list_documentations", [("library", .string(IngestedSet.library))], items: "documentations")
        return try #require(listed.first?["id"])
    }
}
