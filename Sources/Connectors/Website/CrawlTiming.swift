import Primitives

/// Time for a crawl, from outside so that tests need not wait.
package struct CrawlTiming: Sendable {
    /// The monotonic clock.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Suspends for a while; throws `CancellationError` at once when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(now: @escaping @Sendable () -> ContinuousClock.Instant, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's clock.
    package static let system = CrawlTiming(now: { ContinuousClock.now }, sleep: { try await Task.sleep(for: $0) })
}
