import Primitives
package import Redis
import Resilience

/// What processes tell each other through Redis beside work: best effort, for those who listen.
package struct FleetSignals: Sendable {
    /// The stream and the channel of tiers.
    package static let degradation = "portolan:degradation"
    private static let kept: Int64 = 100
    private let redis: RedisClient
    private let patience: Duration

    /// - Parameter patience: how long to wait for Redis.
    package init(redis: RedisClient, patience: Duration = .seconds(1)) { (self.redis, self.patience) = (redis, patience) }

    // Answers 1 when the value is new. Until somebody says that it was delivered it stays only for as long as an attempt may take.
    private static let change = RedisScript(
        """
        if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', 600000)
        return 1
        """)

    // Keeps the value when it was delivered, and forgets it when not.
    private static let end = RedisScript(
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        if ARGV[2] == '1' then return redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
        return redis.call('DEL', KEYS[1])
        """)

    /// Tells everybody that a process is in another tier: an entry of the stream, which keeps about the last 100, and a message on the channel
    /// of the same name with the JSON of `fields`.
    ///
    /// - Throws: `RedisError`.
    package func announceTier(_ fields: [(name: String, value: String)], json: [UInt8]) async throws(RedisError) {
        let entry = fields.flatMap { [RedisArgument.text($0.name), .text($0.value)] }
        _ = try await redis.command(
            ["XADD", .text(Self.degradation), "MAXLEN", "~", .integer(Self.kept), "*"] + entry, deadline: .after(patience))
        try await redis.publish(json, to: Self.degradation, deadline: .after(patience))
    }

    /// Notes that this process is about to tell that `subject` is `state`; say by ``settle(_:_:isTold:)`` what became of it.
    ///
    /// - Returns: false when that was told already, by whichever process, or is being told; true also when Redis cannot be asked: twice is better
    ///   than never.
    package func isNews(_ subject: String, _ state: String) async -> Bool {
        let reply = try? await redis.run(
            Self.change, keys: [Self.key(subject)], arguments: [.text(state)], deadline: .after(patience))
        return reply?.integer != 0
    }

    /// Notes whether it was told. What was not is news again for whoever sees it next.
    ///
    /// - Parameter memory: after which the same is news again.
    package func settle(_ subject: String, _ state: String, isTold: Bool, memory: Duration = .seconds(604_800)) async {
        _ = try? await redis.run(
            Self.end, keys: [Self.key(subject)],
            arguments: [.text(state), .text(isTold ? "1" : "0"), RedisArgument(Int(memory.seconds * 1000))],
            deadline: .after(patience))
    }

    /// Forgets what was told about `subject`: the next time is news again.
    package func forget(_ subject: String) async {
        _ = try? await redis.command("DEL", .text(Self.key(subject)), deadline: .after(patience))
    }

    private static func key(_ subject: String) -> String { "portolan:told:\(subject)" }
}
