import Domain
import Processing

/// Where the things lie that a page points to.
struct StorageTargets: Sendable {
    let location: ConfluenceLocation
    /// The pages of the listing by space and title.
    let pages: [String: ConfluenceID]
    /// The page that is written, and the space that it is in.
    let page: ConfluenceID
    let space: String?

    /// The key of a page in ``pages``: titles are unique within a space, whatever their case.
    static func key(_ title: String, space: String?) -> String { "\(space?.lowercased() ?? "")\n\(title.lowercased())" }

    /// The address that an `ri:` element names, and what it is called; nil for people and what else has no address.
    func target(_ resource: XMLElement) -> (address: String, name: String)? {
        let space = resource.attributes["ri:space-key"] ?? space
        switch resource.name {
        case "ri:page", "ri:blog-post":
            guard let title = resource.attributes["ri:content-title"], !title.isEmpty, let space else { return nil }
            if resource.name == "ri:page", let id = pages[Self.key(title, space: space)], let url = location.page(id, space: space) {
                return (url.description, title)
            }
            return (location.page(titled: title, space: space), title)
        case "ri:content-entity":
            guard let id = resource.attributes["ri:content-id"].flatMap({ ConfluenceID($0) }), let url = location.page(id, space: space)
            else {
                return nil
            }
            return (url.description, "")
        case "ri:space":
            guard let key = resource.attributes["ri:space-key"], ConfluenceLocation.isKey(key) else { return nil }
            return (location.home(of: key), key)
        case "ri:attachment":
            guard let name = resource.attributes["ri:filename"], !name.isEmpty else { return nil }
            // A file of another page: its number is known if the page is.
            if let owner = resource.first("ri:page") {
                guard let title = owner.attributes["ri:content-title"],
                    let id = pages[Self.key(title, space: owner.attributes["ri:space-key"] ?? space)]
                else { return nil }
                return (location.attachment(name, of: id), name)
            }
            return (location.attachment(name, of: page), name)
        case "ri:url":
            return resource.attributes["ri:value"].flatMap(Self.web).map { ($0, "") }
        default: return nil
        }
    }

    /// An address of the web in normal form with its fragment, one within the site, or a mail address; nil for anything else.
    func address(_ href: String) -> String? {
        if href.hasPrefix("mailto:") { return href.contains { $0.isWhitespace || "<>".contains($0) } ? nil : href }
        if href.hasPrefix("#") { return Self.fragment(href) }
        if let web = Self.web(href) { return web }
        guard href.hasPrefix("/"), let url = try? location.site.resolve(href) else { return nil }
        return url.description + Self.fragment(href)
    }

    private static func web(_ href: String) -> String? { (try? SiteURL(href)).map { $0.description + fragment(href) } }

    private static func fragment(_ href: String) -> String {
        href.firstIndex(of: "#").map { href[$0...].filter { $0.isASCII && !$0.isWhitespace && !"<>".contains($0) } } ?? ""
    }
}
