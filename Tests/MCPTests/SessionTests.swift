import MCP
import Primitives
import Testing

@Suite struct SessionTests {
    private static let tools: [Tool<Caller>] = [
        Tool(content: "plain", description: "Answers") { (_: NoInput, context) in
            ToolResult(content: [.text("\(context.clientInfo?.name ?? "-") \(context.clientCapabilities["elicitation"] != nil)")])
        },
        Tool(content: "ask", description: "Asks", uses: .input) { (_: NoInput, context) in
            let form = ElicitationForm([("name", ["type": "string"])], required: ["name"])
            let answer = try await context.ask("name", .elicitation("Your name?", form))
            return ToolResult(content: [.text("Hello, \(answer.content?["name"]?.stringValue ?? "nobody")")])
        },
        Tool(content: "log", description: "Logs", uses: .logging) { (_: NoInput, context) in
            context.log.log(.debug, "quiet")
            context.log.log(.error, ["loud": true], logger: "l")
            return ToolResult(content: [.text("logged")])
        },
        Tool(content: "pause", description: "Pauses", uses: .pausing) { (_: NoInput, context) in
            context.pauseStream()
            return ToolResult(content: [.text("after the pause")])
        },
        Tool(content: "wait", description: "Waits until it is cancelled", uses: [.progress]) { (_: NoInput, context) in
            context.progress.report(1)
            try await untilCancelled()
            return ToolResult(content: [])
        },
    ]

    private func replicas(isSessionRequired: Bool = false, report: (@Sendable (CallReport) -> Void)? = nil) -> Replicas {
        Replicas(tools: { _ in Self.tools }, isSessionRequired: isSessionRequired, report: report)
    }

    private func call(_ tool: String, in session: String?, id: JSONValue = 1, meta: JSONObject? = nil) -> Call {
        var params: JSONObject = ["name": .string(tool)]
        params["_meta"] = meta.map(JSONValue.object)
        return Call.legacy("tools/call", params, id: id).session(session)
    }

    @Test func `a handshake begins a session, which any replica knows`() async throws {
        let replicas = replicas()
        let session = try #require(try await replicas.first.session())
        #expect(session.utf8.count >= 24 && session.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        #expect(try await replicas.second.send(call("plain", in: session)).text == "old true")
        #expect(try await replicas.first.session() != session)
    }

    @Test func `capabilities say what a session has`() async throws {
        let answer = try await replicas().first.send(.legacy("initialize", ["protocolVersion": "2025-11-25"]))
        #expect(
            answer.result?["capabilities"] == [
                "tools": ["listChanged": true], "resources": ["listChanged": true, "subscribe": true], "logging": [:],
            ])
        let modern = try await replicas().first.send(.modern("server/discover")).result?["capabilities"]
        #expect(modern?["extensions"] == ["io.modelcontextprotocol/tasks": [:]])
        #expect(modern?["tools"] == ["listChanged": true])
    }

    @Test func `a session that is not there, or is somebody else's, is not found`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        for (id, caller) in [
            ("nope", Caller()), (String(repeating: "a", count: 200), Caller()), (session ?? "", Caller(name: "other")),
        ] {
            #expect(try await replicas.first.send(call("plain", in: id), as: caller).status == 404)
            #expect(await replicas.first.handle(Call.get(id).request, principal: caller).status == 404)
            #expect(await replicas.first.handle(Call.get(id).method("DELETE").request, principal: caller).status == 404)
        }
        #expect(try await replicas.first.send(call("plain", in: session).adding("Mcp-Session-Id", "x")).status == 404)
    }

    @Test func `where sessions are required, a request without one is refused`() async throws {
        let endpoint = replicas(isSessionRequired: true).first
        #expect(try await endpoint.send(call("plain", in: nil)).status == 400)
        #expect(await endpoint.handle(Call.get(nil).request, principal: Caller()).status == 400)
        #expect(try await endpoint.session() != nil)
        // The modern era has none.
        #expect(try await endpoint.send(.modern("tools/call", ["name": "plain"])).status == 200)
        #expect(try await replicas().first.send(call("plain", in: nil)).text == "- false")
    }

    @Test func `without the header, the version of the handshake holds`() async throws {
        let endpoint = replicas().first
        let session = try await endpoint.session(version: "2025-06-18")
        let answer = try await endpoint.send(.legacy("tools/list", version: nil).session(session))
        #expect(answer.result != nil)
        #expect(try await endpoint.send(.legacy("tools/list", version: "1999-01-01").session(session)).status == 400)
    }

    @Test func `an end is an end at every replica, and ends streams and calls`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let stream = try #require(await replicas.first.open(.get(session)))
        _ = await stream.next()
        let waiting = try #require(await replicas.first.open(call("wait", in: session, meta: ["progressToken": 1])))
        #expect(await waiting.message()?["method"] == "notifications/progress")
        #expect(await replicas.second.handle(Call.get(session).method("DELETE").request, principal: Caller()).status == 204)
        #expect(try await replicas.first.send(call("plain", in: session)).status == 404)
        #expect(await waiting.message() == nil)
        #expect(await stream.message() == nil)
        #expect(await replicas.first.handle(Call.get(session).method("DELETE").request, principal: Caller()).status == 404)
    }

    @Test func `a call asks on its stream, and the answer may come to another replica`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(call("ask", in: session, id: "c")))
        let priming = await reading.next()
        #expect(priming?.message == nil && priming?.id != nil && priming?.retry == "1000")
        let question = await reading.message()
        #expect(question?["method"] == "elicitation/create")
        let id = question?["id"]
        let answer: JSONValue = ["action": "accept", "content": ["name": "Alice"]]
        // Of another session, and for a request that nobody has sent: neither is an answer.
        let other = try await replicas.second.session()
        for (call, status) in [
            (Call.answer(id, answer, session: other), 202), (.answer("no-such", answer, session: session), 202),
            (.answer(id, answer, session: nil), 400), (.answer(id, answer, session: session), 202),
        ] {
            #expect(await replicas.second.handle(call.request, principal: Caller()).status == status)
        }
        let result = await reading.message()
        #expect(result?["id"] == "c")
        #expect(result?["result"]?["content"]?[0]?["text"] == "Hello, Alice")
        #expect(await reading.next() == nil)
    }

    @Test func `a refusal of the client is a tool error`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(call("ask", in: session)))
        let question = await reading.message()
        var refusal = Call.answer(question?["id"], .null, session: session)
        refusal.body =
            JSONValue.object([
                "jsonrpc": "2.0", "id": question?["id"] ?? .null, "error": ["code": -1, "message": "User rejected"],
            ]).serialized
        _ = await replicas.first.handle(refusal.request, principal: Caller())
        let result = await reading.message()
        #expect(result?["result"]?["isError"] == true)
        #expect(result?["result"]?["content"]?[0]?["text"]?.stringValue?.contains("User rejected") == true)
    }

    @Test func `a client that comes back gets the rest, at another replica and only of its session`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(call("pause", in: session, id: 9)))
        var last: String?
        while let event = await reading.next() {
            #expect(event.message == nil)
            last = event.id
        }
        let rest = try #require(await replicas.second.open(.get(session, after: last)))
        #expect(await rest.message()?["result"]?["content"]?[0]?["text"] == "after the pause")
        #expect(await rest.next() == nil)
        // As often as it likes.
        let again = try #require(await replicas.second.open(.get(session, after: last)))
        #expect(await again.message()?["id"] == 9)
        let other = try await replicas.second.session()
        #expect(await replicas.second.handle(Call.get(other, after: last).request, principal: Caller()).status == 400)
    }

    @Test(arguments: ["", ".", "a", "a.b", "a.-1", "a.01", "a.1.2", "none.1", String(repeating: "a", count: 80) + ".1"])
    func `a place that no stream has is refused`(place: String) async throws {
        let endpoint = replicas().first
        let session = try await endpoint.session()
        #expect(await endpoint.handle(Call.get(session, after: place).request, principal: Caller()).status == 400)
    }

    @Test func `a client that goes away has not cancelled its call`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(call("ask", in: session)))
        let priming = await reading.next()
        let question = await reading.message()
        reading.task.cancel()
        _ = await replicas.second.handle(
            Call.answer(question?["id"], ["action": "accept", "content": ["name": "Bob"]], session: session).request, principal: Caller())
        let rest = try #require(await replicas.second.open(.get(session, after: priming?.id)))
        #expect(await rest.message()?["method"] == "elicitation/create")
        #expect(await rest.message()?["result"]?["content"]?[0]?["text"] == "Hello, Bob")
    }

    @Test func `a notification cancels the call that it means, from any replica`() async throws {
        let reports = Locked<[CallReport.Outcome]>([])
        let replicas = replicas { report in if report.method == "tools/call" { reports.withLock { $0.append(report.outcome) } } }
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(call("wait", in: session, id: 5, meta: ["progressToken": 1])))
        _ = await reading.message()
        for id in [4, 5] as [JSONValue] {
            let notification = Call.notification("notifications/cancelled", ["requestId": id], session: session)
            #expect(await replicas.second.handle(notification.request, principal: Caller()).status == 202)
        }
        #expect(await reading.message() == nil)
        #expect(reports.withLock { $0 } == [.cancelled])
    }

    @Test func `log messages come from the level on that the session has asked for`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        #expect(try await replicas.first.send(call("log", in: session)).text == "logged")
        #expect(try await replicas.first.send(.legacy("logging/setLevel", ["level": "warning"]).session(session)).result == [:])
        let reading = try #require(await replicas.second.open(call("log", in: session)))
        let message = await reading.message()
        #expect(message?["params"] == ["level": "error", "logger": "l", "data": ["loud": true]])
        #expect(await reading.message()?["result"]?["content"]?[0]?["text"] == "logged")
        #expect(try await replicas.first.send(.legacy("logging/setLevel", ["level": "loud"]).session(session)).code == -32602)
        #expect(try await replicas.first.send(.legacy("logging/setLevel", ["level": "info"])).code == -32600)
    }

    @Test func `a modern request asks for its log messages itself`() async throws {
        let endpoint = replicas().first
        #expect(try await endpoint.send(.modern("tools/call", ["name": "log"])).text == "logged")
        let messages = try await endpoint.stream(
            .modern("tools/call", ["name": "log"], meta: ["io.modelcontextprotocol/logLevel": "debug"]))
        #expect(messages.map { $0["params"]?["level"] } == ["debug", "error", nil])
    }

    @Test func `the stream of a session tells of lists and of what was subscribed to`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let reading = try #require(await replicas.first.open(.get(session)))
        _ = await reading.next()
        replicas.hub.publish(.tools)
        for uri in ["docs://a", "docs://ü"] {
            #expect(try await replicas.second.send(.legacy("resources/subscribe", ["uri": .string(uri)]).session(session)).result == [:])
        }
        #expect(try await replicas.second.send(.legacy("resources/unsubscribe", ["uri": "docs://ü"]).session(session)).result == [:])
        #expect(try await replicas.second.send(.legacy("resources/subscribe", ["uri": "docs://nope"]).session(session)).code == -32002)
        #expect(try await replicas.second.send(.legacy("resources/subscribe", ["uri": 1]).session(session)).code == -32602)
        for change in [ServerChange.prompts, .resource("docs://ü"), .resource("docs://a")] { replicas.farHub.publish(change) }
        #expect(await reading.message()?["method"] == "notifications/tools/list_changed")
        let update = await reading.message()
        #expect(update?["method"] == "notifications/resources/updated")
        #expect(update?["params"] == ["uri": "docs://a"])
        reading.task.cancel()
    }

    @Test func `a new stream of a session takes the place of the old one`() async throws {
        let replicas = replicas()
        let session = try await replicas.first.session()
        let old = try #require(await replicas.first.open(.get(session)))
        _ = await old.next()
        let new = try #require(await replicas.second.open(.get(session)))
        #expect(await old.message() == nil)
        new.task.cancel()
    }

    @Test(arguments: ["GET", "DELETE"])
    func `a modern request has no such methods`(method: String) async throws {
        let endpoint = replicas().first
        let session = try await endpoint.session()
        let call = Call.get(session).method(method).header("MCP-Protocol-Version", "2026-07-28")
        let response = await endpoint.handle(call.request, principal: Caller())
        #expect(response.status == 405)
        #expect(response.header("Allow") == "POST")
    }

    @Test func `a GET must take events`() async throws {
        let endpoint = replicas().first
        let call = Call.get(try await endpoint.session()).header("Accept", "application/json")
        #expect(await endpoint.handle(call.request, principal: Caller()).status == 406)
        #expect(await endpoint.handle(call.method("PUT").request, principal: Caller()).header("Allow") == "POST, GET, DELETE")
    }

    @Test func `a session, and what its calls say, survive being written down`() throws {
        var session = try #require(
            Session(
                document: [
                    "id": "i", "owner": "o", "version": "2025-06-18", "capabilities": ["roots": [:]],
                    "client": ["name": "c", "version": "1"],
                ]))
        session.apply(.logLevel(.alert))
        for uri in ["a", "b"] { session.apply(.subscribe(uri)) }
        session.apply(.unsubscribe("a"))
        #expect(session.subscriptions == ["b"])
        #expect(Session(document: session.document) == session)
        #expect(Session(document: ["id": "i"]) == nil)
        for event in [SessionEvent.begin, .pause, .end(nil), .end(["a": 1]), .message(["b": 2])] {
            #expect(SessionEvent(document: event.document) == event)
        }
        #expect(SessionEvent(document: [:]) == nil)
    }

    @Test func `a store in memory forgets what is old, and the oldest when there are many`() async throws {
        let now = Locked(ContinuousClock.now)
        let store = MemorySessionStore(
            limit: 2, lifetime: .seconds(10), streamLimit: 2, streamSize: ByteCount(bytes: 30), now: { now.withLock { $0 } })
        func session(_ id: String) throws -> Session {
            try #require(Session(document: ["id": .string(id), "owner": "o", "version": "2025-11-25", "capabilities": [:]]))
        }
        for id in ["a", "b"] {
            try await store.insert(try session(id))
            now.withLock { $0 = $0.advanced(by: .seconds(1)) }
        }
        _ = try await store.session("a")
        try await store.insert(try session("c"))
        #expect(try await store.session("b") == nil)
        #expect(try await store.session("a") != nil)
        for stream in ["1", "2", "3"] { try await store.append(.begin, to: stream, of: "a") }
        #expect(try await store.events(of: "1", in: "a", after: 0) == nil)
        for text in ["first message", "second message", "third message"] {
            try await store.append(.message(.string(text)), to: "3", of: "a")
        }
        #expect(try await store.events(of: "3", in: "a", after: 0)?.map(\.number) == [4])
        #expect(try await store.append(.begin, to: "1", of: "nobody") == 0)
        now.withLock { $0 = $0.advanced(by: .seconds(11)) }
        #expect(try await store.session("a") == nil)
        #expect(try await store.remove("a") == false)
    }
}
