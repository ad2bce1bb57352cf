/// What a connection reports to its owner, always on the event loop of the connection.
protocol ReplyReceiver: AnyObject, Sendable {
    /// A reply, after the login.
    func received(_ reply: RedisValue)
    /// All replies that were in the socket have been reported.
    func receivedBatch()
    /// The connection is gone; nothing follows. Only after a successful login.
    func connectionClosed(_ error: RedisError)
}
