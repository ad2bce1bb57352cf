/// One entry of a stream (https://redis.io/docs/latest/develop/data-types/streams/).
package struct RedisStreamEntry: Sendable, Hashable {
    /// A name and its bytes.
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: [UInt8]
    }

    /// `milliseconds-sequence`, given by the server.
    package let id: String
    /// In the order in which they were added. Empty for a pending entry that has been deleted from the stream.
    package let fields: [Field]

    /// The bytes of the first field named `name`.
    package subscript(name: String) -> [UInt8]? { fields.first { $0.name == name }?.value }
}

/// Entries read from one stream.
package struct RedisStreamBatch: Sendable, Hashable {
    /// The key of the stream.
    package let stream: String
    /// In the order of the stream.
    package let entries: [RedisStreamEntry]
}

/// What `XAUTOCLAIM` brought.
package struct RedisClaim: Sendable, Hashable {
    /// Where to go on; `0-0` when the whole list has been looked through.
    package let next: String
    /// Entries that now belong to the claiming consumer.
    package let entries: [RedisStreamEntry]
    /// Pending entries that are no longer in the stream; the server has dropped them from the list.
    package let deleted: [String]
}

/// What a group has handed out and not had acknowledged.
package struct RedisPendingSummary: Sendable, Hashable {
    /// All pending entries.
    package let count: Int
    /// Smallest and greatest identifier; nil when nothing is pending.
    package let first: String?
    package let last: String?
    /// Pending entries of each consumer that has any.
    package let consumers: [String: Int]

    /// A summary with these values.
    package init(count: Int, first: String?, last: String?, consumers: [String: Int]) {
        self.count = count
        self.first = first
        self.last = last
        self.consumers = consumers
    }
}

/// The state of a consumer group.
package struct RedisGroup: Sendable, Hashable {
    package let name: String
    package let consumers: Int
    /// Entries handed out and not acknowledged.
    package let pending: Int
    /// The last identifier handed out.
    package let lastDelivered: String
    /// Entries not handed out yet; nil when the server cannot know, because entries in between were deleted.
    package let lag: Int?
}
