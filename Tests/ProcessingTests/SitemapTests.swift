import Testing

@testable import Processing

@Suite struct `Reading sitemaps` {
    private static let space = " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""

    private static func read(_ text: String) -> SitemapDocument? { SitemapDocument(parsing: Array(text.utf8)) }

    @Test func `addresses and dates are read in order, extensions are passed over`() {
        let sitemap = Self.read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <urlset\(Self.space) xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
              <url><loc> https://a.example/x?a=1&amp;b=2 </loc><lastmod>2026-01-02</lastmod><priority>0.5</priority></url>
              <url><image:image><image:loc>https://a.example/i.png</image:loc></image:image><loc><![CDATA[https://a.example/y]]></loc>
                <lastmod>yesterday</lastmod></url>
              <url><lastmod>2026-01-02T03:04:05+01:00</lastmod></url>
              <url><image:loc>https://a.example/no</image:loc></url>
            </urlset>
            """)
        #expect(
            sitemap
                == SitemapDocument(
                    kind: .pages,
                    entries: [
                        .init(location: "https://a.example/x?a=1&b=2", modified: "2026-01-02"), .init(location: "https://a.example/y"),
                    ]))
    }

    @Test func `an index gives sitemaps`() {
        let index = Self.read("<sitemapindex><sitemap><loc>https://a.example/1</loc></sitemap><url><loc>x</loc></url></sitemapindex>")
        #expect(index == SitemapDocument(kind: .sitemaps, entries: [.init(location: "https://a.example/1")]))
    }

    @Test func `a list of addresses is a sitemap`() {
        #expect(
            Self.read("\u{FEFF}https://a.example/1\r\n\n# two\nhttps://a.example/2  \n")
                == SitemapDocument(kind: .pages, entries: [.init(location: "https://a.example/1"), .init(location: "https://a.example/2")]))
        for text in ["", " \n", "https://a.example/1\nnot an address", "User-agent: *", "https://a.example/ two"] {
            #expect(Self.read(text) == nil)
        }
    }

    @Test func `UTF-16 is read as what it is`() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><urlset><url><loc>https://a.example/ü</loc></url></urlset>"
        let bytes: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
        #expect(SitemapDocument(parsing: bytes)?.entries == [.init(location: "https://a.example/ü")])
    }

    /// Text, defect, addresses before it; no defect and no address for what is no sitemap.
    static let hostile: [(String, SitemapDocument.Defect?, Int?)] = [
        ("<urlset><url><loc>https://a/1</loc></url><url><loc>https://a/2</lo", .syntax, 1),
        ("<urlset><url><loc>https://a/1</loc></url></urlset>trailing <", .syntax, 1),
        ("<urlset><url><loc>a &undefined; b</loc></url></urlset>", .syntax, 0),
        (
            "<!DOCTYPE urlset [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><urlset><url><loc>&b;</loc></url></urlset>",
            .documentType, 0
        ),
        ("<!DOCTYPE urlset SYSTEM \"http://169.254.169.254/\"><urlset/>", .documentType, 0),
        ("<!DOCTYPE html><html><body>soft 404", .documentType, 0),
        ("<html><body>soft 404", nil, nil),
        ("<rss><channel/></rss>", nil, nil),
        ("<", nil, nil),
        ("<urlset/>", nil, 0),
        ("<urlset><url><loc>" + String(repeating: "x", count: 100_000) + "</loc></url><url><loc>https://a/1</loc></url></urlset>", nil, 1),
        ("<urlset>" + String(repeating: "<url>", count: 20_000), .depth, 0),
        ("<urlset><url " + crowd(128) + "><loc>https://a/1</loc></url></urlset>", nil, 1),
        ("<urlset><url><loc>https://a/1</loc></url><url " + crowd(129) + "><loc>https://a/2</loc></url></urlset>", .attributes, 1),
        ("<urlset " + crowd(200_000) + "><url><loc>https://a/1</loc></url></urlset>", .attributes, 0),
        ("<urlset " + crowd(200_000), .attributes, 0),
        // What is counted has to be what is parsed: in another encoding, in a comment, behind an error, behind a NUL.
        ("<?xml version='1.0' encoding='UTF-7'?><urlset +ADw-url " + crowd(200_000) + "/></urlset>", .attributes, 0),
        ("<urlset><!-- <url> \" --><url><loc>https://a/1</loc></url><url " + crowd(200_000) + "/></urlset>", .attributes, 1),
        ("<urlset><url><loc>https://a/1</loc></url><x b=c\"><url " + crowd(200_000) + "/>", .syntax, 1),
        ("<urlset><x y='<url " + crowd(200_000, quote: "\"") + "/>", .syntax, 0),
        ("<urlset>\u{0}<url " + crowd(200_000) + "/>", .syntax, 0),
        ("<urlset><url><loc>https://a/\u{0}</loc></url></urlset>", .syntax, 0),
        ("<urlset>" + String(repeating: "<url><loc>https://a/</loc></url>", count: 50_001) + "</urlset>", .entries, 50_000),
        (String(repeating: "https://a.example/\n", count: 50_001), .entries, 50_000),
        ("<url><loc>https://a/1</loc></url>", nil, nil),
    ]

    private static func crowd(_ count: Int, quote: String = "'") -> String {
        (0..<count).map { "a\($0)=\(quote)1\(quote)" }.joined(separator: " ")
    }

    @Test(.timeLimit(.minutes(5)), arguments: hostile.indices)
    func `what is broken or hostile gives what stands before it`(index: Int) {
        let (text, defect, count) = Self.hostile[index]
        let sitemap = Self.read(text)
        #expect(sitemap?.entries.count == count)
        #expect(sitemap?.defect == defect)
    }

    @Test func `more bytes than a sitemap may have are not looked at`() {
        let bytes = [UInt8](repeating: 0x3C, count: SitemapDocument.maximumByteCount + 1)
        #expect(SitemapDocument(parsing: bytes)?.defect == .size)
    }
}
