/// Replies that are kept, so that a request that comes again is answered and not done again.
package protocol IdempotencyStore: Sendable {
    /// Takes the key for a request.
    ///
    /// - Parameter digest: of all that makes the request what it is, 32 bytes.
    /// - Returns: what the caller has to do. After `.proceed` it calls ``keep(_:reply:)`` or ``release(_:)``; when it does neither, the key is
    ///   free again after a minute.
    func take(_ key: IdempotencyKey, digest: [UInt8]) async throws -> IdempotencyDecision

    /// Keeps the reply for a day.
    func keep(_ key: IdempotencyKey, reply: KeptReply) async throws

    /// Gives the key back: the request was refused or failed, and may come again.
    func release(_ key: IdempotencyKey) async throws
}

/// The name of a request: two callers may use the same key, and one caller for two routes.
package struct IdempotencyKey: Sendable, Hashable {
    /// Who asks.
    package let subject: String
    /// Method and path.
    package let operation: String
    /// What the caller sent.
    package let key: String

    package init(subject: String, operation: String, key: String) {
        (self.subject, self.operation, self.key) = (subject, operation, key)
    }
}

/// A reply as it is kept.
package struct KeptReply: Sendable, Hashable {
    /// HTTP status.
    package let status: Int
    /// Header `Location`, if there was one.
    package let location: String?
    /// JSON.
    package let body: [UInt8]

    package init(status: Int, location: String?, body: [UInt8]) {
        (self.status, self.location, self.body) = (status, location, body)
    }
}

/// What becomes of a request with a key.
package enum IdempotencyDecision: Sendable, Hashable {
    /// It is the first: do it.
    case proceed
    /// It was done: answer as then.
    case replay(KeptReply)
    /// Another one with this key is being done.
    case running
    /// The key was used for another request.
    case mismatch
}
