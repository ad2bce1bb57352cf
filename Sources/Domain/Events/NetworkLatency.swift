/// How `net.request` counts answers by duration.
package enum NetworkLatency {
    /// Upper bounds in milliseconds; what took longer counts as `over`.
    package static let bounds = [50, 100, 250, 500, 1000, 2500, 5000, 10_000]

    /// Names of the counts, one for each bound and one for what is longer.
    package static let columns = bounds.map { "le_\($0)_ms" } + ["over_\(bounds[bounds.count - 1])_ms"]

    /// Where `duration` counts among ``columns``.
    package static func index(_ duration: Duration) -> Int {
        bounds.firstIndex { duration <= .milliseconds($0) } ?? bounds.count
    }
}
