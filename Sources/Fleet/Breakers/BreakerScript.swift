import Redis
import Resilience

/// The rules of ``BreakerMachine`` as one atomic step in Redis, by the server's clock.
enum BreakerScript {
    /// Announces each change of state; the message is the breaker's name.
    static let channel = "portolan:breakers"
    /// The names of all breakers that have a state.
    static let index = "portolan:breakers:known"

    /// What a breaker's keys begin with: the hash itself, its failures in the window, its probes, its last changes.
    static func keys(_ name: String) -> [String] {
        let hash = "portolan:breaker:\(name)"
        return [hash, hash + ":failures", hash + ":probes", hash + ":changes", index]
    }

    /// The names in the index that still have a state; the others go, so that an origin that nobody asks any more is not listed for ever.
    static let names = RedisScript(
        """
        if redis.call('TYPE', KEYS[1]).ok ~= 'set' then return {} end
        local names = {}
        for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
          if redis.call('EXISTS', 'portolan:breaker:' .. name) == 1 then
            table.insert(names, name)
          else
            redis.call('SREM', KEYS[1], name)
          end
        end
        return names
        """)

    // A generation begins with the time, so that permits of a state that Redis has lost or let expire fit no later one; 0 is that of a permit
    // from before there was a state. The state outlives
    // the longest recovery by far; one that somebody opened by hand does not expire. Numbers go back as integers: milliseconds and counts.
    static let script = RedisScript(
        """
        local op, name = ARGV[1], ARGV[2]
        local rowLimit, windowLimit, window = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local recovery, successLimit, cap = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local probeLimit, life = tonumber(ARGV[9]), tonumber(ARGV[10])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        -- What is of another kind was put there by somebody else: an error of each step would take Redis for ill.
        for index, kind in ipairs({'hash', 'zset', 'zset', 'list', 'set'}) do
          local found = redis.call('TYPE', KEYS[index]).ok
          if found ~= kind and found ~= 'none' then redis.call('DEL', KEYS[index]) end
        end
        local fields = {'generation', 'row', 'successes', 'until', 'forced', 'since', 'first', 'probe', 'failure'}
        local stored = redis.call('HMGET', KEYS[1], 'state', unpack(fields))
        local state, number, isProper = stored[1] or 'closed', {}, true
        for index, field in ipairs(fields) do
          local value = tonumber(stored[index + 1] or '0')
          isProper = isProper and value ~= nil and value >= 0 and value < 2 ^ 53 and value == math.floor(value)
          number[field] = value
        end
        if not isProper or not (state == 'closed' or state == 'open' or state == 'half_open') then
          redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
          state = 'closed'
          for _, field in ipairs(fields) do number[field] = 0 end
        end
        local generation, row, successes = number['generation'], number['row'], number['successes']
        local ends, forced, since = number['until'], number['forced'], number['since']
        local changed, answer, probe = '', 'none', ''
        if generation == 0 and op ~= 'look' then
          generation = now
          redis.call('HSET', KEYS[1], 'generation', generation, 'first', generation)
          redis.call('SADD', KEYS[5], name)
        end
        local function move(to, untilTime, byHand)
          generation, row, successes, ends, forced = generation + 1, 0, 0, untilTime, byHand
          if to == 'closed' then since = 0 elseif since == 0 then since = now end
          redis.call('HSET', KEYS[1], 'state', to, 'generation', generation, 'row', 0, 'successes', 0, 'until', ends, 'forced', forced,
            'since', since)
          redis.call('DEL', KEYS[2], KEYS[3])
          if to ~= state then
            redis.call('LPUSH', KEYS[4], state .. ' ' .. to .. ' ' .. now)
            redis.call('LTRIM', KEYS[4], 0, 9)
            changed, state = to, to
          end
        end
        local function open(asked, jitter)
          local rest = recovery
          if asked >= 0 then rest = math.min(asked, cap) end
          move('open', now + rest + jitter, 0)
        end
        if op == 'admit' then
          if state == 'open' and forced == 0 and now >= ends then move('half_open', 0, 0) end
          if state == 'closed' then
            answer = 'allowed'
          elseif state == 'open' then
            answer = 'refused'
          else
            redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - probeLimit)
            if redis.call('ZCARD', KEYS[3]) + successes < successLimit then
              probe = tostring(redis.call('HINCRBY', KEYS[1], 'probe', 1))
              redis.call('ZADD', KEYS[3], now, probe)
              answer = 'allowed'
            else
              answer = 'refused'
              local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
              ends = (tonumber(oldest[2]) or now) + probeLimit
            end
          end
        elseif op == 'record' then
          local given, outcome, asked, jitter = tonumber(ARGV[11]), ARGV[13], tonumber(ARGV[14]), tonumber(ARGV[15])
          local known = given == generation or (given == 0 and generation == tonumber(redis.call('HGET', KEYS[1], 'first') or '0'))
          -- One that was given up for lost says as much when it answers after all.
          if known and ARGV[12] ~= '' then redis.call('ZREM', KEYS[3], ARGV[12]) end
          if known and outcome == 'success' then
            if state == 'closed' and row > 0 then
              row = 0
              redis.call('HSET', KEYS[1], 'row', 0)
            elseif state == 'half_open' then
              successes = redis.call('HINCRBY', KEYS[1], 'successes', 1)
              if successes >= successLimit then move('closed', 0, 0) end
            end
          elseif known and outcome == 'failure' then
            if state == 'closed' then
              row = redis.call('HINCRBY', KEYS[1], 'row', 1)
              redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - window)
              local failure = redis.call('HINCRBY', KEYS[1], 'failure', 1)
              redis.call('ZADD', KEYS[2], now, failure)
              if row >= rowLimit or (windowLimit > 0 and redis.call('ZCARD', KEYS[2]) >= windowLimit) then open(asked, jitter) end
            elseif state == 'half_open' then
              open(asked, jitter)
            end
          end
        elseif op == 'open' then
          move('open', 0, 1)
        elseif op == 'close' then
          move('closed', 0, 0)
        elseif op == 'reset' then
          move('closed', 0, 0)
          redis.call('DEL', KEYS[4])
        end
        if op ~= 'look' then
          for index = 1, 4 do
            if forced == 1 then redis.call('PERSIST', KEYS[index]) else redis.call('PEXPIRE', KEYS[index], life) end
          end
        end
        if changed ~= '' then redis.call('PUBLISH', 'portolan:breakers', name) end
        return {answer, state, generation, row, math.max(0, ends - now), forced, changed, probe, now, since,
          redis.call('LRANGE', KEYS[4], 0, 9)}
        """)
}

/// What the script answers.
struct BreakerReply: Sendable {
    let answer: String
    let state: BreakerMachine.State
    let generation: Int
    let row: Int
    /// What is left of the time for which it is open, or until the oldest probe counts no more.
    let rest: Duration
    let isForced: Bool
    /// The state that this step has led to; nil when it changed nothing.
    let changed: BreakerMachine.State?
    let probe: Int?
    /// When the circuit ceased to be closed, in milliseconds of the server's clock; nil while it is closed.
    let outage: Int64?
    /// Oldest first.
    let changes: [BreakerSnapshot.Change]

    /// Nil for a reply of another shape.
    init?(_ value: RedisValue) {
        guard let parts = value.array, parts.count == 11, let answer = parts[0].string,
            let state = parts[1].string.flatMap(BreakerMachine.State.init), let generation = parts[2].integer, let row = parts[3].integer,
            let rest = parts[4].integer, let forced = parts[5].integer, let changed = parts[6].string, let probe = parts[7].string,
            let now = parts[8].integer, let since = parts[9].integer, let changes = parts[10].array
        else { return nil }
        (self.answer, self.state, self.generation, self.row) = (answer, state, Int(generation), Int(row))
        (self.rest, isForced) = (.milliseconds(rest), forced == 1)
        self.changed = BreakerMachine.State(rawValue: changed)
        self.probe = Int(probe)
        outage = since > 0 ? since : nil
        self.changes = changes.reversed().compactMap { line in
            let words = (line.string ?? "").split(separator: " ")
            guard words.count == 3, let from = BreakerMachine.State(rawValue: String(words[0])),
                let to = BreakerMachine.State(rawValue: String(words[1])), let at = Int64(words[2])
            else { return nil }
            return BreakerSnapshot.Change(from: from, to: to, age: .milliseconds(max(0, now - at)))
        }
    }
}
