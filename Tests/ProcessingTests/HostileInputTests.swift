import Domain
import Testing

@testable import Processing

struct HostileInputTests {
    static let inputs: [(name: String, bytes: [UInt8])] = [
        ("deep nesting", Array((String(repeating: "<div>", count: 100_000) + "deep").utf8)),
        ("deep unknown elements", Array((String(repeating: "<x>", count: 50_000) + String(repeating: "</y>", count: 50_000)).utf8)),
        ("deep lists", Array(String(repeating: "<ul><li>a", count: 20_000).utf8)),
        ("deep quotes", Array(String(repeating: "<blockquote>a", count: 20_000).utf8)),
        ("deep tables", Array(String(repeating: "<table><tr><td>a", count: 5_000).utf8)),
        ("deep emphasis", Array(String(repeating: "<b><a href=x>a", count: 20_000).utf8)),
        ("a huge attribute", Array(("<p class=\"" + String(repeating: "a ", count: 1_000_000) + "\">x</p>").utf8)),
        ("many attributes", Array(("<p " + (0..<200_000).map { "a\($0)=1 " }.joined() + ">x</p>").utf8)),
        (
            "many attributes behind an empty script",
            Array(("<script/><p " + (0..<200_000).map { "a\($0)=1 " }.joined() + ">x</p>").utf8)
        ),
        (
            "many attributes behind a comment of another end",
            Array(("<!-- --!><p " + (0..<200_000).map { "a\($0)=1 " }.joined() + ">x</p>").utf8)
        ),
        ("one long line", Array(("<p>" + String(repeating: "word ", count: 1_000_000)).utf8)),
        ("broken UTF-8", [0x3c, 0x70, 0x3e, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x88] + Array("text".utf8)),
        ("NULs", Array("<p>a\0b</p>\0\0<script>\0</script>".utf8)),
        ("unclosed tags", Array("<div><p><a href='x<b <i> <!-- <table><tr><td>text".utf8)),
        ("an unclosed comment", Array(("<p>x</p><!--" + String(repeating: "<!-- ", count: 100_000)).utf8)),
        (
            "an entity bomb",
            Array("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><p>&b;&b;&#x110000;&#0;&unknown;</p>".utf8)
        ),
        ("only angle brackets", Array(String(repeating: "<", count: 200_000).utf8)),
        ("a cell with wide columns", Array("<table><tr><td colspan=99999999>a<td>b</table>".utf8)),
    ]

    @Test(arguments: inputs.indices)
    func `Hostile HTML is read or left out, never fatal`(index: Int) throws {
        let page = try DocumentParser.parse(
            bytes: Self.inputs[index].bytes, contentType: "text/html", charset: "utf-8", url: "https://example.org/x")
        let sections = SectionBuilder.sections(for: page)
        #expect(!sections.isEmpty, "\(Self.inputs[index].name)")
        for section in sections where section.content.utf8.count < 100_000 {
            #expect(!Chunker.chunks(for: section, profile: .approximate).isEmpty)
        }
    }

    static let markdowns: [String] = [
        String(repeating: "> ", count: 20_000) + "x", String(repeating: "[", count: 50_000), String(repeating: "*a_", count: 30_000),
        String(repeating: "- ", count: 10_000), String(repeating: "`", count: 50_000), "---\ntitle: x\n", "!!! note\n",
        String(repeating: "!!! note\n", count: 1000), "/// tip\n/// tip\n```\n", "```", "\u{FEFF}# x",
        "|a|\n|-|\n" + String(repeating: "|", count: 9999),
        String(repeating: "a www.", count: 10_000),
    ]

    @Test(arguments: markdowns.indices)
    func `Hostile Markdown is read or left out, never fatal`(index: Int) throws {
        _ = SectionBuilder.sections(for: try markdownPage(Self.markdowns[index]))
    }

    @Test func `Deep content is kept, without its depth`() throws {
        let page = try DocumentParser.parse(
            bytes: Self.inputs[0].bytes, contentType: "text/html", charset: nil, url: "https://example.org/x")
        #expect(page.blocks.map(\.text) == ["deep"])
    }

    @Test(
        arguments: [
            ("caf\u{e9}", [0x63, 0x61, 0x66, 0xe9], "iso-8859-1"), ("“x”", [0x93, 0x78, 0x94], nil),
            ("caf\u{e9}", [0xef, 0xbb, 0xbf, 0x63, 0x61, 0x66, 0xc3, 0xa9], "iso-8859-1"), ("a\u{FFFD}b", [0x61, 0xff, 0x62], "utf-8"),
            ("hi", [0xff, 0xfe, 0x68, 0, 0x69, 0], nil), ("日本", [0x93, 0xfa, 0x96, 0x7b], "Shift_JIS"), ("x", [0x78], "no-such-charset"),
        ] as [(String, [UInt8], String?)])
    func `The character set is the one of the mark, of HTTP, or the one that fits`(text: String, bytes: [UInt8], charset: String?) throws {
        let page = try DocumentParser.parse(bytes: bytes, contentType: "text/plain", charset: charset, url: "https://example.org/x")
        #expect(page.blocks.map(\.text) == [text])
    }

    @Test func `A meta element names the character set when HTTP does not`() throws {
        let bytes = Array("<meta http-equiv=content-type content='text/html; charset=KOI8-R'><p>".utf8) + [0xc4, 0xc1]
        let page = try DocumentParser.parse(bytes: bytes, contentType: "text/html", url: "https://example.org/x")
        #expect(page.blocks.map(\.text) == ["да"])
    }

    @Test(arguments: ["image/png", "application/pdf", "application/zip"])
    func `Types without text are refused`(type: String) {
        #expect(throws: ProcessingError.self) { try DocumentParser.parse(bytes: [1, 2], contentType: type, url: "https://example.org/x") }
    }
}
