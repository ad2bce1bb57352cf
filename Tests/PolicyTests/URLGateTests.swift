import Domain
import Policy
import Testing

@Suite struct `URL gate` {
    private static let open = URLPolicy()

    private static func allowing(_ networks: String...) -> URLPolicy {
        var policy = URLPolicy()
        policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
        return policy
    }

    private static func code(_ url: String, _ policy: URLPolicy = open) -> String? {
        GateRegistry().evaluate(URLGate(policy), url).rejection?.code.description
    }

    @Test(arguments: [
        ("https://example.org", "https://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("HTTPS://EXAMPLE.org:443/A/../b/./c?x=1#f", "https://example.org/b/c?x=1"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example/%7euser/%c3%bc", "https://xn--bcher-kva.example/~user/%C3%BC"),
        ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://example.org/a b".replacingSpace, "https://example.org/a%20b"),
        ("https://example.org/ü?q=ü", "https://example.org/%C3%BC?q=%C3%BC"),
    ])
    func `lets public addresses pass in normal form`(url: String, normal: String) throws {
        let accepted = try GateRegistry().evaluate(URLGate(Self.open), url).get()
        #expect(accepted.description == normal)
    }

    @Test(arguments: [
        ("", "E_SCHEME"), ("example.org", "E_SCHEME"), ("//example.org/", "E_SCHEME"), ("https:/example.org", "E_SCHEME"),
        ("file:///etc/passwd", "E_SCHEME"), ("gopher://example.org/", "E_SCHEME"), ("ftp://example.org/", "E_SCHEME"),
        ("javascript:alert(1)", "E_SCHEME"), ("data:text/html,x", "E_SCHEME"), ("dict://127.0.0.1:11211/", "E_SCHEME"),
        ("ldap://example.org", "E_SCHEME"), ("unix:///run/docker.sock", "E_SCHEME"),
        ("https://user@example.org/", "E_USERINFO"), ("https://user:pass@example.org/", "E_USERINFO"),
        ("https://example.org@127.0.0.1/", "E_USERINFO"), ("https://127.0.0.1%40example.org@8.8.8.8/", "E_USERINFO"),
        ("https://@example.org/", "E_USERINFO"),
        ("https://", "E_HOST_DENY"), ("https:///path", "E_HOST_DENY"), ("https://:443/", "E_HOST_DENY"), ("https://a..b/", "E_HOST_DENY"),
        ("https://.example.org/", "E_HOST_DENY"), ("https://exa mple.org/", "E_HOST_DENY"),
        ("https://example.org\\@127.0.0.1/", "E_HOST_DENY"),
        ("https://example.org/\u{0}", "E_HOST_DENY"), ("https://example.org/\r\nHost: x", "E_HOST_DENY"),
        ("https://exam\tple.org/", "E_HOST_DENY"),
        ("https://exam\u{200B}ple.org/", "E_HOST_DENY"), ("https://exam\u{AD}ple.org/", "E_HOST_DENY"),
        ("https://\u{202E}gro.example/", "E_HOST_DENY"),
        ("https://exam\u{2060}ple.org/", "E_HOST_DENY"), ("https://ｅxample.org/", "E_HOST_DENY"), ("https://example。org/", "E_HOST_DENY"),
        ("https://127。0。0。1/", "E_HOST_DENY"), ("https://①②⑦.⓪.⓪.①/", "E_HOST_DENY"), ("https://example.org%00.evil/", "E_HOST_DENY"),
        ("https://example.org%2f@x/", "E_USERINFO"), ("https://exa%zzmple.org/", "E_HOST_DENY"), ("https://exa<mple.org/", "E_HOST_DENY"),
        ("https://pаypal.com/", "E_HOST_DENY"), ("https://аррӏе.com/", "E_HOST_DENY"), ("https://xn--80ak6aa92e.com/", "E_HOST_DENY"),
        ("https://goοgle.com/", "E_HOST_DENY"), ("https://gıthub.com/", "E_HOST_DENY"), ("https://a\u{301}.example/", "E_HOST_DENY"),
        ("https://ɡoogle.com/", "E_HOST_DENY"), ("https://xn--a/", "E_HOST_DENY"), ("https://xn--.com/", "E_HOST_DENY"),
        ("https://1.2.3.4.5/", "E_HOST_DENY"), ("https://256.1.1.1/", "E_HOST_DENY"), ("https://1.2.3.999/", "E_HOST_DENY"),
        ("https://4294967296/", "E_HOST_DENY"), ("https://0x1ffffffff/", "E_HOST_DENY"), ("https://134744072/", "E_HOST_DENY"),
        ("https://0x08080808/", "E_HOST_DENY"), ("https://010.8.8.8/", "E_HOST_DENY"), ("https://[::1/", "E_HOST_DENY"),
        ("https://[fe80::1%25eth0]/", "E_HOST_DENY"), ("https://[1.2.3.4]/", "E_HOST_DENY"), ("https://[]/", "E_HOST_DENY"),
        ("https://[::1]evil/", "E_PORT_DENY"), ("https://::1/", "E_HOST_DENY"),
        ("https://example.org:0/", "E_PORT_DENY"), ("https://example.org:65536/", "E_PORT_DENY"),
        ("https://example.org:22/", "E_PORT_DENY"),
        ("https://example.org:8080/", "E_PORT_DENY"), ("https://example.org:80a/", "E_PORT_DENY"),
        ("https://example.org:-1/", "E_PORT_DENY"),
        ("https://8.8.8.8:6379/", "E_PORT_DENY"),
        ("http://localhost/", "E_PRIVATE_NET"), ("http://LOCALHOST./", "E_PRIVATE_NET"), ("http://intranet/", "E_PRIVATE_NET"),
        ("http://127.0.0.1/", "E_PRIVATE_NET"), ("http://127.1/", "E_PRIVATE_NET"), ("http://2130706433/", "E_PRIVATE_NET"),
        ("http://0x7f000001/", "E_PRIVATE_NET"), ("http://0x7f.1/", "E_PRIVATE_NET"), ("http://0177.0.0.1/", "E_PRIVATE_NET"),
        ("http://017700000001/", "E_PRIVATE_NET"), ("http://127.0.0.1./", "E_PRIVATE_NET"), ("http://%31%32%37.0.0.1/", "E_PRIVATE_NET"),
        ("http://0/", "E_PRIVATE_NET"), ("http://0.0.0.0/", "E_PRIVATE_NET"), ("http://10.1.2.3/", "E_PRIVATE_NET"),
        ("http://172.16.0.1/", "E_PRIVATE_NET"), ("http://172.31.255.255/", "E_PRIVATE_NET"), ("http://192.168.1.1/", "E_PRIVATE_NET"),
        ("http://169.254.169.254/latest/meta-data/", "E_PRIVATE_NET"), ("http://100.64.0.1/", "E_PRIVATE_NET"),
        ("http://100.100.100.200/", "E_PRIVATE_NET"), ("http://224.0.0.1/", "E_PRIVATE_NET"), ("http://255.255.255.255/", "E_PRIVATE_NET"),
        ("http://240.0.0.1/", "E_PRIVATE_NET"), ("http://198.18.0.1/", "E_PRIVATE_NET"), ("http://192.0.2.1/", "E_PRIVATE_NET"),
        ("http://[::1]/", "E_PRIVATE_NET"), ("http://[::]/", "E_PRIVATE_NET"), ("http://[::ffff:127.0.0.1]/", "E_PRIVATE_NET"),
        ("http://[::ffff:7f00:1]/", "E_PRIVATE_NET"), ("http://[::127.0.0.1]/", "E_PRIVATE_NET"),
        ("http://[64:ff9b::7f00:1]/", "E_PRIVATE_NET"),
        ("http://[64:ff9b::8.8.8.8]/", "E_PRIVATE_NET"), ("http://[2002:7f00:1::]/", "E_PRIVATE_NET"),
        ("http://[2001::1]/", "E_PRIVATE_NET"),
        ("http://[fc00::1]/", "E_PRIVATE_NET"), ("http://[fd00:ec2::254]/", "E_PRIVATE_NET"), ("http://[fe80::1]/", "E_PRIVATE_NET"),
        ("http://[fec0::1]/", "E_PRIVATE_NET"), ("http://[ff02::1]/", "E_PRIVATE_NET"), ("http://[2001:db8::1]/", "E_PRIVATE_NET"),
        ("http://[100::1]/", "E_PRIVATE_NET"), ("http://[4000::1]/", "E_PRIVATE_NET"),
    ])
    func `refuses hostile addresses`(url: String, expected: String) {
        #expect(Self.code(url) == expected)
    }

    @Test(arguments: [
        "http://127.0.0.1:8000/", "http://localhost:9999/", "http://127.200.1.1:22/", "http://[::ffff:127.0.0.1]:81/",
        "http://docs.internal:8080/",
    ])
    func `lets any port pass in allowed networks`(url: String) {
        #expect(Self.code(url, Self.allowing("127.0.0.0/8", "::1/128")) == nil)
    }

    @Test func `an allowed network lets nothing else pass`() {
        let policy = Self.allowing("127.0.0.0/8")
        #expect(Self.code("http://10.0.0.1/", policy) == "E_PRIVATE_NET")
        #expect(Self.code("http://[::1]/", policy) == "E_PRIVATE_NET")
        #expect(Self.code("http://8.8.8.8:8080/", policy) == "E_PORT_DENY")
        #expect(Self.code("http://2130706433/", policy) == "E_HOST_DENY")
    }

    @Test func `lists of hosts decide before names are resolved`() {
        var policy = URLPolicy()
        policy.allowedHosts = ["example.org", "*.example.com"]
        policy.deniedHosts = ["bad.example.com"]
        #expect(Self.code("https://example.org/", policy) == nil)
        #expect(Self.code("https://a.example.com/", policy) == nil)
        #expect(Self.code("https://bad.example.com/", policy) == "E_HOST_DENY")
        #expect(Self.code("https://example.com/", policy) == "E_HOST_DENY")
        #expect(Self.code("https://notexample.org/", policy) == "E_HOST_DENY")
    }

    @Test func `a rejection names field, limit and hint and shows no secret`() throws {
        let url = "https://user:hunter2@example.org/path?token=hunter3#hunter4"
        let rejection = try #require(GateRegistry().evaluate(URLGate(Self.open), url).rejection)
        #expect(rejection.field == "web_url")
        #expect(rejection.hint != nil)
        #expect(!"\(rejection) \(rejection.details) \(rejection.fault)".contains("hunter"))
        let malformed = try #require(GateRegistry().evaluate(URLGate(Self.open), "ftp://u:hunter2@h/?k=hunter3").rejection)
        #expect(malformed.limit == "http, https")
        #expect(!"\(malformed.details)".contains("hunter"))
    }

    @Test(
        arguments: [
            ("8.8.8.8", 443, nil), ("8.8.8.8", 8080, "E_PORT_DENY"), ("127.0.0.1", 80, "E_PRIVATE_NET"), ("::1", 443, "E_PRIVATE_NET"),
            ("10.9.8.7", 1234, nil), ("10.10.0.1", 80, "E_PRIVATE_NET"), ("::ffff:10.9.0.1", 5432, nil),
            ("169.254.169.254", 80, "E_PRIVATE_NET"),
        ] as [(String, Int, String?)])
    func `the address gate decides on what a name resolved to`(address: String, port: Int, expected: String?) throws {
        let endpoint = AddressGate.Endpoint(address: try #require(IPAddress(address)), port: port)
        let result = GateRegistry().evaluate(AddressGate(Self.allowing("10.9.0.0/16")), endpoint)
        #expect(result.rejection?.code.description == expected)
    }

    @Test(
        arguments: [
            ("/next", nil), ("https://other.example/", nil), ("http://127.0.0.1/", "E_REDIRECT_DENY"),
            ("https://127.0.0.1/", "E_PRIVATE_NET"), ("http://169.254.169.254/", "E_REDIRECT_DENY"),
            ("https://169.254.169.254/", "E_PRIVATE_NET"),
            ("http://93.184.216.34/", "E_REDIRECT_DENY"), ("https://93.184.216.34/", nil),
            ("//[::1]/", "E_PRIVATE_NET"), ("file:///etc/passwd", "E_REDIRECT_DENY"), ("http://example.org/", "E_REDIRECT_DENY"),
            ("https://u:p@example.org/", "E_USERINFO"), ("https://example.org/start", "E_REDIRECT_LOOP"), ("", "E_REDIRECT_LOOP"),
            ("https://example.org:8443/", "E_PORT_DENY"),
        ] as [(String, String?)])
    func `redirects are checked hop by hop`(location: String, expected: String?) throws {
        let hop = RedirectGate.Hop(visited: [try SiteURL("https://example.org/start")], location: location)
        #expect(GateRegistry().evaluate(RedirectGate(Self.open), hop).rejection?.code.description == expected)
    }

    @Test func `the sixth redirect is one too many`() throws {
        let visited = try (0...5).map { try SiteURL("https://example.org/\($0)") }
        let fifth = RedirectGate.Hop(visited: Array(visited.dropLast()), location: "/x")
        #expect(GateRegistry().evaluate(RedirectGate(Self.open), fifth).rejection == nil)
        let sixth = RedirectGate.Hop(visited: visited, location: "/x")
        let rejection = GateRegistry().evaluate(RedirectGate(Self.open), sixth).rejection
        #expect(rejection?.code == .redirectDenied)
        #expect(rejection?.limit == "5")
    }
}

extension String {
    /// Argument lists are easier to read with the space in place.
    fileprivate var replacingSpace: String { split(separator: " ").joined(separator: "%20") }
}
