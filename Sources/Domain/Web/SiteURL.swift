/// An absolute `http` or `https` address in normal form, without fragment and without user information in what it prints.
///
/// Normal form: scheme and host in lower case, international hosts as punycode, addresses in their usual spelling, the scheme's own port
/// left out, dot segments removed, percent-encoding in one form (RFC 3986, 6). What is fetched is built from these parts and never from
/// the text that came in, so that no other parser can read something else into it.
package struct SiteURL: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    package let scheme: String
    /// The host.
    package let host: SiteHost
    /// The port if it is not the scheme's own, 1 to 65535.
    package let explicitPort: Int?
    /// Begins with `/`; percent-encoded.
    package let path: String
    /// Percent-encoded, without the question mark.
    package let query: String?
    /// Whether the text named a user or password, which are dropped.
    package let hadUserInfo: Bool

    init(scheme: String, host: SiteHost, explicitPort: Int?, path: String, query: String?, hadUserInfo: Bool = false) {
        self.scheme = scheme
        self.host = host
        self.explicitPort = explicitPort
        self.path = path
        self.query = query
        self.hadUserInfo = hadUserInfo
    }

    /// The port that is connected to.
    package var port: Int { explicitPort ?? (scheme == "https" ? 443 : 80) }

    /// `scheme://host[:port]`, IPv6 in brackets.
    package var origin: String {
        let name = host.address?.isFour == false ? "[\(host.text)]" : host.text
        return "\(scheme)://\(name)" + (explicitPort.map { ":\($0)" } ?? "")
    }

    /// The whole address, ASCII only.
    package var description: String { origin + path + (query.map { "?\($0)" } ?? "") }

    /// The address without its query, for messages and logs: queries carry tokens.
    package var redacted: String { origin + path }

    /// The path without the slash at its end; the root stays `/`.
    package var trimmedPath: String {
        var text = path[...]
        while text.utf8.count > 1, text.utf8.last == 0x2F { text = text.dropLast() }
        return String(text)
    }

    /// What makes two addresses the same page: query and trailing slash dropped.
    package var normalizedKey: String { origin + trimmedPath }

    /// The address without its query.
    package var withoutQuery: SiteURL { with(path: path) }

    /// Whether both belong to one site: the same host and port, where `http` and `https` on their own ports count as one.
    package func isSameSite(as other: SiteURL) -> Bool {
        host == other.host && (port == other.port || (explicitPort == nil && other.explicitPort == nil))
    }

    /// The same site with another path, which must be in normal form, and without a query.
    package func with(path: String) -> SiteURL {
        SiteURL(scheme: scheme, host: host, explicitPort: explicitPort, path: path, query: nil)
    }

    /// `other` moved to this scheme, host and port, its path and query kept.
    package func adopting(_ other: SiteURL) -> SiteURL {
        SiteURL(scheme: scheme, host: host, explicitPort: explicitPort, path: other.path, query: other.query)
    }
}
