/// Where a page lies in a list.
package struct PageMeta: Sendable, Hashable, Codable {
    /// How many match in all.
    package var total: Int
    /// The most that the page could hold.
    package var limit: Int
    /// How many were left out before it.
    package var offset: Int

    /// - Parameters: see the properties.
    package init(total: Int, limit: Int, offset: Int) { (self.total, self.limit, self.offset) = (total, limit, offset) }
}
