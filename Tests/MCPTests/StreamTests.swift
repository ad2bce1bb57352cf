import MCP
import Primitives
import Testing

@Suite struct StreamTests {
    private let meta: JSONObject = ["progressToken": "p-1"]

    @Test(arguments: [JSONValue.string("p-1"), .integer(7)])
    func `progress comes before the result, with the token, always rising`(token: JSONValue) async throws {
        for call in [
            Call.modern("tools/call", ["name": "steps"], meta: ["progressToken": token]),
            Call.legacy("tools/call", ["name": "steps", "_meta": ["progressToken": token]]),
        ] {
            let messages = try await Fixture.endpoint().stream(call)
            #expect(
                messages.map { $0["method"]?.stringValue } == [
                    "notifications/progress", "notifications/progress", "notifications/progress", nil,
                ])
            #expect(messages.dropLast().allSatisfy { $0["params"]?["progressToken"] == token && $0["id"] == nil })
            #expect(messages.dropLast().compactMap { $0["params"]?["progress"]?.numberValue } == [0, 50, 100])
            #expect(messages.last?["id"] == 1)
            #expect(messages.last?["result"]?["content"]?[0]?["text"] == "wanted")
            if let schema = OfficialData.schema("2026-07-28") {
                for message in messages.dropLast() { #expect(schema.problem(with: message, definition: "ProgressNotification") == nil) }
            }
        }
    }

    @Test func `a stream says that it must not be buffered`() async throws {
        let response = await Fixture.endpoint().handle(
            Call.modern("tools/call", ["name": "steps"], meta: meta).request, principal: Caller())
        #expect(response.status == 200)
        #expect(response.header("Content-Type") == "text/event-stream")
        #expect(response.header("X-Accel-Buffering") == "no")
        #expect(response.bytes == nil)
    }

    @Test(arguments: [nil, .number(1.5), .null, true, []] as [JSONValue?])
    func `without a token that is one, the answer is JSON and nothing is reported`(token: JSONValue?) async throws {
        var meta = JSONObject()
        meta["progressToken"] = token
        #expect(try await Fixture.endpoint().send(.modern("tools/call", ["name": "steps"], meta: meta)).text == "silent")
    }

    @Test func `a tool that reports nothing answers with JSON`() async throws {
        #expect(try await Fixture.endpoint().send(.modern("tools/call", ["name": "links"], meta: meta)).text == "count: 3")
    }

    @Test func `an error in a stream is its last message`() async throws {
        let messages = try await Fixture.endpoint(timeout: .milliseconds(1)).stream(
            .modern("tools/call", ["name": "patient"], meta: meta))
        #expect(messages.last?["result"]?["isError"] == true)
        #expect(messages.last?["result"]?["content"]?[0]?["text"]?.stringValue?.contains("longer than the server allows") == true)
    }

    @Test func `a silent stream shows that it is alive`() async throws {
        struct Enough: Error {}
        let endpoint = Fixture.endpoint(keepAlive: .milliseconds(1))
        guard
            case .events(let stream) = await endpoint.handle(
                Call.modern("tools/call", ["name": "patient"], meta: meta).request, principal: Caller()
            ).body
        else {
            Issue.record("the answer is no stream")
            return
        }
        // The work would take an hour: that this ends at all shows that a failed write cancels it.
        await #expect(throws: Enough.self) {
            try await stream.run { if $0 == Array(": keep-alive\n\n".utf8) { throw Enough() } }
        }
    }

    @Test func `a cancelled connection cancels the work`() async throws {
        let reports = Locked<[CallReport]>([])
        let endpoint = Fixture.endpoint { report in reports.withLock { $0.append(report) } }
        guard
            case .events(let stream) = await endpoint.handle(
                Call.modern("tools/call", ["name": "patient"], meta: meta).request, principal: Caller()
            ).body
        else {
            Issue.record("the answer is no stream")
            return
        }
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let connection = Task { try await stream.run { _ in signal.yield() } }
        for await _ in started { break }
        connection.cancel()
        await #expect(throws: CancellationError.self) { try await connection.value }
        #expect(reports.withLock { $0.map(\.outcome) } == [.cancelled])
    }
}
