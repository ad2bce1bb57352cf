package import Primitives

/// A Lua script, run by its digest so that its text is sent once.
package struct RedisScript: Sendable, Hashable {
    /// The text.
    package let source: String

    package init(_ source: String) { self.source = source }

    /// Of the length alone: the text is long, a program has few, and each run looks one up.
    package func hash(into hasher: inout Hasher) { hasher.combine(source.utf8.count) }
}

extension RedisClient {
    /// `EVALSHA`, and `EVAL` when the server does not know the script, as after a restart or a flush. The first run of a script asks the server
    /// for its digest with `SCRIPT LOAD`.
    /// - Parameters:
    ///   - script: one of the few of a program: their digests are kept as long as the client.
    ///   - keys: `KEYS`, all keys that the script touches.
    ///   - arguments: `ARGV`.
    ///   - deadline: for all of it; nil for `commandTimeout` from now.
    /// - Throws: `RedisError`; an error that the script raises has a `.server` code.
    package func run(
        _ script: RedisScript, keys: [String] = [], arguments: [RedisArgument] = [], deadline: Deadline? = nil
    ) async throws(RedisError) -> RedisValue {
        let deadline = deadline ?? .after(configuration.commandTimeout)
        let rest = [RedisArgument(keys.count)] + keys.map { .text($0) } + arguments
        do {
            return try await command(["EVALSHA", .text(try await digest(of: script, deadline: deadline))] + rest, deadline: deadline)
        } catch  where error.code == .server("NOSCRIPT") {
            return try await command(["EVAL", .text(script.source)] + rest, deadline: deadline)
        }
    }

    private func digest(of script: RedisScript, deadline: Deadline) async throws(RedisError) -> String {
        if let digest = scriptDigests.withLock({ $0[script] }) { return digest }
        guard let digest = try await command("SCRIPT", "LOAD", .text(script.source), deadline: deadline).string else {
            throw .unexpected("SCRIPT LOAD")
        }
        scriptDigests.withLock { $0[script] = digest }
        return digest
    }
}
