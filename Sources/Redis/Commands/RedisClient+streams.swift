package import Primitives

extension RedisClient {
    /// `XADD`: appends an entry and returns its identifier.
    /// - Parameters:
    ///   - fields: not empty.
    ///   - maximumLength: old entries are dropped when the stream grows well past it (`MAXLEN ~`); nil keeps all.
    @discardableResult
    package func appendToStream(
        _ stream: String, _ fields: [(String, [UInt8])], maximumLength: Int? = nil, deadline: Deadline? = nil
    ) async throws(RedisError) -> String {
        var arguments: [RedisArgument] = ["XADD", .text(stream)]
        if let maximumLength { arguments += ["MAXLEN", "~", RedisArgument(maximumLength)] }
        arguments.append("*")
        for (name, value) in fields { arguments += [.text(name), .bytes(value)] }
        guard let id = try await command(arguments, deadline: deadline).string else { throw .unexpected("XADD") }
        return id
    }

    /// `XREADGROUP … >`: entries that no consumer of the group has had.
    ///
    /// Cancelled while it blocks, it may lose sight of entries that the server just gave to `consumer`: they stay pending and come back by
    /// `claimFromStream`.
    /// - Parameters:
    ///   - streams: keys, not empty; all must have the group. Redis reads them in this order.
    ///   - count: entries from each stream at most, at least 1.
    ///   - block: how long to wait for a first entry; nil returns at once.
    /// - Returns: the streams that had entries, in the order asked; empty when the time passed.
    /// - Throws: `RedisError`; `.server("NOGROUP")` when stream or group is missing.
    package func readGroup(
        _ group: String, consumer: String, streams: [String], count: Int, block: Duration? = nil, deadline: Deadline? = nil
    ) async throws(RedisError) -> [RedisStreamBatch] {
        var arguments: [RedisArgument] = ["XREADGROUP", "GROUP", .text(group), .text(consumer), "COUNT", RedisArgument(count)]
        if let block { arguments += ["BLOCK", .integer(block.redisMilliseconds)] }
        arguments.append("STREAMS")
        arguments += streams.map { .text($0) }
        arguments += streams.map { _ in ">" }
        let reply =
            if let block {
                try await blockingCommand(arguments, block: block)
            } else {
                try await command(arguments, deadline: deadline)
            }
        if reply.isNull { return [] }
        var batches: [RedisStreamBatch] = []
        for element in try reply.elements(of: "XREADGROUP") {
            guard let parts = element.array, parts.count == 2, let stream = parts[0].string else { throw .unexpected("XREADGROUP") }
            batches.append(RedisStreamBatch(stream: stream, entries: try parts[1].entries(of: "XREADGROUP")))
        }
        return batches
    }

    /// `XACK`: how many of `ids` (not empty) were pending.
    @discardableResult
    package func acknowledge(
        _ ids: [String], in stream: String, group: String, deadline: Deadline? = nil
    ) async throws(RedisError) -> Int {
        try await command(["XACK", .text(stream), .text(group)] + ids.map { .text($0) }, deadline: deadline).count(of: "XACK")
    }

    /// `XAUTOCLAIM`: gives `consumer` entries that are pending with any consumer for at least `idle`.
    /// - Parameters:
    ///   - start: `0-0`, or `next` of the previous call.
    ///   - count: entries looked at, at most.
    package func claimFromStream(
        _ stream: String, group: String, consumer: String, idle: Duration, start: String = "0-0", count: Int = 100,
        deadline: Deadline? = nil
    ) async throws(RedisError) -> RedisClaim {
        let milliseconds = idle <= .zero ? 0 : idle.redisMilliseconds
        let parts = try await command(
            [
                "XAUTOCLAIM", .text(stream), .text(group), .text(consumer), .integer(milliseconds), .text(start), "COUNT",
                RedisArgument(count),
            ], deadline: deadline
        ).elements(of: "XAUTOCLAIM")
        guard parts.count >= 2, let next = parts[0].string else { throw .unexpected("XAUTOCLAIM") }
        let deleted = parts.count > 2 ? (parts[2].array ?? []).compactMap(\.string) : []
        return RedisClaim(next: next, entries: try parts[1].entries(of: "XAUTOCLAIM"), deleted: deleted)
    }

    /// `XPENDING`: the summary of what `group` has not acknowledged.
    package func pendingSummary(_ stream: String, group: String, deadline: Deadline? = nil) async throws(RedisError) -> RedisPendingSummary
    {
        let parts = try await command(["XPENDING", .text(stream), .text(group)], deadline: deadline).elements(of: "XPENDING")
        guard parts.count == 4 else { throw .unexpected("XPENDING") }
        var consumers: [String: Int] = [:]
        for pair in parts[3].array ?? [] {
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string else { throw .unexpected("XPENDING") }
            consumers[name] = try pair[1].count(of: "XPENDING")
        }
        return RedisPendingSummary(
            count: try parts[0].count(of: "XPENDING"), first: parts[1].string, last: parts[2].string, consumers: consumers)
    }

    /// `XLEN`: entries in the stream; 0 if there is no such key.
    package func streamLength(_ stream: String, deadline: Deadline? = nil) async throws(RedisError) -> Int {
        try await command(["XLEN", .text(stream)], deadline: deadline).count(of: "XLEN")
    }

    /// `XGROUP CREATE … MKSTREAM`: whether the group is new. Makes the stream if need be.
    /// - Parameter start: identifier after which the group begins: `0` hands out all that is there, `$` only what comes.
    @discardableResult
    package func createGroup(
        _ group: String, in stream: String, from start: String = "0", deadline: Deadline? = nil
    ) async throws(RedisError) -> Bool {
        do {
            _ = try await command(["XGROUP", "CREATE", .text(stream), .text(group), .text(start), "MKSTREAM"], deadline: deadline)
            return true
        } catch  where error.code == .server("BUSYGROUP") {
            return false
        }
    }

    /// `XINFO GROUPS`: the groups of the stream.
    /// - Throws: `RedisError`; `.server("ERR")` if there is no such key.
    package func groups(of stream: String, deadline: Deadline? = nil) async throws(RedisError) -> [RedisGroup] {
        var groups: [RedisGroup] = []
        for element in try await command(["XINFO", "GROUPS", .text(stream)], deadline: deadline).elements(of: "XINFO GROUPS") {
            guard
                let values = element.dictionary, let name = values["name"]?.string, let consumers = values["consumers"]?.integer,
                let pending = values["pending"]?.integer, let last = values["last-delivered-id"]?.string
            else { throw .unexpected("XINFO GROUPS") }
            groups.append(
                RedisGroup(
                    name: name, consumers: Int(consumers), pending: Int(pending), lastDelivered: last,
                    lag: values["lag"]?.integer.map { Int($0) }))
        }
        return groups
    }

    /// `XDEL`: how many of `ids` (not empty) were in the stream.
    @discardableResult
    package func deleteFromStream(_ stream: String, _ ids: [String], deadline: Deadline? = nil) async throws(RedisError) -> Int {
        try await command(["XDEL", .text(stream)] + ids.map { .text($0) }, deadline: deadline).count(of: "XDEL")
    }

    /// `XTRIM … MAXLEN`: drops the oldest entries down to `length` and returns how many.
    /// - Parameter approximately: lets the server stop at a node boundary, which is much cheaper.
    @discardableResult
    package func trimStream(
        _ stream: String, to length: Int, approximately: Bool = false, deadline: Deadline? = nil
    ) async throws(RedisError) -> Int {
        try await command(
            ["XTRIM", .text(stream), "MAXLEN", approximately ? "~" : "=", RedisArgument(length)], deadline: deadline
        ).count(of: "XTRIM")
    }
}
