import EmbeddedServices
import FoundationEssentials
import Glibc
import Primitives
import TestSupport
import Testing

@Suite struct PrivateRedisTests {
    /// Asks the server through the official client.
    private func ask(_ server: PrivateRedis, _ command: String...) async throws -> String {
        try await ChildProcess.run("/usr/bin/redis-cli", arguments: ["-s", server.socketPath] + command)
    }

    @Test func `a new server answers and does not run as root`() async throws {
        try await TestRedis.withServer { server in
            #expect(try await ask(server, "PING") == "PONG\n")
            #expect(server.redisURL == "redis+unix://\(server.socketPath)")
            let identifier = try #require(await server.processIdentifier)
            #expect(ProcessFacts.user(of: identifier) == Int(server.account.user))
            #expect(ProcessFacts.mode(of: server.directory) == 0o700)
        }
    }

    @Test func `a killed server comes back empty at the same address`() async throws {
        try await TestRedis.withServer { server in
            let url = server.redisURL
            _ = try await ask(server, "SET", "portolan:a", "1")
            await server.kill()
            #expect(await server.processIdentifier == nil)
            try await server.restart()
            #expect(server.redisURL == url)
            #expect(try await ask(server, "DBSIZE") == "0\n")
        }
    }

    @Test func `a persistent server keeps its keys over a stop`() async throws {
        var settings = PrivateRedis.Settings()
        settings.isPersistent = true
        try await TestRedis.withServer(settings: settings) { server in
            _ = try await ask(server, "SET", "portolan:a", "1")
            try await server.restart()
            #expect(try await ask(server, "GET", "portolan:a") == "1\n")
        }
    }

    @Test func `a directory that a living process uses is refused`() async throws {
        try await TestRedis.withServer { server in
            let error = await #expect(throws: EmbeddedServicesError.self) { try await PrivateRedis.start(directory: server.directory) }
            #expect(error?.code == .inUse)
            let answer = try await ask(server, "PING")
            #expect(answer == "PONG\n")
        }
    }

    @Test func `a server that survived the crash of its owner is replaced by the next start`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/redis"
            try await PrivateRedis.start(directory: path).stop()
            let orphan = try Orphan.startRedis(in: path)
            let server = try await PrivateRedis.start(directory: path)
            #expect(!ProcessFacts.isAlive(orphan.processIdentifier))
            #expect(try await ask(server, "PING") == "PONG\n")
            await server.stop()
        }
    }

    @Test func `the kernel ends the server when its owner is killed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/redis"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let server = try await PrivateRedis.start(directory: path)
                try Data("\(await server.processIdentifier ?? 0)".utf8).write(to: URL(filePath: "\(path)/identifier"))
                kill(getpid(), SIGKILL)
            }
            let text = String(decoding: try Data(contentsOf: URL(filePath: "\(path)/identifier")), as: UTF8.self)
            let identifier = try #require(Int32(text))
            try await eventually { !ProcessFacts.isAlive(identifier) }
        }
    }

    @Test func `a port on loopback asks for the password`() async throws {
        var settings = PrivateRedis.Settings()
        settings.listening = .loopback(port: 0)
        try await TestRedis.withServer(settings: settings) { server in
            let (client, arguments) = ("/usr/bin/redis-cli", ["-p", "\(server.port)", "PING"])
            let password = try #require(URL(string: server.redisURL)?.password())
            #expect(try await ChildProcess.run(client, arguments: arguments, environment: ["REDISCLI_AUTH": password]) == "PONG\n")
            #expect(try await ChildProcess.run(client, arguments: arguments).hasPrefix("NOAUTH"))
        }
    }

    @Test func `the memory limit refuses writes`() async throws {
        var settings = PrivateRedis.Settings()
        settings.maximumMemory = .mebibytes(2)
        try await TestRedis.withServer(settings: settings) { server in
            #expect(try await ask(server, "SET", "big", String(repeating: "x", count: 100_000)) == "OK\n")
            _ = try await ask(server, "CONFIG", "SET", "maxmemory", "1mb")
            #expect(try await ask(server, "SET", "big", "x").hasPrefix("OOM"))
        }
    }

    @Test func `a setting that Redis refuses is reported with its log`() async throws {
        try await withTemporaryDirectory { directory in
            var draft = PrivateRedis.Settings()
            draft.parameters["no-such-setting"] = "1"
            let settings = draft
            let error = await #expect(throws: EmbeddedServicesError.self) {
                try await PrivateRedis.start(directory: "\(directory)/redis", settings: settings)
            }
            #expect(error?.code == .startFailed)
            #expect(error?.debugDescription.contains("no-such-setting") == true)
        }
    }
}
