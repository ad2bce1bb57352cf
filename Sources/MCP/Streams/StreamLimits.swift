public import Primitives

/// How long a stream may live, how much may wait in it, and how many a client may have open.
public struct StreamLimits: Sendable, Hashable {
    /// The longest life of a stream that waits for changes; then it ends as it should, and the client opens the next.
    public let lifetime: Duration
    /// After which such a stream ends when nothing has happened.
    public let idle: Duration
    /// How many streams one client may have open at the same time.
    public let perClient: Int
    /// How many bytes may wait for a client that reads slowly.
    public let buffered: ByteCount

    /// - Parameters:
    ///   - lifetime: the longest life of a stream that waits for changes. Keep it below the limit of any proxy in front.
    ///   - idle: after which such a stream ends when nothing has happened.
    ///   - perClient: how many streams one client may have open; at least 1.
    ///   - buffered: how many bytes may wait for a slow client.
    public init(
        lifetime: Duration = .seconds(900), idle: Duration = .seconds(600), perClient: Int = 64, buffered: ByteCount = .kibibytes(256)
    ) {
        self.lifetime = lifetime
        self.idle = idle
        self.perClient = max(1, perClient)
        self.buffered = buffered
    }
}
