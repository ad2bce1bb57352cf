package import Primitives

/// What the Redis server counts about itself.
///
/// Source: https://redis.io/docs/latest/commands/info/
package struct RedisServerFigures: Sendable, Hashable {
    package let memoryBytes: Int
    /// 0 without a bound.
    package let memoryLimitBytes: Int
    package let clients: Int
    package let clientLimit: Int
    /// Clients that wait in a blocking command.
    package let blockedClients: Int
    /// Connections refused because there were `clientLimit`, since the server started.
    package let refusedClients: Int
    /// Connections closed because a buffer of theirs was full, since the server started; 0 before Redis 7.
    package let overflowedClients: Int
    /// Keys thrown away for want of memory, since the server started.
    package let evictions: Int

    /// Reads the reply of `INFO`: lines `name:value`, and headings behind `#`. What is not there counts as 0.
    package init(info: String) {
        var values: [Substring: Int] = [:]
        for line in info.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, let value = Int(parts[1]) { values[parts[0]] = value }
        }
        func value(_ name: String) -> Int { values[name[...]] ?? 0 }
        (memoryBytes, memoryLimitBytes) = (value("used_memory"), value("maxmemory"))
        (clients, clientLimit, evictions) = (value("connected_clients"), value("maxclients"), value("evicted_keys"))
        (blockedClients, refusedClients) = (value("blocked_clients"), value("rejected_connections"))
        overflowedClients = value("client_query_buffer_limit_disconnections") + value("client_output_buffer_limit_disconnections")
    }
}

extension RedisClient {
    /// `INFO`.
    /// - Throws: `RedisError`; `.server` where the user may not ask, as with some providers.
    package func serverFigures(deadline: Deadline? = nil) async throws(RedisError) -> RedisServerFigures {
        guard let text = try await command("INFO", deadline: deadline).string else { throw .unexpected("INFO") }
        return RedisServerFigures(info: text)
    }
}
