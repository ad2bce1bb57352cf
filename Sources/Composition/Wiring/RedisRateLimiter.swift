import APIServer
import Digests
import FoundationEssentials
import Primitives
import Redis
import Resilience
import Telemetry

/// Quotas in Redis, exact over all replicas: token buckets, and the places of requests that are worked on. A replica counts for itself while Redis
/// is away.
struct RedisRateLimiter: RateLimiter {
    let redis: RedisClient
    /// The way to Redis: while its circuit is open nobody waits for it.
    let dependency: Dependency
    let local = LocalRateLimiter()
    private let names = Locked<[Named: [String]]>([:])
    let metrics: MetricCatalog
    let events: EventRecorder

    /// How long a request may wait for its decision: longer, and the local figures decide.
    var patience: Duration = .milliseconds(250)

    // One atomic step for both, so that a request costs one round trip; the server's clock, so that replicas with other clocks agree. Answers 0 for
    // admitted, 1 for too often, 2 for too many at a time; tokens left; seconds until one more token and until the bucket is full, as texts because
    // Lua numbers come back as integers; and places in use. Refused requests take neither a token nor a place.
    private static let admission = RedisScript(
        """
        local rate, burst, places = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
        -- The first command on each key. What is of another kind was put there by somebody else and would make an error of every request, so it
        -- goes; asking for the kind each time would cost every request a command for each key.
        local function look(command, key, ...)
          local found = redis.pcall(command, key, ...)
          if type(found) == 'table' and found.err then
            if not string.find(found.err, 'WRONGTYPE', 1, true) then error(found.err) end
            redis.call('DEL', key)
            found = redis.call(command, key, ...)
          end
          return found
        end
        local state = look('HMGET', KEYS[1], 'tokens', 'at')
        local tokens = math.min(burst, (tonumber(state[1]) or burst) + math.max(0, now - (tonumber(state[2]) or now)) * rate)
        if tokens ~= tokens then tokens = burst end
        local used = 0
        if places > 0 then
          look('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
          used = redis.call('ZCARD', KEYS[2])
        end
        local outcome, wait = 0, 0
        if places > 0 and used >= places then
          outcome = 2
          wait = 1
        elseif tokens < 1 then
          outcome = 1
          wait = (1 - tokens) / rate
        else
          tokens = tokens - 1
          if places > 0 then
            redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[4])
            redis.call('EXPIRE', KEYS[2], tonumber(ARGV[5]))
            used = used + 1
          end
        end
        redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
        return {outcome, math.floor(tokens), tostring(wait), tostring((burst - tokens) / rate), used}
        """)

    func admit(subject: String, quota: Quota) async -> Admission {
        let admission = await decide(subject: subject, quota: quota)
        events.recordLimit(perSecond: quota.rate.perSecond, isAllowed: admission.refusal == nil)
        return admission
    }

    func release(_ place: Place) async {
        if place.isLocal { return await local.release(place) }
        await remove(place, within: patience)
    }

    /// A place that is not removed is free again by itself.
    private func remove(_ place: Place, within duration: Duration) async {
        _ = try? await redis.command(
            "ZREM", .text(Self.placesKey(place.subject)), .text(place.id), deadline: .after(duration))
    }

    /// Gives back a place that Redis may hand out yet: a server that stalls runs the script after nobody waits for it any more, and the place of a
    /// request that was decided here would keep its subject out until its lifetime is over.
    private func takeBack(_ place: Place) {
        // Loose: the caller has waited long enough. One connection carries both, so this cannot overtake the script. Circuits bound how many there are.
        Task { await remove(place, within: Place.lifetime) }
    }

    /// What Redis calls the bucket and the places of a subject, as they were made for its earlier requests: two digests and their texts.
    private func keys(_ subject: String, _ quota: Quota) -> [String] {
        let named = Named(subject: subject, quota: quota)
        if let known = names.withLock({ $0[named] }) { return known }
        let limit = quota.rate
        var keys = ["portolan:rate:" + SHA256.hash("\(subject)\u{1f}\(limit.perSecond)\u{1f}\(limit.burst)").hexadecimal.prefix(32)]
        // The script touches no places without such a limit.
        if quota.concurrency != nil { keys.append(Self.placesKey(subject)) }
        names.withLock { names in
            if names.count >= Self.nameLimit { names.removeAll() }
            names[named] = keys
        }
        return keys
    }

    private struct Named: Hashable {
        let subject: String
        let quota: Quota
    }

    private static let nameLimit = 1000

    private static func placesKey(_ subject: String) -> String { "portolan:places:" + SHA256.hash(subject).hexadecimal.prefix(32) }

    private func decide(subject: String, quota: Quota) async -> Admission {
        let limit = quota.rate
        let place = quota.concurrency.map { _ in Place(subject: subject, id: UUID().uuidString, isLocal: false) }
        var arguments: [RedisArgument] = [.text(limit.perSecond.description), RedisArgument(limit.burst)]
        if let place, let concurrency = quota.concurrency {
            arguments += [RedisArgument(concurrency), .text(place.id), RedisArgument(Int(Place.lifetime.seconds))]
        } else {
            arguments.append(0)
        }
        let keys = keys(subject, quota)
        let isSent = Locked(false)
        let reply = try? await dependency.call {
            isSent.withLock { $0 = true }
            return try await redis.run(Self.admission, keys: keys, arguments: arguments, deadline: .after(patience))
        }
        guard let parts = reply?.array, parts.count == 5, let outcome = parts[0].integer, let left = parts[1].integer,
            let wait = parts[2].string.flatMap(Double.init), let full = parts[3].string.flatMap(Double.init), let used = parts[4].integer
        else {
            metrics.policy.rateLimitFallbacks.increment()
            if let place, isSent.withLock({ $0 }) { takeBack(place) }
            return await local.admit(subject: subject, quota: quota)
        }
        let refusal: Admission.Refusal? = outcome == 0 ? nil : outcome == 1 ? .rate : .concurrency
        return Admission(
            refusal: refusal, remaining: Int(left), reset: .seconds(max(full, 0)), retryAfter: .seconds(max(wait, 0)),
            free: quota.concurrency.map { $0 - Int(used) }, place: refusal == nil ? place : nil)
    }
}
