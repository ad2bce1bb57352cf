import Domain
import Primitives

/// The keys of the identity provider as this process last read them. Read again from time to time, and when a token names a key that is not among
/// them; while the provider is away the ones that are known go on.
actor KeySetCache {
    /// After which the keys are read again, beside the requests: how long a key that was withdrawn may still be taken.
    static let refreshInterval = Duration.seconds(300)
    /// How soon after one reading there may be another: strangers who make up keys cost the provider one request in this time.
    static let pause = Duration.seconds(10)
    /// How long keys count while the provider does not answer.
    static let lifetime = Duration.seconds(86_400)

    private let read: @Sendable () async throws -> KeySet
    private let now: @Sendable () -> ContinuousClock.Instant
    private var known: (set: KeySet, readAt: ContinuousClock.Instant)?
    private var tried: (at: ContinuousClock.Instant, failure: (any Error)?)?
    private var reading: Task<Void, any Error>?

    init(read: @escaping @Sendable () async throws -> KeySet, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        (self.read, self.now) = (read, now)
    }

    /// The keys that `token` may be signed with; empty when there are none.
    /// - Throws: what the reading throws, when no keys are known that count.
    func candidates(for token: AccessToken) async throws -> [KeySet.Key] {
        if let known {
            let age = known.readAt.duration(to: now())
            if age < Self.lifetime {
                let found = known.set.candidates(for: token)
                guard found.isEmpty else {
                    if age >= Self.refreshInterval, mayTry { _ = start() }
                    return found
                }
                // The provider may have a new key. That it cannot be asked does not make this one known.
                if mayTry || reading != nil { try? await start().value }
                return self.known?.set.candidates(for: token) ?? []
            }
        }
        if !mayTry, reading == nil, let failure = tried?.failure { throw failure }
        try await start().value
        return known?.set.candidates(for: token) ?? []
    }

    private var mayTry: Bool { tried.map { $0.at.duration(to: now()) >= Self.pause } ?? true }

    /// The reading in progress, or a new one.
    private func start() -> Task<Void, any Error> {
        if let reading { return reading }
        // Not a child of the caller: others wait for the same answer, and a caller who goes away must not end it for them.
        let task = Task { try await load() }
        reading = task
        return task
    }

    private func load() async throws {
        let start = now()
        defer { reading = nil }
        do {
            known = (try await read(), start)
            tried = (start, nil)
        } catch {
            tried = (start, error)
            throw error
        }
    }
}
