import Domain
import Testing

@testable import Processing

struct SectionTests {
    /// A page with `words` words under each of its headings.
    private func long(_ headings: [String], words: Int, intro: Int = 20) throws -> PageContent {
        func text(_ word: String, _ count: Int) -> String {
            "<p>" + (0..<count).map { "\(word)\($0)" }.joined(separator: " ") + "</p>"
        }
        let body = headings.enumerated().map { $1 + text("w\($0)x", words) }.joined()
        return try page("<main><h1>Page</h1>\(text("intro", intro))\(body)</main>", url: "https://example.org/docs/page/?q=1")
    }

    @Test func `A short page is one flat section at the path of its address`() throws {
        let sections = SectionBuilder.sections(for: try long(["<h2>A</h2>", "<h2>B</h2>"], words: 100))
        #expect(sections.map(\.path) == ["/docs/page"])
        #expect(sections[0].content.contains("## A") && sections[0].content.contains("## B"))
        #expect(sections[0].parentPath == nil && sections[0].level == 0 && sections[0].summary.count <= 240)
    }

    @Test func `A long page is split at its headings, and the root keeps the introduction`() throws {
        let page = try long(["<h2 id='first'>A</h2>", "<h3>B</h3>", "<h2>B</h2>"], words: 1600)
        let sections = SectionBuilder.sections(for: page)
        #expect(sections.map(\.path) == ["/docs/page", "/docs/page#first", "/docs/page#b", "/docs/page#b-2"])
        #expect(sections.map(\.headingPath) == [["Page"], ["Page", "A"], ["Page", "A", "B"], ["Page", "B"]])
        #expect(sections.map(\.parentPath) == [nil, "/docs/page", "/docs/page", "/docs/page"])
        #expect(sections[1].url == "https://example.org/docs/page/?q=1#first")
        #expect(sections[0].content.hasPrefix("# Page\n\nintro0"))
    }

    @Test func `An identifier that is too long for an index gives way to the heading's words`() throws {
        let page = try long(
            ["<h2 id='\(String(repeating: "x", count: 201))'>A b</h2>", "<h2 id='\(String(repeating: "y", count: 200))'>B</h2>"],
            words: 1600)
        let anchors = SectionBuilder.sections(for: page).dropFirst().map { String($0.path.drop { $0 != "#" }) }
        #expect(anchors == ["#a-b", "#" + String(repeating: "y", count: 200)])
    }

    @Test func `Small pieces are joined until they have the threshold, and H4 never splits`() throws {
        let page = try long(["<h2>A</h2>", "<h2>B</h2>", "<h4>C</h4>", "<h2>D</h2>", "<h2>E</h2>"], words: 500)
        let sections = SectionBuilder.sections(for: page)
        #expect(sections.map(\.title) == ["Page", "A", "D"])
    }

    @Test func `A page without headings gives a root, also when it is long`() throws {
        let page = try page("<main><p>\(String(repeating: "word ", count: 2000))</p></main>", url: "https://example.org/x")
        #expect(SectionBuilder.sections(for: page).map(\.path) == ["/x"])
    }

    @Test func `An empty page gives a root with an empty child named content`() throws {
        let sections = SectionBuilder.sections(for: try page("", url: "https://example.org/"))
        #expect(sections.map(\.path) == ["/", "/#content"])
        #expect(sections.map(\.content) == ["", ""])
        #expect(sections[1].title == "content")
    }

    @Test(arguments: [1, 7, 60, 400, 1600])
    func `No content is lost by splitting, and two runs agree`(size: Int) throws {
        let headings = (0..<12).map { "<h\($0 % 5 + 1)>Heading number\($0)</h\($0 % 5 + 1)>" }
        let page = try long(headings, words: size)
        let sections = SectionBuilder.sections(for: page)
        #expect(words(sections.map(\.content).joined(separator: "\n")) == words(page.blocks.markdown))
        #expect(Set(sections.map(\.path)).count == sections.count)
        #expect(SectionBuilder.sections(for: try long(headings, words: size)) == sections)
    }

    @Test func `The checksum follows title, content, level and address`() throws {
        func checksum(_ html: String, _ url: String) throws -> [UInt8] {
            SectionBuilder.sections(for: try page(html, url: url))[0].checksum
        }
        let html = "<main><h1>A</h1><p>x</p></main>"
        let base = try checksum(html, "https://example.org/a")
        #expect(try checksum("<nav>n</nav>" + html + " ", "https://example.org/a") == base)
        #expect(try checksum(html, "https://example.org/b") != base)
        #expect(try checksum("<main><h1>A</h1><p>y</p></main>", "https://example.org/a") != base)
        #expect(try checksum("<main><h1>B</h1><p>x</p></main>", "https://example.org/a") != base)
        // Where a link leads and what is bold is no text; what a chunk shows of code is.
        func linked(_ target: String) throws -> [UInt8] {
            try checksum("<main><h1>A</h1><p><a href=\"\(target)\">x</a></p></main>", "https://example.org/a")
        }
        #expect(try linked("/one") == base && linked("/two") == base)
        func code(_ language: String) throws -> [UInt8] {
            try checksum("<main><h1>A</h1><pre><code class=\"language-\(language)\">x</code></pre></main>", "https://example.org/a")
        }
        #expect(try code("c") != code("d"))
    }

    @Test func `Navigation that repeats over pages is left out, prose that repeats stays`() throws {
        var detector = BoilerplateDetector()
        let pages = try (0..<6).map { number in
            try page(
                """
                <body><div><ul><li><a href="/a">Alpha</a></li><li><a href="/b">Beta</a></li></ul>
                <p>The same sentence, with <a href="/c">a link</a>, everywhere in the text.</p><p>Page \(number) text</p></div></body>
                """)
        }
        for page in pages.dropLast(2) { detector.add(page.fingerprints) }
        #expect(detector.frozen().isEmpty)
        for page in pages.suffix(2) { detector.add(page.fingerprints) }
        let section = SectionBuilder.sections(for: pages[0], boilerplate: detector.frozen())[0]
        #expect(!section.content.contains("Alpha") && !section.content.contains("Beta"))
        #expect(section.content.contains("The same sentence") && section.content.contains("Page 0 text"))
    }

    @Test func `A page survives being serialized, and broken bytes are refused`() throws {
        let page = try long(["<h2 id='a'>A</h2><ul><li><a href='/x'>x</a></li></ul><pre>c</pre>"], words: 10)
        let bytes = page.serialized()
        #expect(PageContent(serialized: bytes) == page)
        for length in 0..<bytes.count { #expect(PageContent(serialized: Array(bytes.prefix(length))) == nil) }
        #expect(PageContent(serialized: bytes + [0]) == nil)
    }
}
