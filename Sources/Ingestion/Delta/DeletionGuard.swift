/// Decides which pages a complete crawl deletes: a site that is broken for an hour must not empty a documentation.
///
/// When a crawl misses more than a fifth of the published pages, and more than ten, the deletion waits for the next complete crawl: what
/// that one misses too is deleted.
package struct DeletionGuard: Sendable, Hashable {
    /// So many pages may go at once, whatever their share.
    package static let freePages = 10
    /// One page of so many may go at once.
    package static let freeShare = 5

    /// Paths of pages to delete now, sorted.
    package let deleted: [String]
    /// Paths of pages whose deletion waits, sorted.
    package let heldBack: [String]

    /// - Parameters:
    ///   - missing: paths of published pages that the crawl did not see.
    ///   - published: how many pages are published.
    ///   - heldBefore: what the last complete crawl held back.
    ///   - isAllowed: whether the job may delete as much as it wants.
    package init(missing: [String], published: Int, heldBefore: Set<String>, isAllowed: Bool) {
        let unconfirmed = missing.filter { !heldBefore.contains($0) }
        let waits = !isAllowed && unconfirmed.count > Self.freePages && unconfirmed.count * Self.freeShare > published
        heldBack = waits ? unconfirmed.sorted() : []
        deleted = (waits ? missing.filter(heldBefore.contains) : missing).sorted()
    }
}
