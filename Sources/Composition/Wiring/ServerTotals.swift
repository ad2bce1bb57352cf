import Primitives

/// Follows counts that a server keeps: by how much each has grown since it was last looked at.
///
/// A server that was restarted, or another one that took its place, counts from the beginning. Without this a metric would stand still until the
/// server had made up for all that it counted before.
final class ServerTotals: Sendable {
    private let totals = Locked<[String: Int]>([:])

    /// The growth of the count `name` to `total`.
    ///
    /// - Parameter first: what the first look counts as; nil for all of it.
    /// - Returns: at least 0; after a restart, what has been counted since then.
    func growth(of name: String, to total: Int, first: Int? = nil) -> Int {
        totals.withLock { totals in
            let before = totals.updateValue(total, forKey: name)
            guard let before else { return first ?? total }
            return total >= before ? total - before : total
        }
    }
}
