import Primitives
package import Redis
import Resilience

/// What processes tell each other through Redis beside work: best effort, for those who listen.
package struct FleetSignals: Sendable {
    /// The stream and the channel of tiers.
    package static let degradation = "portolan:degradation"
    private static let kept: Int64 = 100
    private static let patience: Duration = .seconds(1)

    private let redis: RedisClient

    package init(redis: RedisClient) { self.redis = redis }

    // Answers 1 when the value is new; the value stays for a week.
    private static let change = RedisScript(
        """
        if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', 604800000)
        return 1
        """)

    /// Tells everybody that a process is in another tier: an entry of the stream, which keeps about the last 100, and a message on the channel
    /// of the same name with the JSON of `fields`.
    ///
    /// - Throws: `RedisError`.
    package func announceTier(_ fields: [(name: String, value: String)], json: [UInt8]) async throws(RedisError) {
        let entry = fields.flatMap { [RedisArgument.text($0.name), .text($0.value)] }
        _ = try await redis.command(
            ["XADD", .text(Self.degradation), "MAXLEN", "~", .integer(Self.kept), "*"] + entry, deadline: .after(Self.patience))
        try await redis.publish(json, to: Self.degradation, deadline: .after(Self.patience))
    }

    /// Notes that everybody has been told that `subject` is `state`.
    ///
    /// - Returns: false when that was told already, by whichever process; true also when Redis cannot be asked: twice is better than never.
    package func isNews(_ subject: String, _ state: String) async -> Bool {
        let reply = try? await redis.run(
            Self.change, keys: ["portolan:told:\(subject)"], arguments: [.text(state)], deadline: .after(Self.patience))
        return reply?.integer != 0
    }
}
