/// When a circuit opens and how it closes again.
package struct BreakerConfiguration: Sendable, Hashable {
    /// Failures in a row that open the circuit; at least 1.
    package var consecutiveFailures = 5
    /// Failures within `window` that open it, in a row or not; nil switches this off.
    package var windowFailures: Int? = 6
    /// The length of the rolling window.
    package var window: Duration = .seconds(30)
    /// How long the circuit stays open when the dependency does not say.
    package var recovery: Duration = .seconds(60)
    /// Successes while half open that close it, and also how many probes may run at one time; at least 1.
    package var halfOpenSuccesses = 3
    /// The longest time that a dependency's `Retry-After` may keep the circuit open.
    package var retryAfterCap: Duration = .seconds(900)
    /// Up to this much is added to the open time at random, so that many processes do not probe at once.
    package var jitter: Duration = .milliseconds(150)
    /// A probe without an outcome for this long is forgotten, so that a lost one cannot hold the circuit half open for ever.
    package var probeLimit: Duration = .seconds(30)

    /// The defaults: 5 failures in a row, or 6 in 30 s, open for 60 s, 3 successes to close.
    package init() {}
}
