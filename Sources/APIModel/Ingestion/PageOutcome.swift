/// What a crawl did with one URL; item of `GET /v1/jobs/{job_id}/pages`.
package struct PageOutcome: Sendable, Hashable, Codable {
    /// The URL.
    package var url: String
    /// Links between the start page and this one.
    package var depth: Int
    /// What became of it, such as `fetched` or `robots`.
    package var outcome: String
    /// Why, when the outcome does not say it.
    package var reason: String?
    /// HTTP status of the last reply, if there was one.
    package var status: Int?

    /// - Parameters: see the properties.
    package init(url: String, depth: Int, outcome: String, reason: String? = nil, status: Int? = nil) {
        (self.url, self.depth, self.outcome, self.reason, self.status) = (url, depth, outcome, reason, status)
    }
}

/// Reply to `GET /v1/jobs/{job_id}/pages`, in the order of the crawl.
package struct PageOutcomeList: Sendable, Hashable, Codable {
    /// The outcomes of this page.
    package var items: [PageOutcome]
    /// Where it lies among all.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(items: [PageOutcome], meta: PageMeta) { (self.items, self.meta) = (items, meta) }
}
