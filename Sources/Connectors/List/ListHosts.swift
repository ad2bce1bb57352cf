import Domain

/// The hosts, beside its own, whose pages a list may name.
struct ListHosts: Sendable {
    /// Most sites that the pages of one list are on: each is asked for its rules first.
    static let maximum = 100

    private let sites: [SiteURL]
    private let isAny: Bool

    /// - Parameter text: hosts separated by commas, each with its port unless that is the usual one; `*` for all; nil for none.
    /// - Throws: ``Fault`` with the field `options.hosts`.
    init(_ text: String?) throws(Fault) {
        guard let text, text != "*" else {
            (sites, isAny) = ([], text != nil)
            return
        }
        var sites: [SiteURL] = []
        for host in text.split(separator: ",", omittingEmptySubsequences: false).map({ $0.filter { $0 != " " } }) {
            guard let site = try? SiteURL("https://\(host)/"), site.path == "/", site.query == nil, !host.contains("@"),
                !host.contains("/"),
                !host.contains("#")
            else {
                throw Fault.invalid(
                    field: "options.hosts", "The text is no list of hosts.",
                    limit: "hosts separated by commas, such as docs.example.org, or *")
            }
            sites.append(site)
        }
        guard sites.count < Self.maximum else {
            throw Fault.invalid(field: "options.hosts", "There are too many hosts.", limit: "at most \(Self.maximum - 1)")
        }
        (self.sites, isAny) = (sites, false)
    }

    /// Whether the list may name pages of the site that `url` is on.
    func contains(_ url: SiteURL) -> Bool { isAny || sites.contains { $0.isSameSite(as: url) } }
}
