/// What arrives on channels, in order. One reader; ends when the client is shut down or the reading task is cancelled.
package struct RedisSubscription: AsyncSequence, Sendable {
    /// Something that happened on the subscribed channels.
    package enum Event: Sendable, Hashable {
        /// All channels are listened to from now on. Each one after the first means that the connection was lost: messages may be missing.
        case listening
        /// A message.
        case message(RedisMessage)
    }

    let stream: AsyncStream<Event>

    package func makeAsyncIterator() -> AsyncStream<Event>.Iterator { stream.makeAsyncIterator() }
}

/// One message of a channel.
package struct RedisMessage: Sendable, Hashable {
    /// The channel it was published on.
    package let channel: String
    /// The bytes that were published.
    package let payload: [UInt8]

    /// A message with these values.
    package init(channel: String, payload: [UInt8]) {
        self.channel = channel
        self.payload = payload
    }
}
