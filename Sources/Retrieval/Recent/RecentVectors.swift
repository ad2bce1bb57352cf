import Domain
package import Resilience

/// The vectors of the last questions. The same text has the same vector, so a search that uses one is as whole as if it had been computed again.
package typealias RecentVectors = RecentValues<AskedVector, [Float]>

/// A text and the embedder that made its vector.
package struct AskedVector: Sendable, Hashable {
    let text: String
    let profile: EmbeddingProfile
}

extension RecentValues where Key == AskedVector, Value == [Float] {
    /// A thousand vectors of the last hour, in 8 MiB at most.
    package static func ofQuestions(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) -> RecentVectors {
        RecentVectors(capacity: 1000, byteLimit: 8 << 20, lifetime: .seconds(3600), now: now)
    }
}
