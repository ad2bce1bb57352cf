package import EmbeddedServices

/// Real Redis servers for tests.
package enum TestRedis {
    /// Runs `body` with an empty Redis of its own and stops it afterwards, also when `body` throws. It can be killed and restarted; its
    /// address is `redisURL`. Costs some 20 ms.
    package static func withServer<Result>(
        settings: PrivateRedis.Settings = PrivateRedis.Settings(), _ body: (PrivateRedis) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let server = try await PrivateRedis.start(directory: "\(directory)/redis", settings: settings)
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            await server.stop()
            return try result.get()
        }
    }

    /// As ``withServer(settings:_:)``, for tests that need the URL only.
    package static func withRedis<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try await withServer { try await body($0.redisURL) }
    }
}
