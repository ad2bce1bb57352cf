package import Primitives

/// A Lua script, run by its digest so that its text is sent once.
package struct RedisScript: Sendable, Hashable {
    /// The text.
    package let source: String
    /// SHA-1 of the text in hexadecimal, the name under which Redis keeps the script.
    package let digest: String

    /// Hashes the text; make a script once and keep it.
    package init(_ source: String) {
        self.source = source
        digest = SHA1.hexadecimal(Array(source.utf8))
    }
}

extension RedisClient {
    /// `EVALSHA`, and `EVAL` when the server does not know the script, as after a restart or a flush.
    /// - Parameters:
    ///   - keys: `KEYS`, all keys that the script touches.
    ///   - arguments: `ARGV`.
    /// - Throws: `RedisError`; an error that the script raises has a `.server` code.
    package func run(
        _ script: RedisScript, keys: [String] = [], arguments: [RedisArgument] = [], deadline: Deadline? = nil
    ) async throws(RedisError) -> RedisValue {
        let rest = [RedisArgument(keys.count)] + keys.map { .text($0) } + arguments
        do {
            return try await command(["EVALSHA", .text(script.digest)] + rest, deadline: deadline)
        } catch  where error.code == .server("NOSCRIPT") {
            return try await command(["EVAL", .text(script.source)] + rest, deadline: deadline)
        }
    }
}
