import Domain
import Testing

@Suite struct `Address patterns` {
    @Test(arguments: [
        ("/docs/**", "https://h/docs/a/b", true), ("/docs/**", "https://h/docs", true), ("/docs/**", "https://h/docs/", true),
        ("/docs/**", "https://h/docs2", false), ("/docs/*", "https://h/docs/a", true), ("/docs/*", "https://h/docs/a/", true),
        ("/docs/*", "https://h/docs/a/b", false), ("/docs/?", "https://h/docs/a", true), ("/docs/?", "https://h/docs/ab", false),
        ("tutorial/**", "https://h/x/tutorial/a", true), ("tutorial/**", "https://h/tutorial/a", true),
        ("tutorial/**", "https://h/mytutorial/a", false),
        ("**/api/**", "https://h/api/x", true), ("/a/**/z", "https://h/a/z", true), ("/a/**/z", "https://h/a/b/c/z", true),
        ("/a/**/z", "https://h/a/bz", false), ("*.html", "https://h/a.html", true), ("*.html", "https://h/a/b.html", true),
        ("**.html", "https://h/a/b.html", true),
        ("*/release-notes*", "https://h/release-notes", true),
        ("**", "https://h/anything", true), ("https://h/docs/**", "https://h/docs/a", true),
        ("https://h/docs/**", "http://h/docs/a", false),
        ("http*://h/docs/**", "https://h/docs/a", false), ("/%7euser/*", "https://h/~user/a", true),
        ("/a+b/(c)", "https://h/a+b/(c)", true),
        ("/Docs/*", "https://h/docs/a", false), ("/a b".split(separator: " ").joined(separator: "%20"), "https://h/a%20b", true),
    ])
    func `stars and question marks`(pattern: String, url: String, matches: Bool) throws {
        #expect(try URLPattern(pattern).matches(SiteURL(url)) == matches)
    }

    @Test(arguments: [
        "", "a b", "/***", "/[ab]", "/{a,b}", "/a\\b", "/\u{7}", String(repeating: "x", count: 1025), String(repeating: "*a", count: 40),
    ])
    func `bad patterns say what is wrong`(pattern: String) throws {
        let error = #expect(throws: URLPattern.Invalid.self) { try URLPattern(pattern) }
        #expect(error?.reason.isEmpty == false)
        #expect((error?.pattern.count ?? 0) <= 100)
    }

    @Test func `a pattern full of stars stays cheap`() throws {
        let pattern = try URLPattern(String(repeating: "*a", count: 16) + "b")
        let url = try SiteURL("https://h/" + String(repeating: "a", count: 1900))
        #expect(!pattern.matches(url))
    }
}
