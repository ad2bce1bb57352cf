import APIServer
import Digests
import Primitives
import Redis
import Resilience
import Telemetry

/// Token buckets in Redis, exact over all replicas; a replica counts for itself while Redis is away.
struct RedisRateLimiter: RateLimiter {
    let redis: RedisClient
    /// The way to Redis: while its circuit is open nobody waits for it.
    let dependency: Dependency
    let local = LocalRateLimiter()
    let metrics: MetricCatalog
    let events: EventRecorder

    /// How long a request may wait for its decision: longer, and the local bucket decides.
    private static let patience: Duration = .milliseconds(250)

    // One atomic step; the server's clock, so that replicas with other clocks agree. Answers allowed, tokens left, and seconds until one
    // more token and until the bucket is full, as texts because Lua numbers come back as integers.
    private static let script = RedisScript(
        """
        local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
        local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
        local tokens = math.min(burst, (tonumber(state[1]) or burst) + math.max(0, now - (tonumber(state[2]) or now)) * rate)
        local allowed = 0
        if tokens >= 1 then tokens = tokens - 1; allowed = 1 end
        redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
        local wait = 0
        if allowed == 0 then wait = (1 - tokens) / rate end
        return {allowed, math.floor(tokens), tostring(wait), tostring((burst - tokens) / rate)}
        """)

    func take(subject: String, limit: RateLimit) async -> RateDecision {
        let decision = await decide(subject: subject, limit: limit)
        events.recordLimit(perSecond: limit.perSecond, isAllowed: decision.isAllowed)
        return decision
    }

    private func decide(subject: String, limit: RateLimit) async -> RateDecision {
        let key = "portolan:rate:" + SHA256.hash("\(subject)\u{1f}\(limit.perSecond)\u{1f}\(limit.burst)").hexadecimal.prefix(32)
        let arguments: [RedisArgument] = [.text("\(limit.perSecond)"), RedisArgument(limit.burst)]
        let reply = try? await dependency.call {
            try await redis.run(Self.script, keys: [key], arguments: arguments, deadline: .after(Self.patience))
        }
        guard let parts = reply?.array, parts.count == 4, let allowed = parts[0].integer, let left = parts[1].integer,
            let wait = parts[2].string.flatMap(Double.init), let full = parts[3].string.flatMap(Double.init)
        else {
            metrics.policy.rateLimitFallbacks.increment()
            return await local.take(subject: subject, limit: limit)
        }
        return RateDecision(
            isAllowed: allowed == 1, remaining: Int(left), reset: .seconds(max(full, 0)), retryAfter: .seconds(max(wait, 0)))
    }
}
