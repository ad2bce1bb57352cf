import Logging
import Postgres
import Primitives
import TestSupport

/// Runs `body` with a client on a new database.
func withClient<Result>(
    _ adjust: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
    try await TestDatabase.withDatabase { url in try await withClient(url: url, adjust, body) }
}

/// Runs `body` with a client on `url`.
func withClient<Result>(
    url: String, _ adjust: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (PostgresClient) async throws -> Result
) async throws -> Result {
    var configuration = try PostgresConfiguration(url: url)
    configuration.backoff = Backoff(base: .milliseconds(5), limit: .milliseconds(50))
    adjust(&configuration)
    let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
    defer { client.close() }
    return try await body(client)
}

/// Repeats `body` while it throws retryable errors.
func retrying<Result>(within limit: Duration = .seconds(30), _ body: () async throws -> Result) async throws -> Result {
    let deadline = Deadline.after(limit)
    while true {
        do { return try await body() } catch let error as PostgresError where error.isRetryable && !deadline.hasPassed {
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension PostgresClient {
    /// Runs `body` while another connection holds advisory lock 1, on which statements can be made to wait.
    func whileBlocked<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withTransaction { connection in
            try await connection.query("SELECT pg_advisory_xact_lock(1)")
            return try await body()
        }
    }

    /// Waits until a statement with `mark` in its text runs on the server.
    func waitForRunning(_ mark: String) async throws {
        try await eventually {
            let rows = try await self.query(
                "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND position(\(mark)::text in query) > 0"
            )
            return !rows.isEmpty
        }
    }
}
