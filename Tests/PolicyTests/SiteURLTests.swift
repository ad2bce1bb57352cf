import Domain
import Testing

@Suite struct `Site addresses` {
    /// The examples of RFC 3986, 5.4, without those for schemes that are not the web's.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"), ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"), ("g#s", "http://a/b/c/g"),
        ("g?y#s", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
        ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"), ("http:g", "http://a/b/c/g"),
        (" \n g \t", "http://a/b/c/g"), ("..\\g", "http://a/b/g"), ("a b", "http://a/b/c/a%20b"), ("%2e%2e/g", "http://a/b/g"),
        ("%zz", "http://a/b/c/%25zz"), ("HTTPS://G:443/", "https://g/"),
    ])
    func `references resolve`(reference: String, expected: String) throws {
        #expect(try SiteURL("http://a/b/c/d;p?q").resolve(reference).description == expected)
    }

    @Test func `an address is not longer than its bound, encoded and resolved too`() throws {
        let base = try SiteURL("http://a/" + String(repeating: "x", count: 1500) + "/page")
        #expect(try base.resolve(String(repeating: "y", count: 500)).description.utf8.count == 2010)
        for reference in [String(repeating: "y", count: 600), "/" + String(repeating: "é", count: 400)] {
            #expect(throws: SiteURL.Invalid.self) { try base.resolve(reference) }
        }
    }

    @Test(arguments: ["mailto:a@b", "javascript:void(0)", "data:,x", "tel:1", "ftp://x/"])
    func `references with other schemes are refused`(reference: String) throws {
        let base = try SiteURL("http://a/")
        #expect(throws: SiteURL.Invalid.self) { try base.resolve(reference) }
    }

    @Test(arguments: [
        ("https://h/a", "https://h/a/"), ("https://h/a?x=1", "https://h/a#f"), ("https://h", "https://h/"),
        ("https://H:443/%61", "https://h/a"),
        ("https://h/a/./b/../c", "https://h/a/c"),
    ])
    func `the key drops fragment, query and trailing slash`(left: String, right: String) throws {
        #expect(try SiteURL(left).normalizedKey == SiteURL(right).normalizedKey)
    }

    @Test(arguments: [
        ("https://h/a", "https://h/b", true), ("http://h/", "https://h/", true), ("http://h:8000/", "http://h:8001/", false),
        ("https://h/", "https://www.h/", false), ("https://h:8443/", "https://h/", false),
    ])
    func `sites are host and port`(left: String, right: String, isSame: Bool) throws {
        #expect(try SiteURL(left).isSameSite(as: SiteURL(right)) == isSame)
    }

    @Test(arguments: [
        ("https://h", "/"), ("https://h/docs", "/docs/"), ("https://h/docs/", "/docs/"), ("https://h/docs/index.html", "/docs/"),
        ("https://h/v1.2", "/v1.2/"), ("https://h/a/b.md", "/a/"),
    ])
    func `the folder of a page is its scope`(url: String, folder: String) throws {
        #expect(try SiteURL(url).folder == folder)
    }

    @Test func `a folder does not hold its namesakes`() throws {
        #expect(try SiteURL("https://h/docs").isInside("/docs/"))
        #expect(try SiteURL("https://h/docs/a").isInside("/docs/"))
        #expect(try !SiteURL("https://h/docs2").isInside("/docs/"))
        #expect(try !SiteURL("https://h/").isInside("/docs/"))
    }

    @Test(arguments: [
        ("bücher", "bcher-kva"), ("пример", "e1afmkfd"), ("例え", "r8jz45g"), ("ünïcödé", "ncd-dma1a7bzb"),
        ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
    ])
    func `punycode goes both ways`(label: String, encoded: String) {
        #expect(Punycode.encode(label) == encoded)
        #expect(Punycode.decode(encoded) == label)
    }

    @Test(arguments: ["999999999", "a-\u{7F}!", "é", "-b-9999999z"])
    func `malformed punycode is refused`(text: String) {
        #expect(Punycode.decode(text) == nil)
    }

    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("::ffff:1.2.3.4", "::ffff:102:304"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1.2.3.4", "1.2.3.4"),
    ])
    func `addresses print in their usual form`(text: String, printed: String) {
        #expect(IPAddress(text)?.description == printed)
    }

    @Test(arguments: [
        "", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "1.2.3", "1.2.3.4.5", "01.2.3.4",
        "1.2.3.256", "::g",
        "fe80::1%eth0", "1:2:3:4:5:6:7::8",
    ])
    func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("fd00::/9", "fd7f::1", true), ("fd00::/9", "fd80::1", false),
        ("127.0.0.0/8", "::ffff:127.0.0.1", true),
        ("0.0.0.0/0", "::1", false),
    ])
    func `networks hold their addresses`(network: String, address: String, isInside: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(#require(IPAddress(address))) == isInside)
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "x/8", "10.0.0.0/-1", "10.0.0.0/8/8", ""])
    func `malformed networks are refused`(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
