import Domain
import Hummingbird
import MCP

/// Which names this server answers to. Where no token is asked for, only this keeps a web page from using the server through its reader's
/// browser.
struct HostPolicy: Sendable {
    /// Lower-case names without ports; nil for all.
    let hosts: Set<String>?

    /// - Parameters:
    ///   - bind: the address that the server listens on.
    ///   - publicURL: how clients reach the server.
    init(bind: String, publicURL: String?) {
        let isLoopback = Self.loopback.contains(bind)
        let own = publicURL.flatMap(Self.host)
        hosts = isLoopback || own != nil ? Self.loopback.union([bind.lowercased()]).union(own.map { [$0] } ?? []) : nil
    }

    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1", "[::1]"]

    /// The same rule for agents.
    var origins: OriginPolicy { hosts.map { OriginPolicy(hosts: $0) } ?? OriginPolicy(anyHostWithOrigins: [String]()) }

    /// - Throws: ``Fault`` when the request names a foreign host, or comes from a page of another one.
    func check(_ head: HTTPRequest) throws(Fault) {
        guard let hosts else { return }
        let authority = head.authority?.lowercased() ?? ""
        guard hosts.contains(Self.name(of: authority)) else {
            throw Fault(
                .security, code: "E_HOST", "The request names a host that this server is not.", field: "Host",
                hint: "Set PORTOLAN_PUBLIC_URL when the server is reached under another name.")
        }
        guard let origin = head.headerFields[.origin]?.lowercased() else { return }
        guard origin == "http://\(authority)" || origin == "https://\(authority)" else {
            throw Fault(.security, code: "E_ORIGIN", "Pages of other sites may not use this server without a token.", field: "Origin")
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
