/// Which `Host` and `Origin` are answered: the defense against DNS rebinding, in which a web page makes a browser talk to a server that
/// the page could not reach by itself.
public struct OriginPolicy: Sendable, Hashable {
    private let hosts: Set<String>?
    /// Nil for every one.
    private let origins: Set<String>?
    private let hint: String?

    /// - Parameters:
    ///   - hosts: names that clients may use for this server, for example `mcp.example.com` (any port) or `localhost:8080` (this one);
    ///     nil answers to every name, which is right only behind something that checks it.
    ///   - origins: web origins that may call, for example `https://app.example.com`. Pages of the server's own host may call as well, if
    ///     `hosts` is given; requests without `Origin`, which do not come from pages, always may.
    ///   - hint: a sentence for those who are refused for their `Host`: what an operator can do about it.
    public init(hosts: some Sequence<String>, origins: some Sequence<String> = [], hint: String? = nil) {
        self.hint = hint
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// Every host name; only the listed origins.
    public init(anyHostWithOrigins origins: some Sequence<String> = []) {
        (hosts, hint) = (nil, nil)
        self.origins = Set(origins.map { $0.lowercased() })
    }

    private init() { (hosts, origins, hint) = (nil, nil, nil) }

    /// Every host and every origin: for an endpoint behind something that has looked at both.
    public static let checkedBefore = OriginPolicy()

    /// For servers that only listen on loopback.
    public static let loopback = OriginPolicy(hosts: ["localhost", "127.0.0.1", "[::1]"])

    /// Why the request is refused; nil when it may pass.
    func refusal(of request: MCPHTTPRequest) -> String? {
        let host = request.headers("Host").map { $0.lowercased() }
        if let hosts {
            guard host.count == 1, hosts.contains(host[0]) || hosts.contains(Self.name(of: host[0])) else {
                return "The Host header names no host of this server" + (hint.map { ". \($0)" } ?? "")
            }
        }
        guard let origins else { return nil }
        for origin in request.headers("Origin").map({ $0.lowercased() }) where !origins.contains(origin) {
            // The own host counts only when it was checked: a rebound name agrees with its origin, too.
            let isOwn = hosts != nil && (origin == "http://\(host[0])" || origin == "https://\(host[0])")
            if !isOwn { return "The origin is not allowed" }
        }
        return nil
    }

    /// A host without its port.
    private static func name(of host: String) -> String {
        guard let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return host
        }
        return String(host[..<colon])
    }
}
