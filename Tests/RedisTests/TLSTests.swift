import EmbeddedServices
import Glibc
import Logging
import Primitives
import Redis
import TestSupport
import Testing

/// TLS, on a real server with certificates made for the test.
@Suite struct TLSTests {
    /// A server that speaks TLS on `port`.
    private struct Server {
        let redis: PrivateRedis
        let port: Int
        let authorities: TestCertificates

        func url(host: String = "localhost", port: Int? = nil, authority: String? = nil, more: String = "") -> String {
            "rediss://\(host):\(port ?? self.port)/0?sslrootcert=\(authority ?? authorities.authorityFile)\(more)"
        }

        func withClient(
            _ url: String, _ change: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisClient) async throws -> Void
        ) async throws {
            var configuration = try RedisConfiguration(url: url)
            change(&configuration)
            let client = RedisClient(configuration: configuration, logger: Logger(label: "test"))
            let result: Result<Void, any Error>
            do { result = .success(try await body(client)) } catch { result = .failure(error) }
            await client.shutDown()
            try result.get()
        }

        /// The error of a first command to `url`.
        func failure(_ url: String) async throws -> RedisError? {
            var failure: RedisError?
            try await withClient(url) { client in
                failure = await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(30))) }
            }
            return failure
        }
    }

    private func withServer(
        hosts: [String] = ["DNS:localhost", "IP:127.0.0.1"], days: Int = 2, parameters: [String: String] = [:],
        _ body: (Server) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let authorities = try await TestCertificates(directory: folder)
            let pair = try await authorities.issue("server", for: hosts, days: days)
            var settings = PrivateRedis.Settings()
            let claim = try PortClaim.of(nil)
            defer { withExtendedLifetime(claim) {} }
            let port = claim.port
            settings.parameters = [
                "tls-port": "\(port)", "tls-cert-file": pair.certificate, "tls-key-file": pair.key,
                "tls-ca-cert-file": authorities.authorityFile, "tls-auth-clients": "no",
            ].merging(parameters) { _, new in new }
            try await TestRedis.withServer(settings: settings) { redis in
                try await body(Server(redis: redis, port: port, authorities: authorities))
            }
        }
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a server with a certificate of a trusted authority is used`(_ host: String) async throws {
        try await withServer { server in
            try await server.withClient(server.url(host: host)) { client in
                try await client.ping()
                try await client.set("k", to: [0, 13, 10])
                #expect(try await client.get("k") == [0, 13, 10])
                #expect(client.metrics.isConnected)
                #expect(client.metrics.reconnects == 0)
            }
        }
    }

    @Test func `blocking commands and subscriptions are encrypted too`() async throws {
        try await withServer { server in
            try await server.withClient(server.url()) { client in
                var events = client.subscribe(to: ["c"]).makeAsyncIterator()
                #expect(await events.next() == .listening)
                async let popped = client.blockingCommand(["BLPOP", "list", "60"], block: .seconds(60))
                _ = try await client.command("RPUSH", "list", "x")
                #expect(try await popped.array?.last?.string == "x")
                try await client.publish([7], to: "c")
                #expect(await events.next() == .message(RedisMessage(channel: "c", payload: [7])))
            }
        }
    }

    @Test func `another authority is not trusted, nor are those of the system`() async throws {
        try await withServer { server in
            try await withTemporaryDirectory { folder in
                let others = try await TestCertificates(directory: folder, name: "others")
                let stranger = try #require(try await server.failure(server.url(authority: others.authorityFile)))
                #expect(stranger.code == .tls)
                #expect(!stranger.isRetryable)
                #expect(stranger.message.contains("certificate of Redis is not accepted"), "\(stranger)")
                let system = try #require(try await server.failure("rediss://localhost:\(server.port)"))
                #expect(system.code == .tls)
                #expect(system.message.contains("is not accepted"), "\(system)")
            }
        }
    }

    @Test(arguments: [(["DNS:redis.example"], "localhost", "hostname mismatch"), (["DNS:localhost"], "127.0.0.1", "IP address mismatch")])
    func `a certificate for another host is refused`(_ hosts: [String], _ host: String, _ reason: String) async throws {
        try await withServer(hosts: hosts) { server in
            let error = try #require(try await server.failure(server.url(host: host)))
            #expect(error.code == .tls)
            #expect(error.message == "The certificate of Redis is not accepted: \(reason)")
        }
    }

    @Test func `an expired certificate is refused`() async throws {
        try await withServer(days: -1) { server in
            let error = try #require(try await server.failure(server.url()))
            #expect(error.message == "The certificate of Redis is not accepted: certificate has expired")
        }
    }

    @Test func `TLS below 1.2 is refused`() async throws {
        try await withServer(parameters: ["tls-protocols": "TLSv1.1", "tls-ciphers": "DEFAULT:@SECLEVEL=0"]) { server in
            let error = try await server.failure(server.url())
            #expect(error?.code == .tls)
        }
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3"])
    func `both versions of TLS carry large replies and many commands at once`(_ version: String) async throws {
        try await withServer(parameters: ["tls-protocols": version]) { server in
            try await server.withClient(server.url()) { client in
                var generator = SplitMix64(seed: 1)
                let value = (0..<5_000_003).map { _ in UInt8.random(in: 0...255, using: &generator) }
                try await client.set("large", to: value)
                #expect(try await client.get("large") == value)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<2000 {
                        group.addTask {
                            let text = Array("\(number)".utf8)
                            let reply = try await client.command("ECHO", .bytes(text))
                            #expect(reply.bytes == text)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(client.metrics.reconnects == 0)
            }
        }
    }

    @Test func `a server that does not speak TLS is told from one that is away`() async throws {
        var settings = PrivateRedis.Settings()
        settings.listening = .loopback(port: 0)
        try await TestRedis.withServer(settings: settings) { redis in
            let client = RedisClient(
                configuration: try RedisConfiguration(url: "rediss://127.0.0.1:\(redis.port)"), logger: Logger(label: "test"))
            // Redis takes the greeting for a command without an end and waits, or answers in plain text: both are bounded.
            let error = await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(2))) }
            #expect([.tls, .connection, .timeout].contains(error?.code))
            await client.shutDown()
        }
    }

    @Test func `a client without TLS gets nothing from a server with TLS`() async throws {
        try await withServer { server in
            try await server.withClient("redis://localhost:\(server.port)", { $0.connectTimeout = .seconds(1) }) { client in
                await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(2))) }
                #expect(!client.metrics.isConnected)
            }
        }
    }

    @Test func `a killed server fails what was in flight, and the client finds it again`() async throws {
        try await withServer { server in
            try await server.withClient(server.url()) { client in
                try await client.ping()
                let waiting = Task { try await client.command("BLPOP", "never", "100", deadline: .after(.seconds(60))) }
                try await eventually { client.metrics.inFlight == 1 }
                await server.redis.kill()
                let error = await #expect(throws: RedisError.self) { try await waiting.value }
                #expect(error?.code == .connection)
                async let early: Void = client.ping(deadline: .after(.seconds(60)))
                try await server.redis.restart()
                try await early
                #expect(client.metrics.reconnects == 1)
            }
        }
    }

    @Test func `a client shows its certificate where one is asked for`() async throws {
        try await withServer(parameters: ["tls-auth-clients": "yes"]) { server in
            let own = try await server.authorities.issue("client", for: ["DNS:client"])
            try await server.withClient(server.url(more: "&sslcert=\(own.certificate)&sslkey=\(own.key)")) { try await $0.ping() }
            let missing = try #require(try await server.failure(server.url()))
            #expect(missing.code == .tls)
            #expect(missing.message.contains("certificate required"), "\(missing)")
        }
    }

    @Test func `files that cannot be used are named`() async throws {
        try await withServer { server in
            let own = try await server.authorities.issue("client", for: ["DNS:client"])
            let other = try await server.authorities.issue("other", for: ["DNS:other"])
            for (url, file) in [
                (server.url(authority: "/nonexistent.pem"), "/nonexistent.pem"),
                (server.url(more: "&sslcert=\(own.key)&sslkey=\(own.key)"), own.key),
                (server.url(more: "&sslcert=\(own.certificate)&sslkey=\(other.key)"), other.key),
            ] {
                let error = try #require(try await server.failure(url))
                #expect(error.code == .configuration)
                #expect(error.message.contains(file), "\(error)")
            }
        }
    }

    @Test func `replies in the smallest pieces are whole`() async throws {
        try await withServer { server in
            let generator = Locked(SplitMix64(seed: 2))
            let chop: MeddlingProxy.Meddler = { bytes, _ in
                var pieces: [[UInt8]] = []
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = generator.withLock { Int.random(in: 1...($0.next() % 4 == 0 ? 3 : 700), using: &$0) }
                    pieces.append(Array(rest.prefix(count)))
                    rest = rest.dropFirst(count)
                }
                return pieces
            }
            try await MeddlingProxy.with(port: server.port, chop) { port in
                try await server.withClient(server.url(port: port)) { client in
                    for size in [0, 1, 100, 16_383, 16_384, 16_385, 70_000] {
                        let value = (0..<size).map { _ in generator.withLock { UInt8.random(in: 0...255, using: &$0) } }
                        try await client.set("k", to: value)
                        #expect(try await client.get("k") == value)
                    }
                    #expect(client.metrics.reconnects == 0)
                }
            }
        }
    }

    @Test func `a byte changed on the way never becomes a reply`() async throws {
        try await withServer { server in
            try await server.withClient(server.url()) { try await $0.set("k", to: Array(repeating: 7, count: 500)) }
            let target = Locked((position: 0, passed: 0))
            let flip: MeddlingProxy.Meddler = { bytes, fromServer in
                guard fromServer else { return [bytes] }
                var bytes = bytes
                target.withLock { target in
                    let index = target.position - target.passed
                    if bytes.indices.contains(index) { bytes[index] ^= 0x10 }
                    target.passed += bytes.count
                }
                return [bytes]
            }
            try await MeddlingProxy.with(port: server.port, flip) { port in
                var refused = 0
                for position in stride(from: 0, to: 2400, by: 53) {
                    target.withLock { $0 = (position, 0) }
                    try await server.withClient(server.url(port: port), { $0.connectTimeout = .milliseconds(300) }) { client in
                        do {
                            let value = try await client.get("k", deadline: .after(.milliseconds(300)))
                            #expect(value == Array(repeating: 7, count: 500))
                        } catch let error as RedisError {
                            #expect([.tls, .connection, .timeout].contains(error.code))
                            refused += 1
                        }
                    }
                }
                #expect(refused > 10)
            }
        }
    }
}
