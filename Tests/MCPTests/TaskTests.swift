import FoundationEssentials
import MCP
import Primitives
import Testing

@Suite struct TaskTests {
    private let capable: JSONObject = [
        "io.modelcontextprotocol/clientCapabilities": ["elicitation": [:], "extensions": ["io.modelcontextprotocol/tasks": [:]]]
    ]

    /// Lets work go on when a test says so.
    private let gate = AsyncStream.makeStream(of: Void.self)

    private func replicas() -> Replicas {
        let gate = gate.stream
        return Replicas(tools: { runner in
            func tool(
                _ name: String, requiresTasks: Bool = false,
                _ work: @escaping @Sendable (TaskRunner<Caller>.Handle) async throws -> ToolResult
            ) -> Tool<Caller> {
                Tool(deferringContent: name, description: "Works", requiresTasks: requiresTasks) { (_: NoInput, context) in
                    guard context.acceptsTasks else { return .now(ToolResult(content: [.text("at once")])) }
                    return .later(try await runner.start(for: context, lifetime: .seconds(60), work: work))
                }
            }
            return [
                tool("work") { task in
                    try await task.report("half way")
                    for await _ in gate { break }
                    try Task.checkCancellation()
                    return ToolResult(content: [.text("done")])
                },
                tool("fail", requiresTasks: true) { _ in throw ToolFailure("No.") },
                tool("break") { _ in throw ProtocolError(.invalidParams, "Broken") },
                tool("boom") { _ in throw Boom() },
                tool("ask") { task in
                    let form = ElicitationForm([("x", ["type": "string"])])
                    let answers = try await task.ask([("a", .elicitation("A?", form)), ("b", .elicitation("B?", form))])
                    let values = ["a", "b"].map { answers[$0].content?["x"]?.stringValue ?? "-" }
                    return ToolResult(content: [.text(values.joined())])
                },
            ]
        })
    }

    private func start(_ tool: String, _ replicas: Replicas) async throws -> JSONValue {
        let answer = try await replicas.first.send(.modern("tools/call", ["name": .string(tool)], meta: capable))
        #expect(answer.result?["resultType"] == "task")
        return answer.result?["taskId"] ?? .null
    }

    private func get(_ task: JSONValue, _ endpoint: MCPEndpoint<Caller>, as caller: Caller = Caller()) async throws -> Answer {
        try await endpoint.send(.modern("tasks/get", ["taskId": task], meta: capable), as: caller)
    }

    /// The task once it has this state.
    private func wait(_ task: JSONValue, _ status: JSONValue, _ endpoint: MCPEndpoint<Caller>) async throws -> JSONValue {
        while true {
            let result = try #require(try await get(task, endpoint).result)
            if result["status"] == status { return result }
            await Task.yield()
        }
    }

    @Test func `a task is found at any replica as soon as it has a name, and ends with its result`() async throws {
        let replicas = replicas()
        let answer = try await replicas.first.send(.modern("tools/call", ["name": "work"], meta: capable))
        let created = try #require(answer.result?.objectValue)
        #expect(
            Set(created.keys) == [
                "taskId", "status", "createdAt", "lastUpdatedAt", "ttlMs", "pollIntervalMs", "resultType", "_meta",
            ])
        #expect(created["ttlMs"] == 60_000)
        #expect(created["status"] == "working")
        let task = created["taskId"] ?? .null
        #expect(try await get(task, replicas.second).result?["taskId"] == task)
        gate.continuation.yield()
        let result = try await wait(task, "completed", replicas.second)
        #expect(result["result"]?["content"]?[0]?["text"] == "done")
        #expect(result["statusMessage"] == "half way")
        #expect(result["resultType"] == "complete")
    }

    @Test func `failures of a tool, of the protocol and of the server are told apart`() async throws {
        let replicas = replicas()
        let failed = try await wait(start("fail", replicas), "completed", replicas.first)
        #expect(failed["result"]?["isError"] == true)
        let broken = try await wait(start("break", replicas), "failed", replicas.first)
        #expect(broken["error"] == ["code": -32602, "message": "Broken"])
        #expect(broken["result"] == nil)
        let boom = try await wait(start("boom", replicas), "failed", replicas.first)
        #expect(boom["error"]?["code"] == -32603)
        #expect(!boom.serializedText.contains("hunter2"))
    }

    @Test func `a task stops when it is asked to at another replica, and stays as it is after that`() async throws {
        let replicas = replicas()
        let task = try await start("work", replicas)
        let cancel = Call.modern("tasks/cancel", ["taskId": task], meta: capable)
        let answer = try await replicas.second.send(cancel)
        #expect(answer.result?.objectValue?.keys.sorted() == ["_meta", "resultType"])
        _ = try await wait(task, "cancelled", replicas.second)
        #expect(try await replicas.first.send(cancel).status == 200)
        #expect(try await get(task, replicas.first).result?["status"] == "cancelled")
    }

    @Test func `a task asks, takes answers one by one from any replica, and goes on when it has all`() async throws {
        let replicas = replicas()
        let task = try await start("ask", replicas)
        let open = try await wait(task, "input_required", replicas.second)
        #expect(open["inputRequests"]?.objectValue?.keys == ["a", "b"])
        func update(_ responses: JSONValue) async throws -> Answer {
            try await replicas.second.send(.modern("tasks/update", ["taskId": task, "inputResponses": responses], meta: capable))
        }
        func accept(_ text: JSONValue) -> JSONValue { ["action": "accept", "content": ["x": text]] }
        #expect(try await update(["nobody-asked": accept("x")]).status == 200)
        #expect(try await update(["a": accept(1)]).code == -32602)
        #expect(try await update([]).code == -32602)
        #expect(try await update(["a": accept("1")]).result?.objectValue?.keys.sorted() == ["_meta", "resultType"])
        #expect(try await get(task, replicas.first).result?["inputRequests"]?.objectValue?.keys == ["b"])
        #expect(try await update(["b": accept("2")]).status == 200)
        #expect(try await wait(task, "completed", replicas.first)["result"]?["content"]?[0]?["text"] == "12")
    }

    @Test func `nobody finds a task of somebody else, or one that does not exist`() async throws {
        let replicas = replicas()
        let task = try await start("work", replicas)
        for (id, caller) in [(task, Caller(name: "other")), ("nope", Caller())] {
            #expect(try await get(id, replicas.first, as: caller).code == -32602)
            for (method, more) in [("tasks/cancel", [:]), ("tasks/update", ["inputResponses": [:]])] as [(String, JSONObject)] {
                var params: JSONObject = ["taskId": id]
                for member in more.members { params[member.key] = member.value }
                #expect(try await replicas.first.send(.modern(method, params, meta: capable), as: caller).code == -32602)
            }
        }
        gate.continuation.yield()
    }

    @Test(arguments: ["tasks/get", "tasks/update", "tasks/cancel"])
    func `the methods need the extension, and are of the modern era`(method: String) async throws {
        let endpoint = replicas().first
        let plain = try await endpoint.send(.modern(method, ["taskId": "t", "inputResponses": [:]]))
        #expect(plain.status == 400)
        #expect(plain.code == -32021)
        #expect(
            plain.json["error"]?["data"]?["requiredCapabilities"] == ["extensions": ["io.modelcontextprotocol/tasks": [:]]])
        #expect(try await endpoint.send(.legacy(method, ["taskId": "t"])).code == -32601)
        #expect(try await endpoint.send(.modern(method, ["taskId": "t"], meta: capable).header("Mcp-Name", "u")).code == -32020)
        #expect(try await endpoint.send(.modern(method, ["taskId": 1], meta: capable)).code == -32602)
    }

    @Test func `clients that take no tasks get results, or are refused where there are only tasks`() async throws {
        let endpoint = replicas().first
        #expect(try await endpoint.send(.modern("tools/call", ["name": "work"])).text == "at once")
        #expect(try await endpoint.send(.legacy("tools/call", ["name": "work"])).text == "at once")
        #expect(try await endpoint.send(.modern("tools/call", ["name": "fail"])).code == -32021)
    }

    @Test func `a store in memory forgets what is over, and refuses what is too much`() async throws {
        let time = Locked(Date(timeIntervalSince1970: 0))
        let store = MemoryTaskStore(limit: 1, now: { time.withLock { $0 } })
        let hub = MessageHub()
        let runner = TaskRunner<Caller>(store: store, hub: hub, limit: 2, now: { time.withLock { $0 } })
        let gate = gate.stream
        let endpoint = MCPEndpoint<Caller>(
            options: EndpointOptions(server: Implementation(name: "f", version: "1"), origins: OriginPolicy(anyHostWithOrigins: [])),
            tools: [
                Tool(deferringContent: "work", description: "Works") { (_: NoInput, context) in
                    .later(
                        try await runner.start(for: context, lifetime: .seconds(60)) { _ in
                            for await _ in gate { break }
                            return ToolResult(content: [])
                        })
                }
            ], services: EndpointServices(hub: hub, tasks: runner, owner: { $0.name }))
        let call = Call.modern("tools/call", ["name": "work"], meta: capable)
        let task = try await endpoint.send(call).result?["taskId"] ?? .null
        let refused = try await endpoint.send(call)
        #expect(refused.isToolError)
        #expect(refused.text.contains("Too many tasks"))
        time.withLock { $0.addTimeInterval(61) }
        #expect(try await get(task, endpoint).code == -32602)
        #expect(try await endpoint.send(call).result?["resultType"] == "task")
        // Two run by now, though the first is forgotten.
        time.withLock { $0.addTimeInterval(61) }
        #expect(try await endpoint.send(call).text.contains("Too many tasks"))
    }
}
