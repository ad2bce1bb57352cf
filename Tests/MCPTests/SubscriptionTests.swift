import MCP
import Primitives
import Testing

@Suite struct SubscriptionTests {
    private let key = "io.modelcontextprotocol/subscriptionId"

    private func listen(_ filter: JSONObject, id: JSONValue = "s-1") -> Call {
        .modern("subscriptions/listen", ["notifications": .object(filter)], id: id)
    }

    @Test func `the first message says what will be told, and the rest is only that`() async throws {
        let replicas = Replicas()
        let reading = try #require(
            await replicas.first.open(
                listen(["toolsListChanged": true, "promptsListChanged": true, "resourceSubscriptions": ["docs://a"]])))
        let first = await reading.message()
        #expect(first?["method"] == "notifications/subscriptions/acknowledged")
        // Nobody has said that prompts change.
        #expect(first?["params"]?["notifications"] == ["toolsListChanged": true, "resourceSubscriptions": ["docs://a"]])
        #expect(first?["params"]?["_meta"]?[key] == "s-1")
        for change in [ServerChange.resources, .prompts, .resource("docs://b"), .resource("docs://a")] { replicas.hub.publish(change) }
        let second = await reading.message()
        #expect(second?["method"] == "notifications/resources/updated")
        #expect(second?["params"]?["uri"] == "docs://a")
        #expect(second?["params"]?["_meta"]?[key] == "s-1")
        replicas.hub.publish(.tools)
        #expect(await reading.message()?["method"] == "notifications/tools/list_changed")
        reading.task.cancel()
    }

    @Test func `a change at one replica is told at another`() async throws {
        let replicas = Replicas()
        let reading = try #require(await replicas.first.open(listen(["toolsListChanged": true])))
        _ = await reading.message()
        replicas.farHub.publish(.tools)
        #expect(await reading.message()?["method"] == "notifications/tools/list_changed")
        reading.task.cancel()
    }

    @Test func `a server that stops ends its subscriptions with a result, and opens no more`() async throws {
        let replicas = Replicas()
        let reading = try #require(await replicas.first.open(listen(["toolsListChanged": true], id: 17)))
        _ = await reading.message()
        replicas.first.endStreams()
        let last = await reading.message()
        #expect(last?["id"] == 17)
        #expect(last?["result"]?["resultType"] == "complete")
        #expect(last?["result"]?["_meta"]?[key] == 17)
        #expect(await reading.next() == nil)
        try await reading.task.value
        if let schema = OfficialData.schema("2026-07-28") {
            #expect(schema.problem(with: last?["result"] ?? .null, definition: "SubscriptionsListenResult") == nil)
        }
        #expect(try await replicas.first.send(listen([:])).status == 429)
    }

    @Test func `subscriptions that missed something end with a result, and others may begin`() async throws {
        let replicas = Replicas()
        let reading = try #require(await replicas.first.open(listen(["toolsListChanged": true], id: 17)))
        _ = await reading.message()
        replicas.first.interruptStreams()
        #expect(await reading.message()?["result"]?["resultType"] == "complete")
        #expect(await reading.next() == nil)
        try await reading.task.value
        let other = try #require(await replicas.first.open(listen(["toolsListChanged": true])))
        _ = await other.message()
        replicas.hub.publish(.tools)
        #expect(await other.message()?["method"] == "notifications/tools/list_changed")
        other.task.cancel()
    }

    @Test func `a subscription to which nothing happens, or that is old, ends as it should`() async throws {
        for limits in [
            StreamLimits(lifetime: .milliseconds(1)), StreamLimits(lifetime: .seconds(3600), idle: .milliseconds(1)),
        ] {
            let reading = try #require(await Replicas(streams: limits).first.open(listen(["toolsListChanged": true])))
            var last: JSONValue?
            while let message = await reading.message() { last = message }
            #expect(last?["result"]?["resultType"] == "complete")
        }
    }

    @Test func `a client may have only so many streams, and an ended one makes room`() async throws {
        let endpoint = Replicas(streams: StreamLimits(perClient: 2)).first
        var readings: [Reading] = []
        for _ in 0..<2 { readings.append(try #require(await endpoint.open(listen([:])))) }
        #expect(endpoint.streamCount == 2)
        let refused = await endpoint.handle(listen([:]).request, principal: Caller())
        #expect(refused.status == 429)
        #expect(refused.header("Retry-After") != nil)
        // Another client is not in the way.
        let other = await endpoint.open(listen([:]), as: Caller(name: "other"))
        #expect(other != nil)
        readings[0].task.cancel()
        await #expect(throws: CancellationError.self) { try await readings[0].task.value }
        readings.removeFirst()
        while endpoint.streamCount > 2 { await Task.yield() }
        #expect(try #require(await endpoint.open(listen([:]))).task.isCancelled == false)
    }

    @Test func `changes of the same kind that wait are told once, and too much that waits ends the stream`() async throws {
        let replicas = Replicas(streams: StreamLimits(buffered: ByteCount(bytes: 400)))
        let call = listen(["toolsListChanged": true, "resourceSubscriptions": ["docs://a", "docs://ü"]])
        guard case .events(let stream) = await replicas.first.handle(call.request, principal: Caller()).body else {
            Issue.record("the answer is no stream")
            return
        }
        let (written, count) = (Locked<[String]>([]), Locked(0))
        try await stream.run { bytes in
            written.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            // The client has read the acknowledgment, and then nothing for a while.
            guard
                count.withLock({ count in
                    count += 1
                    return count == 1
                })
            else { return }
            for _ in 0..<50 { replicas.hub.publish(.tools) }
            replicas.hub.publish(.resource("docs://a"))
            replicas.hub.publish(.resource("docs://ü"))
        }
        let lines = written.withLock { $0 }
        #expect(lines.count { $0.contains("tools/list_changed") } == 1)
        #expect(lines.last?.contains(#""resultType":"complete""#) == true)
    }

    @Test(arguments: [
        JSONValue.null, [], ["toolsListChanged": 1], ["resourceSubscriptions": "docs://a"], ["resourceSubscriptions": [1]],
        ["resourceSubscriptions": .array(Array(repeating: "docs://a", count: 1001))],
    ])
    func `a filter of the wrong shape is refused`(filter: JSONValue) async throws {
        let answer = try await Replicas().first.send(.modern("subscriptions/listen", ["notifications": filter]))
        #expect(answer.status == 400)
        #expect(answer.code == -32602)
    }

    @Test func `a resource that the caller cannot read is left out of what is told`() async throws {
        let reading = try #require(await Replicas().first.open(listen(["resourceSubscriptions": ["docs://nope", "docs://empty"]])))
        #expect(await reading.message()?["params"]?["notifications"] == [:])
        reading.task.cancel()
    }

    @Test func `a server without a hub has no subscriptions`() async throws {
        #expect(try await Fixture.endpoint().send(listen(["toolsListChanged": true])).status == 404)
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"from":"x"}"#, #"{"from":"x","topic":"changes","message":{"change":"no/such"}}"#])
    func `what no hub has sent is dropped`(text: String) async throws {
        let hub = MessageHub()
        hub.receive(Array(text.utf8))
    }
}
