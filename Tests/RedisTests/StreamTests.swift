import Primitives
import Redis
import TestSupport
import Testing

/// Streams and groups, on a real server.
@Suite struct StreamTests {
    @Test func `entries go through a group: read, pending, acknowledged`() async throws {
        try await withRedis { client, _ in
            #expect(try await client.createGroup("g", in: "s"))
            #expect(try await client.createGroup("g", in: "s") == false)
            var ids: [String] = []
            for number in UInt8(0)..<5 { ids.append(try await client.appendToStream("s", [("e", [number, 0, 10]), ("x", [])])) }
            #expect(try await client.streamLength("s") == 5)
            #expect(try await client.groups(of: "s").first?.lag == 5)

            let batches = try await client.readGroup("g", consumer: "c1", streams: ["s"], count: 3)
            #expect(batches.map(\.stream) == ["s"])
            #expect(batches.first?.entries.map(\.id) == Array(ids[..<3]))
            #expect(batches.first?.entries[1]["e"] == [1, 0, 10])
            #expect(batches.first?.entries[1]["x"] == [])
            #expect(batches.first?.entries[1]["y"] == nil)

            let pending = try await client.pendingSummary("s", group: "g")
            #expect(pending == RedisPendingSummary(count: 3, first: ids[0], last: ids[2], consumers: ["c1": 3]))
            #expect(try await client.acknowledge(Array(ids[..<2]), in: "s", group: "g") == 2)
            let group = try #require(try await client.groups(of: "s").first)
            #expect(group.pending == 1)
            #expect(group.lag == 2)
            #expect(group.lastDelivered == ids[2])
            #expect(try await client.deleteFromStream("s", [ids[0]]) == 1)
            #expect(try await client.trimStream("s", to: 1) == 3)
        }
    }

    @Test func `an empty group has an empty summary and a missing one is an error`() async throws {
        try await withRedis { client, _ in
            try await client.createGroup("g", in: "s")
            let summary = try await client.pendingSummary("s", group: "g")
            #expect(summary == RedisPendingSummary(count: 0, first: nil, last: nil, consumers: [:]))
            let error = await #expect(throws: RedisError.self) { try await client.pendingSummary("s", group: "none") }
            #expect(error?.code == .server("NOGROUP"))
            let noKey = await #expect(throws: RedisError.self) { try await client.groups(of: "none") }
            #expect(noKey?.code == .server("ERR"))
        }
    }

    @Test func `what a dead consumer held is claimed by another`() async throws {
        try await withRedis { client, _ in
            try await client.createGroup("g", in: "s")
            var ids: [String] = []
            for number in UInt8(0)..<3 { ids.append(try await client.appendToStream("s", [("e", [number])])) }
            _ = try await client.readGroup("g", consumer: "dead", streams: ["s"], count: 10)
            try await client.deleteFromStream("s", [ids[1]])
            let early = try await client.claimFromStream("s", group: "g", consumer: "alive", idle: .seconds(100))
            #expect(early.entries.isEmpty)
            #expect(early.deleted == [ids[1]])
            let claim = try await client.claimFromStream("s", group: "g", consumer: "alive", idle: .zero)
            #expect(claim.entries.map(\.id) == [ids[0], ids[2]])
            #expect(claim.next == "0-0")
            #expect(try await client.pendingSummary("s", group: "g").consumers == ["alive": 2])
        }
    }

    @Test func `a blocking read waits for several streams while other commands go on`() async throws {
        try await withRedis { client, _ in
            try await client.createGroup("g", in: "a")
            try await client.createGroup("g", in: "b")
            async let batches = client.readGroup("g", consumer: "c", streams: ["a", "b"], count: 10, block: .seconds(60))
            try await eventually { try await client.command("INFO", "clients").string?.contains("blocked_clients:1") == true }
            let id = try await client.appendToStream("b", [("e", [9])])
            #expect(try await batches.map { [$0.stream] + $0.entries.map(\.id) } == [["b", id]])
            #expect(client.metrics.connections == 2)
            // The connection is used again.
            #expect(try await client.readGroup("g", consumer: "c", streams: ["a"], count: 1, block: .milliseconds(1)).isEmpty)
            #expect(client.metrics.connections == 2)
        }
    }

    @Test func `a cancelled blocking read frees the server's side too`() async throws {
        try await withRedis { client, _ in
            try await client.createGroup("g", in: "s")
            let reader = Task { try await client.readGroup("g", consumer: "c", streams: ["s"], count: 1, block: .seconds(600)) }
            try await eventually { try await client.command("INFO", "clients").string?.contains("blocked_clients:1") == true }
            reader.cancel()
            let error = await #expect(throws: RedisError.self) { try await reader.value }
            #expect(error?.code == .cancelled)
            try await eventually { try await client.command("INFO", "clients").string?.contains("blocked_clients:0") == true }
            try await client.appendToStream("s", [("e", [])])
            #expect(try await client.readGroup("g", consumer: "c", streams: ["s"], count: 1, block: .seconds(60)).count == 1)
        }
    }

    @Test func `dedicated connections are bounded`() async throws {
        try await withRedis({ $0.maximumDedicatedConnections = 1 }) { client, _ in
            let reader = Task { try await client.blockingCommand(["BLPOP", "list", "600"], block: .seconds(600)) }
            try await eventually { try await client.command("INFO", "clients").string?.contains("blocked_clients:1") == true }
            let error = await #expect(throws: RedisError.self) {
                try await client.blockingCommand(["BLPOP", "list", "600"], block: .seconds(600))
            }
            #expect(error?.code == .overloaded)
            _ = try await client.command("RPUSH", "list", "x")
            #expect(try await reader.value.array?.last?.string == "x")
        }
    }

    @Test func `a stream with a maximum length stays near it`() async throws {
        try await withRedis { client, _ in
            for _ in 0..<1000 { try await client.appendToStream("s", [("e", [])], maximumLength: 100) }
            #expect(try await client.streamLength("s") < 300)
        }
    }
}
