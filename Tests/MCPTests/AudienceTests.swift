import MCP
import Primitives
import Testing

/// Who may hear of what, as a test changes it.
private final class Ears: Sendable {
    private let state = Locked((closed: Set<String>(), gone: Set<String>()))

    /// What somebody has under `docs://a` is hidden from everyone whose name is among `closed`.
    var audience: Audience<Caller> {
        Audience { caller, change in
            self.state.withLock { state in
                if state.gone.contains(caller.name) { return .ended }
                guard state.closed.contains(caller.name) else { return .told }
                return switch change {
                case .tools, .prompts, .resources: .told
                case .resource(let uri), .resourcesUnder(let uri), .resourcesListed(let uri): uri.hasPrefix("docs://a") ? .withheld : .told
                }
            }
        }
    }

    func close(_ name: String) { state.withLock { _ = $0.closed.insert(name) } }
    func open(_ name: String) { state.withLock { _ = $0.closed.remove(name) } }
    func end(_ name: String) { state.withLock { _ = $0.gone.insert(name) } }
}

@Suite struct AudienceTests {
    private let ears = Ears()
    private let replicas: Replicas

    init() { replicas = Replicas(audience: ears.audience) }

    private func listen(_ caller: Caller, at endpoint: MCPEndpoint<Caller>? = nil) async throws -> Reading {
        let call = Call.modern(
            "subscriptions/listen",
            ["notifications": ["toolsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["docs://a", "docs://ü"]]])
        let reading = try #require(await (endpoint ?? replicas.first).open(call, as: caller))
        #expect(await reading.message()?["method"] == "notifications/subscriptions/acknowledged")
        return reading
    }

    /// What the next message is about.
    private func next(_ reading: Reading) async -> String? {
        let message = await reading.message()
        return message?["params"]?["uri"]?.stringValue ?? message?["method"]?.stringValue
    }

    @Test func `a change is told to those who may hear of it at that moment, at every replica`() async throws {
        ears.close("outsider")
        let insider = try await listen(Caller(name: "insider"), at: replicas.second)
        let outsider = try await listen(Caller(name: "outsider"), at: replicas.second)
        for change in [
            ServerChange.resource("docs://a"), .resourcesUnder("docs://a"), .resourcesListed(under: "docs://a/"), .resource("docs://ü"),
        ] { replicas.hub.publish(change) }
        // The same change that waits is told once.
        var heard: Set<String?> = []
        while !heard.contains("docs://ü") { heard.insert(await next(insider)) }
        #expect(heard == ["docs://a", "notifications/resources/list_changed", "docs://ü"])
        #expect(await next(outsider) == "docs://ü")
        ears.open("outsider")
        replicas.hub.publish(.resource("docs://a"))
        #expect(await next(outsider) == "docs://a")
        ears.close("outsider")
        replicas.hub.publish(.resource("docs://a"))
        replicas.hub.publish(.resourcesListed(under: "docs://b"))
        #expect(await next(outsider) == "notifications/resources/list_changed")
        for reading in [insider, outsider] { reading.task.cancel() }
    }

    @Test func `the stream of somebody who is no longer a caller ends with its result`() async throws {
        let reading = try await listen(Caller(name: "leaver"))
        let other = try await listen(Caller(name: "stayer"))
        ears.end("leaver")
        replicas.hub.publish(.resource("docs://a"))
        let last = await reading.message()
        #expect(last?["result"]?["resultType"] == "complete")
        #expect(await reading.next() == nil)
        #expect(await next(other) == "docs://a")
        other.task.cancel()
    }

    @Test func `the stream of a session obeys, too`() async throws {
        let caller = Caller(name: "old")
        let session = try #require(try await replicas.first.session(as: caller))
        for uri in ["docs://a", "docs://ü"] {
            let answer = try await replicas.first.send(
                .legacy("resources/subscribe", ["uri": .string(uri)]).session(session), as: caller)
            #expect(answer.status == 200)
        }
        ears.close("old")
        let reading = try #require(await replicas.second.open(.get(session), as: caller))
        // Says that the stream is open.
        #expect(await reading.next()?.message == nil)
        for uri in ["docs://a", "docs://ü"] { replicas.hub.publish(.resource(uri)) }
        #expect(await next(reading) == "docs://ü")
        ears.end("old")
        replicas.hub.publish(.resources)
        #expect(await reading.message() == nil)
    }

    @Test func `more undecided changes than may wait end the stream`() async throws {
        let (entered, release) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let slow = Replicas(
            audience: Audience { _, _ in
                entered.continuation.yield()
                for await _ in release.stream { break }
                return .told
            })
        let reading = try await listen(Caller(), at: slow.first)
        slow.hub.publish(.tools)
        for await _ in entered.stream { break }
        for _ in 0..<5000 { slow.hub.publish(.tools) }
        release.continuation.finish()
        var last: JSONValue?
        while let message = await reading.message() { last = message }
        #expect(last?["result"]?["resultType"] == "complete")
    }
}
