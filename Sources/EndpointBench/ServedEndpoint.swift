import ArgumentParser
import Hummingbird
import Logging
import MCP
import MCPHosting
import Primitives

/// The servers that `make bench` compares: the endpoint of the protocol with one tool that does no work, and a route of the bare server framework
/// that answers with JSON. Not shipped.
@main
struct ServedEndpoint: AsyncParsableCommand {
    /// What is served.
    enum Kind: String, ExpressibleByArgument, CaseIterable { case mcp, json }

    static let configuration = CommandConfiguration(
        commandName: "EndpointBench", abstract: "Serves what is to be measured on loopback, until it is stopped.")

    @ArgumentParser.Argument(help: "mcp: POST /mcp with the tool `search`; json: GET /json.") var kind: Kind
    @ArgumentParser.Argument(help: "Port on 127.0.0.1.") var port: Int

    func run() async throws {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        switch kind {
        case .mcp:
            let endpoint = MCPEndpoint<Anybody>(
                options: EndpointOptions(server: Implementation(name: "bench", version: "1"), origins: .loopback), tools: [Search.tool])
            try await EndpointServer(endpoint, principal: Anybody()).run(bind: "127.0.0.1", port: port, logger: logger) { _ in }
        case .json:
            let router = Router()
            router.get("/json") { _, _ in Items(ok: true, items: (0..<10).map { "item \($0)" }) }
            try await Application(
                router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)), logger: logger
            ).runService()
        }
    }
}

/// Everybody: there is no authentication.
struct Anybody: Sendable {}

/// What the route of the framework answers.
struct Items: ResponseCodable {
    let ok: Bool
    let items: [String]
}

/// The tool that does no work, with the result that the peer's has.
enum Search {
    static let tool = Tool<Anybody>("search", description: "Returns made-up results.", annotations: .readOnly) { (input: Input, _) in
        Output(hits: (0..<input.limit).map { Hit(number: $0, query: input.query) })
    }

    struct Input: ToolInput {
        let query: String
        let limit: Int

        static let arguments = Arguments(
            Argument("query", .string(length: 1...200), "Words", example: "words"),
            Argument("limit", .integer(1...50), "Results", default: 5)
        ) { Input(query: $0, limit: $1) }
    }

    struct Output: ToolOutput {
        let hits: [Hit]

        static let shape = OutputShape<Output>(.member("result", .array(of: .object(Hit.self)), "Results") { $0.hits })
    }

    struct Hit: ToolOutput {
        let number: Int
        let query: String

        static let shape = OutputShape<Hit>(
            .member("title", .string, "Title") { "Result \($0.number) for \($0.query)" },
            .member("url", .string, "Address") { "https://docs.example/\($0.number)" },
            .member("score", .number, "Score") { 1.0 / Double($0.number + 1) })
    }
}
