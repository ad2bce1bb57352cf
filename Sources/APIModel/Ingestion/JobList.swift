/// Reply to `GET /v1/documentation/ingestion` and `GET /v1/jobs`: newest first.
package struct JobList: Sendable, Hashable, Codable {
    /// The jobs of this page.
    package var items: [JobDetail]
    /// How many match in all.
    package var total: Int
    /// How many were left out before this page.
    package var skip: Int
    /// The most that this page could hold.
    package var limit: Int

    /// - Parameters: see the properties.
    package init(items: [JobDetail], total: Int, skip: Int, limit: Int) {
        (self.items, self.total, self.skip, self.limit) = (items, total, skip, limit)
    }
}
