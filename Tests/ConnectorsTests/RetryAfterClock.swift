import FoundationEssentials

/// The moment that the examples of RFC 9110 use.
enum RetryAfterClock {
    /// 1994-11-06 08:49:37 UTC.
    static let sixthOfNovember = Date(timeIntervalSince1970: 784_111_777)
}
