import FoundationEssentials
import MCP
import Primitives

/// Passes what a hub sends to the others.
final class Line: MessageRelay {
    private let hubs = Locked<[MessageHub]>([])

    func join(_ hub: MessageHub) { hubs.withLock { $0.append(hub) } }

    // Also back to the sender, as a channel of Redis does.
    func send(_ message: [UInt8]) { for hub in hubs.withLock({ $0 }) { hub.receive(message) } }
}

/// Two processes of one server: they share stores, a line and a key.
struct Replicas: Sendable {
    let first: MCPEndpoint<Caller>
    let second: MCPEndpoint<Caller>
    let hub: MessageHub
    let farHub: MessageHub
    let time: Locked<Date>

    init(
        tools: @Sendable (TaskRunner<Caller>) -> [Tool<Caller>] = { _ in [] }, prompts: [Prompt<Caller>] = [],
        completions: (any CompletionProvider<Caller>)? = nil, streams: StreamLimits = StreamLimits(), isSessionRequired: Bool = false,
        keepAlive: Duration = .seconds(15), audience: Audience<Caller> = .everyone, report: (@Sendable (CallReport) -> Void)? = nil
    ) {
        let line = Line()
        let (sessions, tasks) = (MemorySessionStore(), MemoryTaskStore())
        let time = Locked(Date(timeIntervalSince1970: 1_800_000_000))
        let now: @Sendable () -> Date = { time.withLock { $0 } }
        func endpoint(_ hub: MessageHub) -> MCPEndpoint<Caller> {
            line.join(hub)
            let runner = TaskRunner<Caller>(store: tasks, hub: hub)
            return MCPEndpoint(
                options: EndpointOptions(
                    server: Implementation(name: "fixture", version: "1.2.3"), origins: OriginPolicy(anyHostWithOrigins: []),
                    keepAlive: keepAlive, report: report),
                tools: tools(runner), resources: Library(), prompts: prompts,
                services: EndpointServices(
                    hub: hub, changing: [.tools, .resources, .contents], audience: audience, completions: completions, tasks: runner,
                    sessions: SessionPolicy(store: sessions, isRequired: isSessionRequired),
                    sealer: StateSealer(keys: [Array(repeating: 7, count: 32)], now: now), hasLogging: true, streams: streams,
                    owner: { $0.name }))
        }
        (hub, farHub) = (MessageHub(relay: line), MessageHub(relay: line))
        (first, second) = (endpoint(hub), endpoint(farHub))
        self.time = time
    }
}

/// A stream that is being read.
struct Reading: Sendable {
    private let messages: AsyncStream<Event>
    let task: Task<Void, any Error>

    /// One event of a stream.
    struct Event: Sendable {
        let id: String?
        let retry: String?
        let message: JSONValue?
    }

    /// Reads the stream of `response` until it ends, or until this is cancelled.
    init?(_ response: MCPHTTPResponse) {
        guard case .events(let stream) = response.body else { return nil }
        let (messages, continuation) = AsyncStream.makeStream(of: Event.self)
        self.messages = messages
        task = Task {
            defer { continuation.finish() }
            try await stream.run { bytes in
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                func value(_ key: String) -> String? {
                    lines.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)).trimmed }
                }
                // A comment shows that the stream is open.
                guard let data = value("data:") else {
                    continuation.yield(Event(id: nil, retry: nil, message: nil))
                    return
                }
                continuation.yield(
                    Event(id: value("id:"), retry: value("retry:"), message: data.isEmpty ? nil : try JSONValue(parsing: data)))
            }
        }
    }

    /// The next event; nil at the end.
    func next() async -> Event? {
        var iterator = messages.makeAsyncIterator()
        return await iterator.next()
    }

    /// The next message; nil at the end.
    func message() async -> JSONValue? {
        while let event = await next() {
            if let message = event.message { return message }
        }
        return nil
    }
}

extension String {
    fileprivate var trimmed: String { hasPrefix(" ") ? String(dropFirst()) : self }
}

extension MCPEndpoint<Caller> {
    /// Begins a session, and returns its identifier.
    func session(
        version: String = "2025-11-25", capabilities: JSONObject = ["elicitation": [:], "sampling": [:]], as caller: Caller = Caller()
    ) async throws -> String? {
        let params: JSONObject = [
            "protocolVersion": .string(version), "capabilities": .object(capabilities), "clientInfo": ["name": "old", "version": "1"],
        ]
        let response = await handle(Call.legacy("initialize", params, version: nil).request, principal: caller)
        return response.header("Mcp-Session-Id")
    }

    /// Opens the stream that answers `call`.
    func open(_ call: Call, as caller: Caller = Caller()) async -> Reading? {
        Reading(await handle(call.request, principal: caller))
    }
}

extension Call {
    /// The same call in a session.
    func session(_ id: String?) -> Call { header("Mcp-Session-Id", id) }

    /// A request for the stream of a session.
    static func get(_ session: String?, after event: String? = nil) -> Call {
        Call.legacy("x").method("GET").session(session).header("Last-Event-ID", event)
    }

    /// The answer to a request of the server's.
    static func answer(_ id: JSONValue?, _ result: JSONValue, session: String?) -> Call {
        var call = Call.legacy("x").session(session)
        call.body = JSONValue.object(["jsonrpc": "2.0", "id": id ?? .null, "result": result]).serialized
        return call
    }

    /// A notification of a legacy client.
    static func notification(_ method: String, _ params: JSONObject, session: String?) -> Call {
        var call = Call.legacy("x").session(session)
        call.body = JSONValue.object(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)]).serialized
        return call
    }
}
