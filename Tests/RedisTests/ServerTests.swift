import EmbeddedServices
import Glibc
import Logging
import Primitives
import Redis
import TestSupport
import Testing

/// A client on a server of its own, shut down afterwards.
func withRedis(
    _ change: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisClient, PrivateRedis) async throws -> Void
) async throws {
    try await TestRedis.withServer { server in
        var configuration = try RedisConfiguration(url: server.redisURL)
        change(&configuration)
        let client = RedisClient(configuration: configuration, logger: Logger(label: "test"))
        let result: Result<Void, any Error>
        do { result = .success(try await body(client, server)) } catch { result = .failure(error) }
        await client.shutDown()
        try result.get()
    }
}

/// The commands, on a real server.
@Suite struct ServerTests {
    @Test func `the server tells of its memory, its clients and what it threw away`() async throws {
        try await withRedis { client, _ in
            let now = try await client.serverFigures()
            #expect(now.memoryBytes > 0 && now.clients >= 1 && now.clientLimit > now.clients && now.evictions == 0)
            _ = try await client.command("CONFIG", "SET", "maxmemory", "123456789")
            #expect(try await client.serverFigures().memoryLimitBytes == 123_456_789)
        }
    }

    @Test func `the server tells who waits in a blocking command, and whom it refused`() async throws {
        try await withRedis { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await client.blockingCommand(["BLPOP", "nobody-pushes", "30"], block: .seconds(30)) }
                try await eventually { try await client.serverFigures().blockedClients == 1 }
                group.cancelAll()
            }
            let figures = RedisServerFigures(
                info: "rejected_connections:3\r\nclient_query_buffer_limit_disconnections:1\r\nclient_output_buffer_limit_disconnections:4")
            #expect(figures.refusedClients == 3 && figures.overflowedClients == 5)
            #expect(try await client.serverFigures().refusedClients == 0)
        }
    }

    @Test func `what the server leaves out, and what is no number, counts as nothing`() {
        let figures = RedisServerFigures(info: "# Memory\r\nused_memory:7\r\nused_memory_human:7B\r\nmaxmemory:many\r\n:3\r\nevicted_keys")
        #expect(figures == RedisServerFigures(info: "used_memory:7"))
        #expect(figures.memoryBytes == 7 && figures.memoryLimitBytes == 0 && figures.evictions == 0)
    }

    @Test func `keys are set, read, counted and removed`() async throws {
        try await withRedis { client, _ in
            try await client.ping()
            #expect(try await client.get("k") == nil)
            #expect(try await client.set("k", to: [0, 13, 10, 255], condition: .ifPresent) == false)
            #expect(try await client.set("k", to: [0, 13, 10, 255], condition: .ifAbsent))
            #expect(try await client.set("k", to: [1], condition: .ifAbsent) == false)
            #expect(try await client.get("k") == [0, 13, 10, 255])
            #expect(try await client.exists("k"))
            #expect(try await client.expire("k", after: .seconds(100)))
            #expect(try await client.command("PTTL", "k").integer ?? 0 > 90_000)
            try await client.set("life", to: [], expiry: .seconds(50))
            #expect(try await client.command("PTTL", "life").integer ?? 0 > 40_000)
            #expect(try await client.get("life") == [])
            #expect(try await client.delete("k", "life", "none") == 2)
            #expect(try await client.increment("n") == 1)
            #expect(try await client.increment("n", by: 41) == 42)
            #expect(try await client.setHash("h", [("a", [1]), ("b", [])]) == 2)
            #expect(try await client.hash("h") == ["a": [1], "b": []])
            #expect(try await client.hash("none").isEmpty)
        }
    }

    @Test func `an error reply is thrown with its kind and leaves the connection in order`() async throws {
        try await withRedis { client, _ in
            try await client.set("text", to: Array("x".utf8))
            let error = await #expect(throws: RedisError.self) { try await client.setHash("text", [("a", [])]) }
            #expect(error?.code == .server("WRONGTYPE"))
            #expect(error?.isRetryable == false)
            #expect(error?.description == "Redis refused the command (WRONGTYPE)")
            #expect(try await client.get("text") == Array("x".utf8))
        }
    }

    @Test func `ten thousand commands at once are pipelined and answered in order`() async throws {
        try await withRedis { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10_000 {
                    group.addTask {
                        let value = Array("\(number)".utf8)
                        let reply = try await client.command("ECHO", .bytes(value))
                        #expect(reply.bytes == value)
                    }
                }
                try await group.waitForAll()
            }
            let metrics = client.metrics
            #expect(metrics.commands == 10_000)
            #expect(metrics.pending == 0)
            #expect(metrics.isConnected)
            #expect(metrics.reconnects == 0)
        }
    }

    @Test(arguments: [1 << 10, 1 << 20, 20 << 20]) func `big values come back whole`(_ size: Int) async throws {
        try await withRedis({ ($0.commandTimeout, $0.stallTimeout) = (.seconds(60), .seconds(60)) }) { client, _ in
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await client.set("big", to: value)
            #expect(try await client.get("big") == value)
        }
    }

    @Test func `the server shows name and database of the connection`() async throws {
        try await withRedis({ $0.database = 3 }) { client, _ in
            let info = try await client.command("CLIENT", "INFO").string ?? ""
            #expect(info.contains("name=portolan"))
            #expect(info.contains("db=3"))
        }
    }

    @Test func `a password is used, and a wrong one fails at once with the server's reason`() async throws {
        var settings = PrivateRedis.Settings()
        settings.listening = .loopback(port: 0)
        try await TestRedis.withServer(settings: settings) { server in
            let client = RedisClient(configuration: try RedisConfiguration(url: server.redisURL), logger: Logger(label: "test"))
            try await client.ping()
            await client.shutDown()
            var configuration = try RedisConfiguration(url: server.redisURL)
            configuration.password = Redacted("wrong")
            let stranger = RedisClient(configuration: configuration, logger: Logger(label: "test"))
            let error = await #expect(throws: RedisError.self) { try await stranger.ping() }
            #expect(error?.code == .server("WRONGPASS"))
            await stranger.shutDown()
        }
    }

    @Test func `a script runs by its digest, also after the server forgot it`() async throws {
        try await withRedis { client, _ in
            let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
            for count in 1...4 {
                if count == 3 { _ = try await client.command("SCRIPT", "FLUSH") }
                let reply = try await client.run(script, keys: ["n"], arguments: [7])
                #expect(reply == .array([.bulk([110]), .bulk([55]), .integer(Int64(count))]))
            }
            let statistics = try await client.command("INFO", "commandstats").string ?? ""
            // Once by name after it was loaded, once more, then in vain, by text, and by name again.
            #expect(statistics.contains("cmdstat_evalsha:calls=4,"), "\(statistics)")
            #expect(statistics.contains("cmdstat_eval:calls=1,"), "\(statistics)")
            #expect(statistics.contains("cmdstat_script|load:calls=1,"), "\(statistics)")
        }
    }

    @Test func `a script that is no Lua is refused by the server`() async throws {
        try await withRedis { client, _ in
            let error = await #expect(throws: RedisError.self) { try await client.run(RedisScript("return (")) }
            #expect(error?.code == .server("ERR"))
        }
    }

    @Test func `a flushed server is just an empty one`() async throws {
        try await withRedis { client, _ in
            try await client.createGroup("g", in: "s")
            _ = try await client.command("FLUSHALL")
            let error = await #expect(throws: RedisError.self) {
                try await client.readGroup("g", consumer: "c", streams: ["s"], count: 1)
            }
            #expect(error?.code == .server("NOGROUP"))
            #expect(try await client.createGroup("g", in: "s"))
        }
    }

    @Test func `after shutdown commands fail as closed`() async throws {
        try await withRedis { client, _ in
            try await client.ping()
            await client.shutDown()
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .closed)
            await #expect(throws: RedisError.self) { try await client.blockingCommand(["BLPOP", "l", "1"], block: .seconds(1)) }
            await #expect(client.subscribe(to: ["c"]).first { _ in true } == nil)
        }
    }
}
