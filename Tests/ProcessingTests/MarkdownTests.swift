import Domain
import Testing

@testable import Processing

struct MarkdownTests {
    @Test(arguments: [
        ("# A\n\nText with `code`.", "# A\n\nText with `code`."),
        ("# A { #anchor }\n\nx", "# A\n\nx"),
        ("---\ntitle: T\n---\nBody", "Body"),
        ("!!! tip \"Hint\"\n    Do it.\n\nNot in it.", "> **Hint**\n>\n> Do it.\n\nNot in it."),
        ("/// warning | Careful\n\nHot.\n\n///\n\nEnd.", "> **Careful**\n>\n> Hot.\n\nEnd."),
        ("| A | B |\n|---|---|\n| 1 | 2 |", "| A | B |\n| --- | --- |\n| 1 | 2 |"),
        ("```python\n!!! note\n    x\n```", "```python\n!!! note\n    x\n```"),
        ("- [ ] todo\n- [x] done", "- [ ] todo\n- [x] done"),
        ("~~old~~ <https://a.b/c>", "~~old~~ [https://a.b/c](https://a.b/c)"),
        ("See [it](other.md#x).", "See [it](https://example.org/docs/other.md#x)."),
        ("A <b>bold</b> word\n\n<div class=\"note\">\n<p>n</p>\n</div>", "A **bold** word\n\n> n"),
    ])
    func `Markdown becomes the same blocks as HTML`(source: String, expected: String) throws {
        #expect(try markdownPage(source).blocks.markdown == expected)
    }

    @Test func `Attribute lists name the anchor, and front matter the title`() throws {
        let page = try markdownPage("---\ntitle: \"Front\"\n---\n## Install { #setup .wide }\n\n### Next {: #next }\n")
        #expect(page.title == "Front")
        #expect(page.blocks.map(\.anchor) == ["setup", "next"])
        #expect(page.blocks.map(\.text) == ["Install", "Next"])
    }

    @Test func `Plain text is paragraphs and indented code`() throws {
        let page = try DocumentParser.parse(
            bytes: Array("Title\n\nFirst line\nsecond *line*.\n\n    code here\n".utf8), contentType: "text/plain",
            url: "https://example.org/a.txt")
        #expect(page.title == "Title")
        #expect(page.blocks.markdown == "Title\n\nFirst line second \\*line\\*.\n\n```\n    code here\n```")
    }
}
