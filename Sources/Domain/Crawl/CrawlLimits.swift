package import Primitives

/// Bounds on the single requests of a crawl.
package struct CrawlLimits: Sendable, Hashable {
    /// Longest time for one page, its redirects and retries included, pauses between them not. Default 30 s.
    package var pageTimeout: Duration = .seconds(30)
    /// Largest page after decompression. Default 10 MiB.
    package var pageSize: ByteCount = .mebibytes(10)
    /// Requests in flight to the site, 1 to 64. Default 8.
    package var concurrency: Int = 8
    /// Requests started per second; `nil` for no limit. Default 10, which does not apply to the networks that the operator allows.
    package var requestsPerSecond: Double? = 10
    /// Tries beyond the first after a transient failure. Default 2.
    package var retries: Int = 2
    /// Redirects followed for one page. Default 5.
    package var redirects: Int = 5
    /// Whether `robots.txt` is read and obeyed. Default true.
    package var obeysRobots: Bool = true
    /// Outcomes of pages that were not read which are reported one by one; more are only counted. Default 20,000.
    package var reportedSkips: Int = 20_000

    /// The defaults that the properties name.
    package init() {}
}
