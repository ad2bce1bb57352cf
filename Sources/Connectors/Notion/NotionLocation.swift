import Domain

/// A workspace, or the pages below one page of it.
struct NotionLocation: Sendable, Hashable {
    /// The names of the options with their meaning.
    static let options = [
        "credential": "name of the mounted credential that holds the integration's token; required",
        "api_url": "another server that speaks Notion's API, without the version; default https://api.notion.com",
    ]

    static let publicAPI = "https://api.notion.com"
    private static let site = "https://www.notion.so"

    /// The page whose tree is read; nil for everything that is shared with the integration.
    let root: NotionID?
    let credential: String
    /// The API's address.
    let api: String

    /// The address that the source is stored under; reading it again gives the same location.
    var rootURL: String { Self.page(root)?.description ?? Self.site + "/" }

    /// Where a person sees the page; nil for no page.
    static func page(_ id: NotionID?) -> SiteURL? { id.flatMap { try? SiteURL("\(site)/\($0.digits)") } }

    /// - Parameter url: has passed the gate.
    /// - Throws: ``Fault`` of category `validation` that names `web_url` or the option.
    init(_ url: SiteURL, options: [String: String]) throws(Fault) {
        let isNotion = ["www.notion.so", "notion.so", "app.notion.com", "www.notion.com", "notion.com"].contains(url.host.text)
        guard isNotion, url.explicitPort == nil else {
            throw .invalid(
                field: "web_url", "The address is not Notion's.", limit: Self.site + "/ or the address of a page",
                hint: "Use options.api_url for another server.")
        }
        let last = url.path.split(separator: "/").last
        root = last.flatMap { NotionID(endOf: $0) }
        guard last == nil || root != nil else {
            throw .invalid(
                field: "web_url", "The address names no page.", limit: "32 hexadecimal digits at its end",
                hint: "Copy the page's link, or give \(Self.site)/ for everything that is shared with the integration.")
        }
        guard let credential = options["credential"] else {
            throw .invalid(
                field: "options.credential", "Notion answers nobody without a token.",
                hint: "Name the mounted credential that holds the token of the integration.")
        }
        try CredentialStore.check(credential)
        self.credential = credential
        api = options["api_url"] ?? Self.publicAPI
    }
}
