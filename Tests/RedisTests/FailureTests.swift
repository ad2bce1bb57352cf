import EmbeddedServices
import Glibc
import Logging
import Primitives
import Redis
import TestSupport
import Testing

/// Servers that die, stall and come back.
@Suite struct FailureTests {
    @Test func `a killed server fails what was in flight, and the client finds it again`() async throws {
        try await withRedis { client, server in
            try await client.ping()
            let waiting = Task { try await client.command("BLPOP", "never", "100", deadline: .after(.seconds(60))) }
            try await eventually { client.metrics.inFlight == 1 }
            await server.kill()
            let error = await #expect(throws: RedisError.self) { try await waiting.value }
            #expect(error?.code == .connection)
            #expect(error?.isRetryable == true)
            let away = await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(1))) }
            #expect(away?.code == .connection)
            #expect(!client.metrics.isConnected)

            // Submitted while the server is away, sent when it is back.
            async let early: Void = client.ping(deadline: .after(.seconds(60)))
            try await server.restart()
            try await early
            #expect(client.metrics.reconnects == 1)
            #expect(client.metrics.pending == 0)
        }
    }

    @Test func `the connection to a stopped server is given up, and all is well afterwards`() async throws {
        try await withRedis({ $0.stallTimeout = .seconds(1) }) { client, server in
            try await client.set("k", to: [1])
            let process = try #require(await server.processIdentifier)
            try await freeze(process)
            defer { kill(process, SIGCONT) }
            let stalled = await #expect(throws: RedisError.self) { try await client.get("k", deadline: .after(.seconds(60))) }
            #expect(stalled?.code == .timeout)
            #expect(stalled?.mayHaveExecuted == true)
            try await eventually { !client.metrics.isConnected }
            kill(process, SIGCONT)
            try await eventually { (try? await client.get("k", deadline: .after(.seconds(5)))) == [1] }
        }
    }

    @Test func `a command that was on its way when the server died may have had its effect`() async throws {
        try await withRedis { client, server in
            try await client.set("k", to: [1])
            let process = try #require(await server.processIdentifier)
            try await freeze(process)
            let command = Task { try await client.get("k", deadline: .after(.seconds(60))) }
            try await eventually { client.metrics.pending == 1 }
            kill(process, SIGKILL)
            let error = await #expect(throws: RedisError.self) { _ = try await command.value }
            #expect(error?.code == .connection)
            #expect(error?.mayHaveExecuted == true)
        }
    }

    @Test func `a late reply does not go to the next caller`() async throws {
        try await withRedis { client, server in
            try await client.set("a", to: [1])
            try await client.set("b", to: [2])
            let process = try #require(await server.processIdentifier)
            try await freeze(process)
            let error = await #expect(throws: RedisError.self) { try await client.get("a", deadline: .after(.seconds(1))) }
            #expect(error?.code == .timeout)
            #expect(error?.mayHaveExecuted == true)
            #expect(client.metrics.timeouts == 1)
            let cancelled = Task { try await client.get("a") }
            try await eventually { client.metrics.inFlight == 2 }
            cancelled.cancel()
            #expect(await #expect(throws: RedisError.self) { try await cancelled.value }?.code == .cancelled)
            kill(process, SIGCONT)
            #expect(try await client.get("b") == [2])
            #expect(client.metrics.reconnects == 0)
            #expect(client.metrics.pending == 0)
        }
    }

    @Test func `a task that is cancelled before it asks gets nothing`() async throws {
        try await withRedis { client, _ in
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return try await client.get("k")
            }
            #expect(await #expect(throws: RedisError.self) { try await task.value }?.code == .cancelled)
            #expect(client.metrics.pending == 0)
        }
    }

    @Test func `half of a thousand commands cancelled leaves the other half right`() async throws {
        try await withRedis { client, _ in
            let tasks = (0..<1000).map { number in
                Task { try await client.command("ECHO", RedisArgument(number)).integer }
            }
            for task in tasks.enumerated() where task.offset.isMultiple(of: 2) { task.element.cancel() }
            for (number, task) in tasks.enumerated() {
                switch await task.result {
                case .success(let value): #expect(value == Int64(number))
                case .failure(let error):
                    #expect((error as? RedisError)?.code == .cancelled)
                    #expect(number.isMultiple(of: 2))
                }
            }
            let last = try await client.command("ECHO", "end")
            #expect(last == .bulk(Array("end".utf8)))
            #expect(client.metrics.reconnects == 0)
        }
    }

    @Test func `the queue is bounded and says so`() async throws {
        try await withRedis({ $0.maximumPending = 10 }) { client, server in
            try await client.ping()
            let process = try #require(await server.processIdentifier)
            try await freeze(process)
            defer { kill(process, SIGCONT) }
            let tasks = (0..<10).map { _ in Task { try await client.ping() } }
            try await eventually { client.metrics.pending == 10 }
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .overloaded)
            #expect(error?.isRetryable == true)
            kill(process, SIGCONT)
            for task in tasks { try await task.value }
            try await client.ping()
        }
    }

    @Test func `an address where nobody listens is a connection error with its cause`() async throws {
        let client = RedisClient(
            configuration: RedisConfiguration(endpoint: .unix(path: "/nonexistent/redis.sock")), logger: Logger(label: "test"))
        let error = await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(2))) }
        #expect(error?.code == .connection)
        #expect(error?.mayHaveExecuted == false)
        #expect(error?.underlying != nil)
        await client.shutDown()
    }

    @Test func `subscribers hear messages, also after the server was away`() async throws {
        try await withRedis { client, server in
            var events = client.subscribe(to: ["one", "two"]).makeAsyncIterator()
            #expect(await events.next() == .listening)
            #expect(try await client.publish([0, 255], to: "two") == 1)
            #expect(await events.next() == .message(RedisMessage(channel: "two", payload: [0, 255])))
            await server.kill()
            try await server.restart()
            #expect(await events.next() == .listening)
            // The shared connection may not have noticed the death yet: a command in flight then fails, and is the caller's to repeat.
            try await eventually { (try? await client.publish([7], to: "one")) == 1 }
            #expect(await events.next() == .message(RedisMessage(channel: "one", payload: [7])))
            await client.shutDown()
            #expect(await events.next() == nil)
        }
    }

    @Test func `a subscriber notices a silent server by its own question`() async throws {
        try await withRedis({ $0.stallTimeout = .seconds(1) }) { client, server in
            var events = client.subscribe(to: ["c"]).makeAsyncIterator()
            #expect(await events.next() == .listening)
            let process = try #require(await server.processIdentifier)
            try await freeze(process)
            defer { kill(process, SIGCONT) }
            try await eventually { client.metrics.connections == 0 }
            kill(process, SIGCONT)
            #expect(await events.next() == .listening)
        }
    }

    @Test func `a slow subscriber loses the oldest messages, and they are counted`() async throws {
        try await withRedis { client, _ in
            let subscription = client.subscribe(to: ["c"], bufferLimit: 2)
            try await eventually { try await client.publish([0], to: "c") == 1 }
            for number in UInt8(1)...9 { try await client.publish([number], to: "c") }
            try await eventually { client.metrics.droppedMessages >= 9 }
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .message(RedisMessage(channel: "c", payload: [8])))
            #expect(await events.next() == .message(RedisMessage(channel: "c", payload: [9])))
        }
    }

    @Test func `a subscription that is let go leaves the server`() async throws {
        try await withRedis { client, _ in
            do {
                var events = client.subscribe(to: ["c"]).makeAsyncIterator()
                #expect(await events.next() == .listening)
            }
            try await eventually { client.metrics.connections <= 1 }
            try await eventually { try await client.publish([], to: "c") == 0 }
        }
    }
}
