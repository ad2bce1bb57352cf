import Domain
import Hummingbird
import MCP

/// Which names this server answers to. Where no token is asked for, only this keeps a web page from using the server through its reader's
/// browser.
struct HostPolicy: Sendable {
    /// Lower-case names without ports; nil for all.
    let hosts: Set<String>?
    /// Whose pages may call beside the server's own.
    let crossOrigin: CrossOrigin
    private let isLoopback: Bool

    private static let hint = "Set PORTOLAN_PUBLIC_URL when the server is reached under another name."

    /// - Parameters:
    ///   - bind: the address that the server listens on.
    ///   - publicURL: how clients reach the server.
    ///   - crossOrigin: whose pages may call beside the server's own.
    init(bind: String, publicURL: String?, crossOrigin: CrossOrigin) {
        self.crossOrigin = crossOrigin
        isLoopback = Self.loopback.contains(bind) || bind.hasPrefix("127.")
        let own = publicURL.flatMap(Self.host)
        hosts = isLoopback || own != nil ? Self.loopback.union([bind.lowercased()]).union(own.map { [$0] } ?? []) : nil
    }

    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1", "[::1]"]

    /// The rule for agents, beside ``checkOrigin(_:)``, which holds for every route, and ``checkHost(_:)``.
    ///
    /// A name is looked at where it protects: on loopback, as the protocol asks of local servers, and by ``checkHost(_:)`` where no token is asked
    /// for. Elsewhere the token decides, as it does for the other routes: a probe or a neighbor that uses an address of the server is no browser.
    var origins: OriginPolicy {
        guard isLoopback, let hosts else { return .checkedBefore }
        return OriginPolicy(hosts: hosts, origins: crossOrigin.origins, hint: Self.hint)
    }

    /// - Throws: ``Fault`` when the request comes from a page that may not call.
    func checkOrigin(_ head: HTTPRequest) throws(Fault) {
        guard let origin = head.headerFields[.origin]?.lowercased(), !crossOrigin.allows(origin) else { return }
        let authority = head.authority?.lowercased() ?? ""
        guard !authority.isEmpty, origin == "http://\(authority)" || origin == "https://\(authority)" else {
            throw Fault(
                .security, code: "E_ORIGIN", "Pages of this site may not use this server.", field: "Origin",
                hint: "Name the site in PORTOLAN_CORS_ORIGINS.")
        }
    }

    /// - Throws: ``Fault`` when the request names a foreign host.
    func checkHost(_ head: HTTPRequest) throws(Fault) {
        guard let hosts else { return }
        let authority = head.authority?.lowercased() ?? ""
        guard hosts.contains(Self.name(of: authority)) else {
            throw Fault(
                .security, code: "E_HOST", "The request names a host that this server is not.", field: "Host",
                hint: Self.hint)
        }
    }

    private static func host(_ url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return authority.isEmpty ? nil : name(of: authority.lowercased())
    }

    /// An authority without its port.
    private static func name(of authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else { return authority }
        // Without brackets, an IPv6 address would lose its last group.
        let name = authority[..<colon]
        return name.contains(":") && !name.hasSuffix("]") ? authority : String(name)
    }
}
