/// Finds the blocks that repeat over the pages of a site because they are navigation.
///
/// Feed it the fingerprints of all pages, in any order, then freeze the result and use it for every page: what is boilerplate must not
/// depend on how far the crawl has come.
package struct BoilerplateDetector: Sendable {
    /// Fewer pages than this prove nothing.
    package static let minimumPages = 5
    private var counts: [UInt64: Int] = [:]
    /// The number of pages seen.
    package private(set) var pages = 0

    /// An empty detector.
    package init() {}

    /// Adds the navigation fingerprints of one page, `PageContent.fingerprints`.
    package mutating func add(_ fingerprints: Set<UInt64>) {
        pages += 1
        for fingerprint in fingerprints { counts[fingerprint, default: 0] += 1 }
    }

    /// The fingerprints that stand on more than half of the pages; none for fewer than five pages.
    package func frozen() -> Set<UInt64> {
        guard pages >= Self.minimumPages else { return [] }
        return Set(counts.lazy.filter { $0.value * 2 > pages }.map(\.key))
    }

    /// Those of `fingerprints` that ``frozen()`` holds, without looking at all others.
    package func frozen(among fingerprints: Set<UInt64>) -> Set<UInt64> {
        guard pages >= Self.minimumPages else { return [] }
        return fingerprints.filter { counts[$0, default: 0] * 2 > pages }
    }
}
