import Domain

/// Turns the references of a page into addresses.
///
/// A mirror's pages name the public host in their canonical link. References to that host are mapped onto the host that is crawled, with
/// the difference of the two paths applied, so that a mirror under another host or sub-path is walked as what it is.
struct LinkResolver {
    /// The addresses that a page links to, in document order, each once.
    struct Result: Sendable {
        /// On the site that is crawled.
        var onSite: [SiteURL] = []
        /// On the site that is crawled, where the page names the public host of a mirror: the mirror may lack them.
        var mapped: [SiteURL] = []
        /// Elsewhere.
        var offSite: [SiteURL] = []

        init() {}

        /// What ``stored`` wrote, without addresses that `accepts` refuses.
        init(stored: [String], where accepts: (SiteURL) -> Bool = { _ in true }) {
            for text in stored {
                guard let url = try? SiteURL(text), accepts(url) else { continue }
                if text.hasSuffix(Self.mark) { mapped.append(url) } else { onSite.append(url) }
            }
        }

        /// The addresses on the site as text, mapped ones with a fragment that says so.
        var stored: [String] { onSite.map(\.description) + mapped.map { $0.description + Self.mark } }

        private static let mark = "#public"
    }

    private struct Alias {
        let host: SiteURL
        /// Taken off the front of a path on the public host, then put there.
        let removed: Substring
        let added: Substring
    }

    /// The address that the page was read from.
    let page: SiteURL

    /// Resolves the references of the page. Schemes other than `http` and `https`, and what is malformed, are left out.
    func resolve(_ links: PageLinks) -> Result {
        let alias = links.canonical.flatMap { try? page.resolve($0) }.flatMap(alias)
        var base = page
        if let href = links.base, let url = try? page.resolve(href) { base = mapped(url, alias) }
        var result = Result()
        var seen: Set<String> = []
        for href in links.hrefs where !Self.isFragment(href) {
            guard let url = try? base.resolve(href) else { continue }
            let target = mapped(url, alias)
            let isMapped = target != url
            guard seen.insert(target.normalizedKey).inserted else { continue }
            if target.isSameSite(as: page) {
                // One scheme for the whole site: a page that is linked both ways is one page.
                let own = page.adopting(target).withoutQuery
                if isMapped { result.mapped.append(own) } else { result.onSite.append(own) }
            } else {
                result.offSite.append(target.withoutQuery)
            }
        }
        return result
    }

    private static func isFragment(_ href: String) -> Bool { href.utf8.first == 0x23 }

    private func mapped(_ url: SiteURL, _ alias: Alias?) -> SiteURL {
        guard let alias, url.isSameSite(as: alias.host), !url.isSameSite(as: page) else { return url }
        let path = url.path[...]
        guard path.hasPrefix(alias.removed) else { return url }
        let rest = path.dropFirst(alias.removed.count)
        return page.with(path: "\(alias.added)\(rest.hasPrefix("/") ? "" : "/")\(rest)")
    }

    /// How the public host maps onto this one; `nil` when the two paths have nothing in common, or the host is the same.
    private func alias(_ canonical: SiteURL) -> Alias? {
        guard !canonical.isSameSite(as: page) else { return nil }
        let there = Self.folded(canonical)
        let here = Self.folded(page)
        if here.hasSuffix(there) { return Alias(host: canonical, removed: "", added: here.dropLast(there.count)) }
        if there.hasSuffix(here) { return Alias(host: canonical, removed: there.dropLast(here.count), added: "") }
        return nil
    }

    /// The path with a slash at its end and without an index file.
    private static func folded(_ url: SiteURL) -> String {
        var path = url.path
        for index in ["index.html", "index.htm"] where path.hasSuffix("/" + index) { path.removeLast(index.count) }
        return path.hasSuffix("/") ? path : path + "/"
    }
}
