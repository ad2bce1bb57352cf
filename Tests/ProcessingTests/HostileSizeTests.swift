import Domain
import Synchronization
import Testing

@testable import Processing

/// Small pages that once took minutes or gigabytes. The time limits are far above what the reading takes on a slow machine.
@Suite(.timeLimit(.minutes(5))) struct HostileSizeTests {
    private static let size = 1 << 19

    private static func filled(_ piece: String, _ size: Int = size) -> String { String(repeating: piece, count: size / piece.utf8.count) }

    @Test(
        arguments: [("WINDOWS-1252", [0x81]), ("SHIFT_JIS", [0x81]), ("EUC-JP", [0xFF]), ("UTF-16LE", [0x00, 0xD8])] as [(String, [UInt8])])
    func `Bytes that are none of the character set are replaced one by one`(charset: String, bytes: [UInt8]) {
        let count = 1 << 18
        let text = CharsetConverter.utf8(from: (0..<count).map { bytes[$0 % bytes.count] }, charset: charset) ?? []
        // Two of the byte are a letter in one of them; after the first step the bytes of UTF-16 are letters.
        #expect(text.starts(with: "\u{FFFD}".utf8) || charset == "SHIFT_JIS")
        #expect(text.count >= count / 2)
    }

    @Test func `A character at the edge of a window is read whole`() throws {
        for offset in 0..<4 {
            let bytes = [UInt8](repeating: 0x61, count: 16_381 + offset) + [0x93, 0xfa, 0x96, 0x7b, 0x81]
            let text = CharsetConverter.utf8(from: bytes, charset: "SHIFT_JIS").map { String(decoding: $0, as: UTF8.self) }
            #expect(text?.hasSuffix("a日本") == true)
        }
    }

    // MARK: Chunks

    private final class Counter: Sendable {
        let bytes = Atomic(0)
    }

    /// Bytes that the tokenizer saw for each byte of the page.
    private func tokenized(_ html: String, limit: Int = 256) throws -> (chunks: [ChunkDraft], share: Int) {
        let seen = Counter()
        let profile = ChunkProfile(tokenLimit: limit) { text in
            _ = seen.bytes.wrappingAdd(text.utf8.count, ordering: .relaxed)
            return (text.utf8.count + 3) / 4
        }
        let page = try page("<main>\(html)</main>")
        let chunks = SectionBuilder.sections(for: page).flatMap { Chunker.chunks(for: $0, profile: profile) }
        return (chunks, seen.bytes.load(ordering: .relaxed) / html.utf8.count)
    }

    private static let unspaced: [(String, String)] = [
        ("a run without spaces", "<p>" + filled("x", 1 << 16)), ("a run of code without spaces", "<pre>" + filled("x", 1 << 16)),
        ("short words", "<p>" + filled("a ", 1 << 16)),
        ("short sentences", "<p>" + filled("a. ", 1 << 16)), ("short lines", "<pre>" + filled("a\n", 1 << 16)),
        ("a long heading", "<h1>" + filled("x", 1 << 16) + "</h1><p>" + filled("y", 1 << 16)),
        ("long headings", filled("<h2>" + filled("a b ", 20_000) + "</h2><p>text", 1 << 16)),
        ("words and runs", "<p>" + filled(filled("a ", 2000) + filled("x", 20_000), 1 << 16)),
    ]

    @Test(arguments: unspaced.indices)
    func `What the tokenizer sees grows with the text and not with its square`(index: Int) throws {
        let (name, html) = Self.unspaced[index]
        let (chunks, share) = try tokenized(html)
        #expect(share < 60, "\(name)")
        #expect(chunks.allSatisfy { $0.tokenCount <= 256 }, "\(name)")
    }

    @Test func `A long heading is cut and goes on as a paragraph, and no chunk repeats it whole`() throws {
        let words = (0..<2000).map { "word\($0)" }.joined(separator: " ")
        let page = try page("<head><title>\(Self.filled("t"))</title></head><body><main><h2 id=a>\(words)</h2><p>text</p></main>")
        #expect(page.title.utf8.count <= HeadingCleaner.longest)
        try #require(page.blocks.map(\.kind) == [.heading(level: 2), .paragraph, .paragraph])
        #expect(page.blocks[0].text.utf8.count <= HeadingCleaner.longest)
        #expect(page.blocks[0].anchor == "a")
        #expect(page.blocks[0].text + " " + page.blocks[1].text == words)
        let deep = (0..<100).map { _ in "<dl><dt class='sig' id='\(Self.filled("i", 5000))'>\(words)</dt><dd>" }.joined()
        let (chunks, _) = try tokenized(deep + Self.filled("some text. ", 20_000))
        #expect(chunks.allSatisfy { $0.headingPath.reduce(0) { $0 + $1.utf8.count } < 10_000 })
        #expect(chunks.allSatisfy { $0.anchor.utf8.count <= 1024 })
    }

    // MARK: Blocks

    private static let crowded: [(String, String)] = [
        ("definitions without terms", "<dl>" + filled("<dd>a")),
        ("definitions behind other elements", "<dl>" + filled("<b></b>") + filled("<dd>a")),
        ("items behind other elements", "<ul>" + filled("<b/>") + filled("<li>a")),
        ("marks within marks", String(repeating: "<b>", count: 190) + filled("a")),
        ("links within links", filled("<a href=/x>a", 2000) + filled("b")),
    ]

    @Test(arguments: crowded.indices)
    func `Elements with many children or parents are read in one pass`(index: Int) throws {
        let (name, html) = Self.crowded[index]
        #expect(try !markdown(html).isEmpty, "\(name)")
    }

    private static let multiplied: [(String, String, Int)] = [
        ("wide cells", "<table>" + filled("<tr><td colspan=99>a<td>b"), 4),
        ("one wide row", "<table><tr>" + filled("<td>", 400) + "a" + filled("<tr><td>b<td>"), 3),
        ("cells within cells", "<table><tr><td>x<td>" + filled("<div><td>", 9 * 95) + filled("text ", 1 << 17), 20),
        ("quotes around lines", String(repeating: "<blockquote>", count: 190) + "<pre>" + filled("a\n"), 15),
        ("items around lines", String(repeating: "<ol start=999999999><li>", count: 95) + "<pre>" + filled("a\n"), 28),
    ]

    @Test(arguments: multiplied.indices)
    func `A page becomes a small multiple of its size`(index: Int) throws {
        let (name, html, most) = Self.multiplied[index]
        let page = try page("<main>\(html)</main>")
        let size = page.blocks.reduce(0) { $0 + $1.markdown.utf8.count + $1.text.utf8.count }
        #expect(size > 0 && size <= most * html.utf8.count, "\(name): \(size) bytes of \(html.utf8.count)")
    }

    @Test func `Quotes and lists are shown up to twelve deep`() throws {
        #expect(try markdown(String(repeating: "<blockquote>", count: 40) + "a") == String(repeating: "> ", count: 12) + "a")
        #expect(try markdown(String(repeating: "<ul><li>", count: 12) + "a").hasSuffix("- a"))
    }

    @Test func `A page has a bounded number of links`() throws {
        let links = try page((0..<30_000).map { "<a href=/\($0)>" }.joined()).links
        #expect(links.count == PageMetadata.maximumLinks)
        #expect(links.first == "https://example.org/0")
    }

    // MARK: Forms

    @Test func `A form around the page is no reason to leave the page out`() throws {
        let page = try page("<body><form><h1>T</h1><p>text</p><input name=x><button>Go</button></form></body>")
        #expect(page.title == "T")
        #expect(page.blocks.map(\.text) == ["T", "text"])
        #expect(try markdown("<form><label>Search</label><input></form><p>text</p>") == "text")
    }
}
