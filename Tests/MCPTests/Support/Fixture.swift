import MCP
import Primitives

/// A caller of the fixture server.
struct Caller: Sendable {
    var mayWrite = false
    var name = "tester"
}

enum Color: String, CaseIterable, Sendable { case red, green }

/// Arguments of every type.
struct EveryArgument: ToolInput {
    let query: String
    let limit: Int
    let weight: Double?
    let exact: Bool
    let color: Color?
    let tags: [String]?
    let span: Span?

    struct Span: ToolInput {
        let from: Int
        let to: Int
        static let arguments = Arguments(
            Argument("from", .integer(0...10), "Where it begins"), Argument("to", .integer(0...10), "Where it ends")
        ) { (from, to) throws(ArgumentIssue) in
            guard from <= to else { throw ArgumentIssue(field: "from", problem: "must not be after `to`", hint: "Swap them.") }
            return Span(from: from, to: to)
        }
    }

    static let arguments = Arguments(
        Argument("query", .string(length: 1...20), "What to look for", example: "install"),
        Argument("limit", .integer(1...50), "How many", default: 10),
        Argument(optional: "weight", .number(0...1), "How much"),
        Argument("exact", .boolean, "Whether to match exactly", default: false),
        Argument(optional: "color", .choice(of: Color.self), "Which color"),
        Argument(optional: "tags", .array(of: .string(length: 2...4), count: 1...3), "Some tags"),
        Argument(optional: "span", .object(Span.arguments), "A part")
    ) { EveryArgument(query: $0, limit: $1, weight: $2, exact: $3, color: $4, tags: $5, span: $6) }
}

/// A structured result of every type, with one that contains itself.
struct EveryOutput: ToolOutput {
    let text: String
    let count: Int
    let score: Double
    let isPartial: Bool
    let next: String?
    let color: Color
    let note: String?
    let tree: [Node]

    struct Node: ToolOutput {
        let title: String
        let children: [Node]
        static let shape = OutputShape<Node>(
            .member("title", .string, "The title") { $0.title },
            .member("children", .array(of: .reference(Node.self, name: "Node")), "What is below") { $0.children })
    }

    static let shape = OutputShape<EveryOutput>(
        .member("text", .string, "Some text") { $0.text },
        .member("count", .integer, "How many") { $0.count },
        .member("score", .number, "How well") { $0.score },
        .member("partial", .boolean, "Whether more was there") { $0.isPartial },
        .optional("next", .string, "Where to go on") { $0.next },
        .member("color", .choice(of: Color.self), "The color") { $0.color },
        .member("note", .nullable(.string), "A note") { $0.note },
        .member("tree", .array(of: .reference(Node.self, name: "Node")), "The tree") { $0.tree })
}

/// An argument that clients repeat in a header.
struct Regional: ToolInput {
    let region: String?
    static let arguments = Arguments(
        Argument(optional: "region", .string(), "Where").mirrored(in: "Region"),
        Argument("level", .integer(0...9), "How high", default: 0).mirrored(in: "Level")
    ) { region, _ in Regional(region: region) }
}

struct Boom: Error {
    let secret = "password=hunter2"
}

/// A server with one of everything.
enum Fixture {
    static func endpoint(
        tools: [Tool<Caller>] = tools, resources: Bool = true, origins: OriginPolicy = OriginPolicy(anyHostWithOrigins: []),
        pageSize: Int = 100, timeout: Duration = .seconds(30), keepAlive: Duration = .seconds(15),
        report: (@Sendable (CallReport) -> Void)? = nil
    ) -> MCPEndpoint<Caller> {
        MCPEndpoint(
            options: EndpointOptions(
                server: Implementation(
                    name: "fixture", version: "1.2.3", title: "Fixture", summary: "For tests", websiteURL: "https://a.test"),
                instructions: "Be kind.", origins: origins, limits: JSONLimits(size: .kibibytes(64)), timeout: timeout,
                keepAlive: keepAlive, pageSize: pageSize, report: report),
            tools: tools, resources: resources ? Library() : nil)
    }

    static let output = EveryOutput(
        text: "tëxt\n", count: 3, score: 0.5, isPartial: true, next: nil, color: .green, note: nil,
        tree: [.init(title: "a", children: [.init(title: "b", children: [])])])

    static let tools: [Tool<Caller>] = [
        Tool("search", title: "Search", description: "Looks for things", annotations: .readOnly) { (input: EveryArgument, _) in
            EveryOutput(
                text: input.query, count: input.limit, score: input.weight ?? 0, isPartial: input.exact, next: nil,
                color: input.color ?? .red, note: input.tags?.joined(separator: ","), tree: output.tree)
        },
        Tool(
            "links", description: "Points at things", text: { "count: \($0.count)" },
            links: { _ in [ResourceDescription(uri: "docs://a", name: "a", title: "A", mimeType: "text/markdown")] }
        ) { (_: NoInput, _) in output },
        Tool(content: "every_kind", description: "Returns each kind of content") { (_: NoInput, _) in
            ToolResult(content: [
                .text("t"), .image(data: [1, 2], mimeType: "image/png"), .audio(data: [3], mimeType: "audio/wav"),
                .resourceLink(ResourceDescription(uri: "docs://a", name: "a")),
                .resource(ResourceContents(uri: "docs://a", mimeType: "text/plain", body: .text("x"))),
            ])
        },
        Tool(content: "missing", description: "Finds nothing") { (_: NoInput, _) in
            throw ToolFailure("No documentation has the id 7.", hint: "list_documentations shows those there are.")
        },
        Tool(content: "broken", description: "Breaks") { (_: NoInput, _) in throw Boom() },
        Tool(content: "needs_sampling", description: "Needs a capability") { (_: NoInput, context) in
            guard context.clientCapabilities["sampling"] != nil else {
                throw ProtocolError.missingClientCapabilities(["sampling": [:]])
            }
            return ToolResult(content: [.text("ok")])
        },
        Tool(content: "context", description: "Tells what it knows of the request") { (_: NoInput, context) in
            ToolResult(content: [
                .text(
                    [
                        context.requestID, "\(context.rpcID.json)", context.version.name, context.clientInfo?.name ?? "-",
                        context.trace?.traceparent ?? "-", context.trace?.tracestate ?? "-",
                    ].joined(separator: "|"))
            ])
        },
        Tool(content: "steps", description: "Goes step by step", uses: .progress) { (_: NoInput, context) in
            for step in [0.0, 50, 50, 20, 100] { context.progress.report(step, total: 100, message: "at \(Int(step))") }
            return ToolResult(content: [.text(context.progress.isWanted ? "wanted" : "silent")])
        },
        Tool(content: "patient", description: "Waits until it is cancelled", uses: .progress) { (_: NoInput, context) in
            context.progress.report(1)
            try await untilCancelled()
            return ToolResult(content: [])
        },
        Tool(content: "regional", description: "Is routed by a header") { (input: Regional, _) in
            ToolResult(content: [.text("region=\(input.region ?? "-")")])
        },
        Tool(content: "write", description: "Only for some", isVisible: { $0.mayWrite }) { (_: NoInput, _) in
            ToolResult(content: [.text("written")])
        },
        Tool(
            raw: "raw", description: "Takes what comes",
            inputSchema: ["$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "$defs": ["a": ["$anchor": "x"]]]
        ) { arguments, _ in ToolResult(content: [.text(JSONValue.object(arguments).serializedText)]) },
    ]
}

/// Two pages of resources and one that fails.
struct Library: ResourceProvider {
    let cachePolicy = CachePolicy(lifetime: .seconds(60), scope: .private)

    func resources(after cursor: String?, context: RequestContext<Caller>) async throws -> ResourcePage {
        guard let cursor else {
            let next = OpaqueCursor(scope: "resources", position: "docs://a").encoded
            return ResourcePage(
                resources: [ResourceDescription(uri: "docs://a", name: "a", title: "A", summary: "First", mimeType: "text/plain", size: 3)],
                nextCursor: next)
        }
        guard OpaqueCursor(decoding: cursor, scope: "resources")?.position == "docs://a" else { throw ProtocolError.invalidCursor }
        return ResourcePage(resources: [ResourceDescription(uri: "docs://b", name: "b")])
    }

    func templates(context: RequestContext<Caller>) async throws -> [ResourceTemplate] {
        [ResourceTemplate(uriTemplate: "docs://{name}", name: "section", title: "Section", summary: "Any", mimeType: "text/plain")]
    }

    func contents(of uri: String, context: RequestContext<Caller>) async throws -> [ResourceContents]? {
        switch uri {
        case "docs://a": [ResourceContents(uri: uri, mimeType: "text/plain", body: .text("äbc"))]
        case "docs://ü": [ResourceContents(uri: uri, mimeType: nil, body: .blob([0, 255]))]
        case "docs://empty": []
        case "docs://broken": throw Boom()
        default: nil
        }
    }
}
