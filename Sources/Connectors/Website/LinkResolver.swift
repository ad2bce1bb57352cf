import Domain
import Primitives

/// Turns the references of a page into addresses.
///
/// A mirror's pages name the public host in their canonical link. References to that host are mapped onto the host that is crawled, with
/// the difference of the two paths applied, so that a mirror under another host or sub-path is walked as what it is.
struct LinkResolver {
    /// An address with its text and its key, which are needed again and again: navigation is on every page.
    struct Link: Sendable {
        /// Without a query.
        let url: SiteURL
        /// The address as text.
        let text: String
        /// What makes two addresses the same page.
        let key: String

        init(_ url: SiteURL) {
            let bare = url.query == nil && !url.hadUserInfo ? url : url.withoutQuery
            (self.url, text, key) = (bare, bare.description, bare.normalizedKey)
        }
    }

    /// The addresses that a page links to, in document order, each once.
    struct Result: Sendable {
        /// On the site that is crawled.
        var onSite: [Link] = []
        /// On the site that is crawled, where the page names the public host of a mirror: the mirror may lack them.
        var mapped: [Link] = []
        /// Elsewhere.
        var offSite: [Link] = []
        /// Whether the page links to more.
        var isIncomplete = false
        /// The page on the site that this one names as the one to read, unless it is this one.
        var canonical: Link?

        init() {}

        /// What ``stored`` wrote, without addresses that `accepts` refuses.
        init(stored: [String], where accepts: (SiteURL) -> Bool = { _ in true }) {
            for text in stored {
                guard let url = try? SiteURL(text), accepts(url) else { continue }
                if text.hasSuffix(Self.mark) { mapped.append(Link(url)) } else { onSite.append(Link(url)) }
            }
        }

        /// The addresses on the site as text, mapped ones with a fragment that says so.
        var stored: [String] { onSite.map(\.text) + mapped.map { $0.text + Self.mark } }

        private static let mark = "#public"
    }

    /// Absolute references that were resolved already; nil for those that are malformed or of another scheme.
    final class Cache: Sendable {
        private static let limit = 50_000
        private let links = Locked<[String: Link?]>([:])

        func link(_ href: String, resolve: () -> Link?) -> Link? {
            if let known = links.withLock({ $0[href] }) { return known }
            let link = resolve()
            links.withLock { links in
                if links.count >= Self.limit { links.removeAll() }
                links[href] = .some(link)
            }
            return link
        }
    }

    private struct Alias {
        let host: SiteURL
        /// Taken off the front of a path on the public host, then put there.
        let removed: Substring
        let added: Substring
    }

    /// The address that the page was read from.
    let page: SiteURL
    /// Shared by the pages of a crawl.
    var cache = Cache()

    /// Resolves the references of the page. Schemes other than `http` and `https`, and what is malformed, are left out.
    func resolve(_ links: PageLinks) -> Result {
        let canonical = links.canonical.flatMap { try? page.resolve($0) }
        let alias = canonical.flatMap(alias)
        var base = page
        if let href = links.base, let url = try? page.resolve(href) { base = mapped(url, alias) }
        var result = Result()
        result.isIncomplete = links.isIncomplete
        if let canonical, canonical.isSameSite(as: page) {
            let link = Link(page.adopting(canonical))
            if link.key != page.normalizedKey { result.canonical = link }
        }
        var seen: Set<String> = []
        seen.reserveCapacity(links.hrefs.count)
        for href in links.hrefs where !Self.isFragment(href) {
            // Only what is absolute means the same on each page.
            let resolved =
                Self.isAbsolute(href)
                ? cache.link(href) { (try? base.resolve(href)).map(Link.init) } : (try? base.resolve(href)).map(Link.init)
            guard var link = resolved else { continue }
            let target = mapped(link.url, alias)
            let isMapped = target != link.url
            if isMapped { link = Link(target) }
            guard seen.insert(link.key).inserted else { continue }
            if link.url.isSameSite(as: page) {
                // One scheme for the whole site: a page that is linked both ways is one page.
                if link.url.scheme != page.scheme || link.url.explicitPort != page.explicitPort { link = Link(page.adopting(link.url)) }
                if isMapped { result.mapped.append(link) } else { result.onSite.append(link) }
            } else {
                result.offSite.append(link)
            }
        }
        return result
    }

    private static func isAbsolute(_ href: String) -> Bool {
        href.utf8.starts(with: "http://".utf8) || href.utf8.starts(with: "https://".utf8)
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
    static func folded(_ url: SiteURL) -> String {
        var path = url.path
        for index in ["index.html", "index.htm"] where path.hasSuffix("/" + index) { path.removeLast(index.count) }
        return path.hasSuffix("/") ? path : path + "/"
    }
}
