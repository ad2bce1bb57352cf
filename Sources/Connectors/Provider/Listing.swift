import Domain

/// A page that a listing names, before it is read.
struct ListedPage: Sendable {
    /// What the page is stored under.
    let url: SiteURL
    /// Equal for equal content: when an earlier crawl stored the same, the page is not asked for.
    let validator: String
    /// Why it is not worth a request.
    var failure: PageFailure?
}

/// What a source can read, as its provider lists it.
struct Listing: Sendable {
    /// Each address once.
    var pages: [ListedPage]
    /// Whether the provider named everything there is: only then does a page that is missing no longer exist.
    var isWhole: Bool
}

/// The content of a page of a listing.
struct ListedContent: Sendable {
    let type: PageContentType
    let body: [UInt8]
    var charset: String?
    /// As ``Domain/FetchedPage/tags``.
    var tags: [String] = []
}
