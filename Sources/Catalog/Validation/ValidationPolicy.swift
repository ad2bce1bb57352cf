/// What becomes of a version that does not pass.
package struct ValidationPolicy: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Failures are recorded, and the version is published.
        case lenient
        /// Any failure lets go of all that was staged; the last good version stays the latest.
        case strict
    }

    package var mode: Mode = .lenient
    /// For all validators together; what they do not reach in time counts as timeout. Default 120 s.
    package var budget: Duration = .seconds(120)
    /// Largest page. Default 10 MiB, as when pages are read.
    package var largestPage: Int64 = 10 << 20

    package init() {}
}
