import Domain

@testable import Connectors
@testable import Inference
@testable import Processing

extension FuzzTarget {
    /// libxml2: a page to sections and chunks.
    static let html = FuzzTarget(
        "html",
        [
            "<!DOCTYPE html><html><head><meta charset=utf-8><title>T</title><link rel=canonical href=/x></head><body><nav><a href=/>n</a></nav><main><h1 id=a>A</h1><p>one <code>two</code><pre><code class='language-c'>int x;</code></pre><h2 id=b>B</h2><table><tr><th>h<td colspan=2>d</table><ul><li>a<ol><li>b</ul></main>",
            "<meta http-equiv=content-type content='text/html; charset=shift_jis'><p>\u{FFFD}&amp;&#x110000;&#0;&nbsp;",
            "<div><p><a href='x<b <i> <!-- <table>",
            "<script>\0</script><style>a</style><dl><dt>t<dd>d</dl><blockquote>q</blockquote><img alt=a><svg><title>x</title></svg>",
        ],
        run: { bytes in read(bytes, "text/html") })

    /// cmark-gfm, then libxml2: a page to sections and chunks.
    static let markdown = FuzzTarget(
        "markdown",
        [
            "---\ntitle: x\n---\n# A {#a}\n\ntext `code` [l](/u \"t\") ![i](/s)\n\n```swift\nlet x = 1\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n- [ ] a\n  1. b\n",
            "!!! note \"T\"\n    body\n\n/// tip\nx\n///\n\n> q\n> > r\n\nA\n===\nB\n---\n[^1]: f\n\n<div markdown>*x*</div>\n~~s~~ www.a.b",
            "```\n", "{* a *}\n:::x\n",
        ],
        run: { bytes in read(bytes, "text/markdown") })

    private static func read(_ bytes: [UInt8], _ type: String) {
        guard let page = try? DocumentParser.parse(bytes: bytes, contentType: type, url: "https://example.org/a/b") else { return }
        for section in SectionBuilder.sections(for: page) { _ = Chunker.chunks(for: section, profile: .approximate) }
    }

    /// Addresses of sites, and links on them. The text of an address must be read as the same address.
    static let siteURL = FuzzTarget(
        "url",
        [
            "https://user:pw@Example.COM:443/a/../b/%2e/%41?x=1#f", "http://[::ffff:127.0.0.1]:80/", "http://0x7f.1/",
            "https://bücher.example/ü",
            "//host/p", "../x?y", "?q", "https://xn--bcher-kva.example./", "https://*.example.com/**/a*?",
        ],
        run: { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? URLPattern(text)
            _ = IPNetwork(text)
            if let url = try? SiteURL(text) {
                precondition((try? SiteURL(url.description))?.description == url.description, "An address is not its own text.")
            }
            if let base = try? SiteURL("https://example.org/a/b?c") { _ = try? base.resolve(text) }
        })

    /// robots.txt, asked about addresses.
    static let robots = FuzzTarget(
        "robots",
        [
            "User-agent: *\nDisallow: /a\nAllow: /a/*b$\nCrawl-delay: 1.5\n\nUser-agent: Portolan/1\nuser-agent: x\nDisallow:\nSitemap: y\n",
            "\u{FEFF}user-agent : *\rdisallow : %zz/**/**/*$\r\n# c\nCrawl-delay: 1e999\n",
        ],
        run: { bytes in
            let rules = RobotsRules(bytes, agent: "portolan")
            for path in ["/", "/a/b", "/a/x/b?c=d", "/%7Ea/aaaaaaaaaaaaaaaaaaaa"] {
                if let url = try? SiteURL("https://example.org" + path) { _ = rules.allows(url) }
            }
        })

    /// Sitemaps, by libxml2 and as lists: never more addresses than a file may have, and none that is longer than it may be.
    static let sitemap = FuzzTarget(
        "sitemap",
        [
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://a/?b&amp;c</loc><lastmod>2026-01-02T03:04:05Z</lastmod></url></urlset>",
            "<sitemapindex><sitemap><loc><![CDATA[https://a/1.xml]]></loc></sitemap></sitemapindex>",
            "<!DOCTYPE u [<!ENTITY x 'y'>]><urlset><url><loc>&x;&#1;</loc></url></urlset>", "https://a/1\n# b\r\nhttps://a/2",
        ],
        run: { bytes in
            guard let sitemap = SitemapDocument(parsing: bytes) else { return }
            precondition(sitemap.entries.count <= SitemapDocument.maximumEntries, "More addresses than a sitemap may have.")
            precondition(sitemap.entries.allSatisfy { $0.location.utf8.count <= 8192 }, "An address is too long.")
        })

    private static let pieces = WordPieceSample.tokenizer

    /// The tokenizer: never more pieces than asked for, and places in order.
    static let wordPiece = FuzzTarget(
        "word-piece",
        [
            "Hello, wörld! [SEP] [MASK]un##able 漢字\u{0301}e\u{301} \u{AD}\0\u{200B}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
            "e\u{0323}\u{0307}\u{1100}\u{1161}",
        ],
        run: { bytes in
            guard let tokenizer = pieces else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            let cut = tokenizer.encode(text, limit: 16)
            precondition((2...16).contains(cut.count), "More pieces than asked for.")
            let all = tokenizer.pieces(of: text).ids
            precondition(Array(cut.dropFirst().dropLast()) == Array(all.prefix(cut.count - 2)), "A cut text has other pieces.")
        })
}

/// A small vocabulary with every shape of piece.
private enum WordPieceSample {
    static let tokenizer: WordPiece? = {
        let pieces =
            [
                "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "wor", "##ld", "un", "##able", "漢", "字", "e", "##e", "!", ",", "#",
                "[", "]",
            ]
            + (97...122).map { String(UnicodeScalar($0)) }.filter { $0 != "e" }
            + (97...121).map { "##" + String(UnicodeScalar($0)) }.filter { $0 != "##e" }
        return (try? Vocabulary(content: Array(pieces.joined(separator: "\n").utf8), limit: 1000)).map(WordPiece.init)
    }()
}
