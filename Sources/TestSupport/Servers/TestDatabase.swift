package import EmbeddedServices
import FoundationEssentials
import Primitives

/// Fresh databases on a real Postgres that this test process starts on first use.
package enum TestDatabase {
    /// Runs `body` with the `postgresql:` URL of a new, empty database and drops it afterwards, also when `body` throws and while
    /// connections to it are open. Costs about 50 ms.
    ///
    /// - Parameter extensions: created first, for example `["vector"]`.
    package static func withDatabase<Result>(
        extensions: [String] = [], _ body: (String) async throws -> Result
    ) async throws -> Result {
        let server = try await SharedServers.instance.runningPostgres()
        let database = "test_" + UUID().uuidString.filter { $0 != "-" }.lowercased()
        try await server.administer("CREATE DATABASE \(database)")
        let result: Swift.Result<Result, any Error>
        do {
            for name in extensions { try await server.administer("CREATE EXTENSION \"\(name)\"", database: database) }
            result = .success(try await body(server.databaseURL(database: database)))
        } catch { result = .failure(error) }
        // A task of its own does not inherit cancellation: the database goes in a cancelled test too.
        _ = try await Task { try await server.administer("DROP DATABASE \(database) WITH (FORCE)") }.value
        return try result.get()
    }

    /// Runs `body` with a Postgres of its own, for tests that kill or restart it, and stops and removes it afterwards. Its database is called
    /// `portolan`. Costs about a second.
    ///
    /// - Parameter settings: by default ``settings()``.
    package static func withServer<Result>(
        settings: PrivatePostgres.Settings = settings(), _ body: (PrivatePostgres) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let server = try await PrivatePostgres.start(directory: "\(directory)/postgres", settings: settings)
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            await server.stop(.immediate)
            return try result.get()
        }
    }

    /// Settings for a small server without durability.
    package static func settings() -> PrivatePostgres.Settings {
        var settings = PrivatePostgres.Settings()
        settings.isDurable = false
        settings.sharedBuffers = .mebibytes(64)
        settings.maximumConnections = 500
        settings.parameters = ["io_method": "sync"]
        return settings
    }
}
