import ArgumentParser
import Logging
import MCP
import MCPHosting
import Primitives

/// A server with the fixtures that the conformance suite of the protocol asks for, and nothing else: `docs/mcp-conformance.md`.
@main
struct ConformanceServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance-server", abstract: "Serves the fixtures of MCP conformance suites on loopback, without authentication.",
        discussion: "The first line of output is the address, once requests are answered. It ends on SIGINT and SIGTERM.")

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.")
    var port: UInt16 = 0

    func run() async throws {
        var logger = Logger(label: "conformance-server") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        try await EndpointServer(Fixtures().endpoint, principal: Caller()).run(bind: "127.0.0.1", port: Int(port), logger: logger) { port in
            print("http://127.0.0.1:\(port)/mcp")
            // Whoever waits for the line reads a pipe, which is written in blocks otherwise.
            flushOutput()
        }
    }
}

/// Everybody: there is no authentication.
struct Caller: Sendable {}
