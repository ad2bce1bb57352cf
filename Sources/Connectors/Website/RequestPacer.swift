/// Spaces the requests to one site: a pure machine.
struct RequestPacer {
    /// Longest pause that a site may ask for with `Crawl-delay`.
    static let maximumDelay = Duration.seconds(10)

    private var interval: Duration
    private var nextStart: ContinuousClock.Instant?

    /// - Parameter interval: least time between the starts of two requests; zero for none.
    init(interval: Duration) { self.interval = interval }

    /// Changes the time between two requests.
    mutating func setInterval(_ interval: Duration) { self.interval = interval }

    /// Books the next start; returns how long to wait for it.
    mutating func reserve(now: ContinuousClock.Instant) -> Duration {
        let start = max(nextStart ?? now, now)
        nextStart = start + interval
        return now.duration(to: start)
    }

    /// Lets nothing start for `pause` from now: what `Retry-After` asks for.
    mutating func hold(_ pause: Duration, now: ContinuousClock.Instant) {
        nextStart = max(nextStart ?? now, now + pause)
    }
}
