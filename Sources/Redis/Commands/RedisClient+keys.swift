package import Primitives

/// When `SET` writes.
package enum RedisSetCondition: Sendable, Hashable {
    /// Whether the key exists or not.
    case always
    /// Only a key that does not exist (`NX`).
    case ifAbsent
    /// Only a key that exists (`XX`).
    case ifPresent
}

extension RedisClient {
    /// `PING`: succeeds when the server answers.
    package func ping(deadline: Deadline? = nil) async throws(RedisError) {
        _ = try await command(["PING"], deadline: deadline)
    }

    /// `GET`: the value of `key`, or nil if there is none.
    package func get(_ key: String, deadline: Deadline? = nil) async throws(RedisError) -> [UInt8]? {
        try await command(["GET", .text(key)], deadline: deadline).bytes
    }

    /// `SET`: whether the value was written.
    /// - Parameter expiry: life of the key, at least a millisecond (`PX`); nil for ever.
    @discardableResult
    package func set(
        _ key: String, to value: [UInt8], expiry: Duration? = nil, condition: RedisSetCondition = .always, deadline: Deadline? = nil
    ) async throws(RedisError) -> Bool {
        var arguments: [RedisArgument] = ["SET", .text(key), .bytes(value)]
        if let expiry { arguments += ["PX", .integer(expiry.redisMilliseconds)] }
        switch condition {
        case .always: break
        case .ifAbsent: arguments.append("NX")
        case .ifPresent: arguments.append("XX")
        }
        return try await !command(arguments, deadline: deadline).isNull
    }

    /// `DEL`: how many of `keys` (not empty) existed.
    @discardableResult
    package func delete(_ keys: String..., deadline: Deadline? = nil) async throws(RedisError) -> Int {
        try await command(["DEL"] + keys.map { .text($0) }, deadline: deadline).count(of: "DEL")
    }

    /// `EXISTS`: whether `key` is there.
    package func exists(_ key: String, deadline: Deadline? = nil) async throws(RedisError) -> Bool {
        try await command(["EXISTS", .text(key)], deadline: deadline).count(of: "EXISTS") > 0
    }

    /// `PEXPIRE`: sets the life of `key`; false if there is no such key.
    @discardableResult
    package func expire(_ key: String, after expiry: Duration, deadline: Deadline? = nil) async throws(RedisError) -> Bool {
        try await command(["PEXPIRE", .text(key), .integer(expiry.redisMilliseconds)], deadline: deadline).count(of: "PEXPIRE") > 0
    }

    /// `INCRBY`: the value after the addition; a missing key counts as 0.
    @discardableResult
    package func increment(_ key: String, by amount: Int = 1, deadline: Deadline? = nil) async throws(RedisError) -> Int {
        try await command(["INCRBY", .text(key), RedisArgument(amount)], deadline: deadline).count(of: "INCRBY")
    }

    /// `HSET`: how many of `fields` (not empty) are new.
    @discardableResult
    package func setHash(_ key: String, _ fields: [(String, [UInt8])], deadline: Deadline? = nil) async throws(RedisError) -> Int {
        let pairs = fields.flatMap { [RedisArgument.text($0.0), .bytes($0.1)] }
        return try await command(["HSET", .text(key)] + pairs, deadline: deadline).count(of: "HSET")
    }

    /// `HGETALL`: all fields; empty if there is no such key.
    package func hash(_ key: String, deadline: Deadline? = nil) async throws(RedisError) -> [String: [UInt8]] {
        let reply = try await command(["HGETALL", .text(key)], deadline: deadline)
        guard let fields = reply.fields else { throw .unexpected("HGETALL") }
        return Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// `PUBLISH`: how many subscribers of this server got the message.
    @discardableResult
    package func publish(_ payload: [UInt8], to channel: String, deadline: Deadline? = nil) async throws(RedisError) -> Int {
        try await command(["PUBLISH", .text(channel), .bytes(payload)], deadline: deadline).count(of: "PUBLISH")
    }
}

extension Duration {
    /// Whole milliseconds, at least 1, without the clamp of `milliseconds` at 24 days.
    var redisMilliseconds: Int64 { max(1, Int64((seconds * 1000).rounded(.up))) }
}
