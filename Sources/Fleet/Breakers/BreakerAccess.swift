import Primitives
package import Redis
package import Resilience

/// The way of a process's breakers to Redis: short of patience, and behind a circuit of its own, so that a Redis that is away costs the callers
/// nothing.
package struct BreakerAccess: Sendable {
    private let redis: RedisClient
    private let guardian: Dependency
    private let patience: Duration

    /// Breakers are kept this long after the last step; at least an hour longer than any recovery.
    private static let life: Duration = .seconds(7 * 86_400)

    /// - Parameters:
    ///   - guardian: the dependency on Redis, with a circuit in this process.
    ///   - patience: how long a call may wait for the shared state.
    package init(redis: RedisClient, guardian: Dependency, patience: Duration = .milliseconds(250)) {
        (self.redis, self.guardian, self.patience) = (redis, guardian, patience)
    }

    /// One step; nil when Redis cannot be asked. Runs to its end also in a cancelled task: a probe whose outcome is lost would block the others.
    func run(
        _ name: String, _ operation: String, _ configuration: BreakerConfiguration, _ rest: [RedisArgument]
    ) async -> BreakerReply? {
        func milliseconds(_ duration: Duration) -> RedisArgument { RedisArgument(Int(duration.seconds * 1000)) }
        let arguments: [RedisArgument] =
            [
                .text(operation), .text(name), RedisArgument(configuration.consecutiveFailures),
                RedisArgument(configuration.windowFailures ?? 0), milliseconds(configuration.window), milliseconds(configuration.recovery),
                RedisArgument(configuration.halfOpenSuccesses), milliseconds(configuration.retryAfterCap),
                milliseconds(configuration.probeLimit), milliseconds(max(Self.life, configuration.recovery + .seconds(3600))),
            ] + rest
        let (redis, patience) = (redis, patience)
        // Not a child: see above.
        let step = Task { [guardian] in
            try await guardian.call {
                try await redis.run(
                    BreakerScript.script, keys: BreakerScript.keys(name), arguments: arguments, deadline: .after(patience))
            }
        }
        return (try? await step.value).flatMap(BreakerReply.init)
    }

    /// The names of all breakers that any process has asked for, sorted.
    /// - Throws: ``ResilienceError`` or the driver's error when Redis cannot be asked.
    package func names() async throws -> [String] {
        let (redis, patience) = (redis, patience)
        let reply = try await guardian.call {
            try await redis.run(BreakerScript.names, keys: [BreakerScript.index], arguments: [], deadline: .after(patience))
        }
        return (reply.array ?? []).compactMap(\.string).sorted()
    }

    /// Hears of every change of state: the name of the breaker that changed, or nil when something may have been missed. Ends when the reading
    /// task is cancelled or the client is shut down.
    package func changes() -> AsyncMapSequence<RedisSubscription, String?> {
        redis.subscribe(to: [BreakerScript.channel]).map { event in
            switch event {
            case .listening: nil
            case .message(let message): String(decoding: message.payload, as: UTF8.self)
            }
        }
    }
}
