import Domain
import FoundationEssentials

/// A space of a Confluence site, or all of its spaces.
struct ConfluenceLocation: Sendable, Hashable {
    /// The names of the options with their meaning.
    static let options = [
        "credential": "name of the mounted credential that holds the API token (Cloud) or the personal access token (Data Center)",
        "email": "account that the API token belongs to; required with a credential for Cloud",
        "edition": "cloud or datacenter; default cloud for *.atlassian.net, else datacenter",
        "api_url": "another address of the API, such as https://api.atlassian.com/ex/confluence/CLOUD-ID/wiki",
    ]

    /// Which of the two products, and so which API.
    enum Edition: String, Sendable, Hashable {
        /// Second API, accounts with API tokens.
        case cloud
        /// First API, personal access tokens. Servers of one node are the same.
        case dataCenter = "datacenter"
    }

    /// Where every token for Cloud may go; a site's own origin must be in the credential's `.origin` file.
    static let publicAPI = "https://api.atlassian.com"

    /// Where people are, without a slash at its end: `https://example.atlassian.net/wiki`.
    let site: SiteURL
    /// The key of the space; nil for all.
    let space: String?
    let edition: Edition
    /// The API's address, up to `/api/v2` or `/rest/api`.
    let api: String
    let credential: String?
    let email: String?

    private var base: String { Self.base(of: site) }

    /// The address that the source is stored under; reading it again with the same options gives the same location.
    var rootURL: String { space.map { "\(base)/spaces/\(URLText.encoded($0, isSegment: true))" } ?? site.description }

    /// The library of a source without a name.
    var library: String { space?.lowercased() ?? String(site.host.text.prefix { $0 != "." }) }

    // MARK: - Addresses of content

    /// Where a person sees a page, whatever its title: in Cloud within its space, in Data Center by the short link that all versions have.
    func page(_ id: ConfluenceID, space: String?) -> SiteURL? {
        guard edition == .cloud, let space = space ?? self.space else { return try? SiteURL("\(base)/x/\(id.short)") }
        return try? SiteURL("\(base)/spaces/\(URLText.encoded(space, isSegment: true))/pages/\(id)")
    }

    /// Where a page is found by its title, for links to pages that the listing does not have.
    func page(titled title: String, space: String) -> String {
        let name = URLText.encoded(title, isSegment: true).replacing("%20", with: "+")
        return "\(base)/display/\(URLText.encoded(space, isSegment: true))/\(name)"
    }

    /// Where a space begins.
    func home(of space: String) -> String { "\(base)/spaces/\(URLText.encoded(space, isSegment: true))" }

    /// Where a file of a page is.
    func attachment(_ name: String, of page: ConfluenceID) -> String {
        "\(base)/download/attachments/\(page)/\(URLText.encoded(name, isSegment: true))"
    }

    // MARK: - Reading

    /// - Parameter url: has passed the gate.
    /// - Throws: ``Fault`` of category `validation` that names `web_url` or the option.
    init(_ url: SiteURL, options: [String: String]) throws(Fault) {
        let isAtlassian = url.host.text.hasSuffix(".atlassian.net")
        guard let edition = options["edition"].map({ Edition(rawValue: $0) }) ?? (isAtlassian ? .cloud : .dataCenter) else {
            throw .invalid(field: "options.edition", "There is no such edition.", limit: "cloud or datacenter")
        }
        self.edition = edition
        let segments = url.path.split(separator: "/").map { URLText.decoded($0) ?? "" }
        let form = "https://SITE/wiki/spaces/KEY, https://HOST/spaces/KEY, or the same without a space"
        let mark = segments.firstIndex { $0 == "spaces" || $0 == "display" } ?? segments.count
        var context = Array(segments[..<mark])
        if edition == .cloud, context.isEmpty { context = ["wiki"] }
        let rest = segments[mark...].dropFirst()
        let isWhole = mark == segments.count || rest.isEmpty
        guard url.query == nil, isWhole || rest.count == 1 || (rest.count == 2 && rest.last == "overview"),
            context.allSatisfy(Self.isContext), edition == .dataCenter || context == ["wiki"],
            let site = try? SiteURL(url.origin + "/" + context.joined(separator: "/"))
        else {
            throw .invalid(
                field: "web_url", "The address is not that of a site or of a space.", limit: form,
                hint: "Copy the address of the space's overview.")
        }
        self.site = site
        space = isWhole ? nil : rest.first
        if let space, !Self.isKey(space) {
            throw .invalid(field: "web_url", "The address names no space.", limit: form, hint: "Copy the address of the space's overview.")
        }
        credential = options["credential"]
        if let credential { try CredentialStore.check(credential) }
        email = options["email"]
        if let email, !Self.isAccount(email) {
            throw .invalid(
                field: "options.email", "The account is no e-mail address.", limit: "3 to 254 printable characters, one @, no colon")
        }
        if edition == .cloud, credential != nil, email == nil {
            throw .invalid(
                field: "options.email", "Confluence Cloud takes an API token only together with its account.",
                hint: "Give the e-mail address of the account that made the token.")
        }
        if edition == .dataCenter, email != nil {
            throw .invalid(
                field: "options.email", "Confluence Data Center takes a personal access token alone.",
                hint: "Leave the account out, or set options.edition to cloud.")
        }
        api = options["api_url"] ?? Self.base(of: site)
    }

    private static func base(of site: SiteURL) -> String {
        let text = site.description
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// 1 to 255 of letters, digits and `~ _ - . :`, as in keys of personal spaces.
    static func isKey(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                isAlphanumeric(byte) || [0x7E, 0x5F, 0x2D, 0x2E, 0x3A].contains(byte)
            }
    }

    /// A folder that Confluence is installed under, not one of its own pages.
    private static func isContext(_ text: String) -> Bool {
        !["pages", "x", "rest", "plugins", "download", "api"].contains(text) && text.utf8.count <= 100
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2D } && !text.isEmpty
    }

    private static func isAccount(_ text: String) -> Bool {
        (3...254).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
            && text.count { $0 == "@" } == 1
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
