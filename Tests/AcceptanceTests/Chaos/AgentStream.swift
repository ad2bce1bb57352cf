import Fetch
import FoundationEssentials
import MCP
import Primitives
import TestSupport

/// An agent that listens to changes over a stream of events.
struct AgentStream: ~Copyable {
    private let stream: FetchStream
    private var body: FetchBody.Iterator
    private var waiting: [UInt8] = []

    /// Opens the stream at an api and waits until it says what it will tell of.
    ///
    /// - Throws: ``Unexpected`` when it is no stream of events, or begins with something else.
    static func open(_ role: Fleet.Role, _ fleet: Fleet, identifier: Int = 1) async throws -> AgentStream {
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": .integer(identifier), "method": "subscriptions/listen",
            "params": [
                "notifications": ["resourcesListChanged": true],
                "_meta": [
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
                    "io.modelcontextprotocol/clientInfo": ["name": "acceptance", "version": "1"],
                ],
            ],
        ]
        var request = FetchRequest("POST", role.url + "/mcp", body: message.serialized, totalTimeout: .seconds(600))
        request.headers = [
            "Authorization": "Bearer \(Fleet.token.reveal())", "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen",
        ]
        let stream = try await fleet.fetcher.stream(request)
        guard stream.head.status == 200, stream.head.headers["Content-Type"]?.hasPrefix("text/event-stream") == true else {
            throw Unexpected("a stream was answered with \(stream.head.status)")
        }
        var agent = AgentStream(stream: stream, body: stream.body.makeAsyncIterator())
        let first = try await agent.next()
        guard first?["method"] == "notifications/subscriptions/acknowledged" else {
            throw Unexpected("a stream began with \(first?.serializedText ?? "its end")")
        }
        return agent
    }

    private init(stream: FetchStream, body: FetchBody.Iterator) { (self.stream, self.body) = (stream, body) }

    /// The next message; nil at the end of the stream.
    ///
    /// - Throws: `FetchError` when the connection broke.
    mutating func next() async throws -> JSONValue? {
        while true {
            if let event = takeEvent() {
                let data = event.split(separator: "\n").filter { $0.hasPrefix("data:") }.map { $0.dropFirst(5) }.joined(separator: "\n")
                // Comments keep the connection alive and say nothing.
                if data.isEmpty { continue }
                return try JSONValue(parsing: Array(data.utf8))
            }
            guard let chunk = try await body.next() else { return nil }
            waiting += chunk.filter { $0 != 0x0D }
        }
    }

    /// The first whole event of what arrived.
    private mutating func takeEvent() -> String? {
        guard let end = waiting.indices.dropLast().first(where: { waiting[$0] == 0x0A && waiting[$0 + 1] == 0x0A }) else { return nil }
        defer { waiting.removeFirst(end + 2) }
        return String(decoding: waiting[..<end], as: UTF8.self)
    }
}
