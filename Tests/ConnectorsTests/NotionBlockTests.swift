import Domain
import TestSupport
import Testing

@Suite struct `Blocks of Notion` {
    private static func rich(_ texts: String...) -> String { #""rich_text":[\#(texts.joined(separator: ","))]"# }
    private static let link = "https://www.notion.so" + NotionWorkspace.path(7)

    /// The Markdown of a page with `blocks`, without its title.
    private func markdown(_ blocks: [String], inside: [Int: [String]] = [:]) async throws -> String {
        let notion = NotionStandIn()
        notion.save(page: 1, title: "T", blocks: blocks.joined(separator: ","))
        for (number, children) in inside { notion.save(blocks: children.joined(separator: ","), inside: number) }
        return try await NotionWorkspace.with(notion) { _, walk, _ in
            let report = try await walk.run()
            let text = String(decoding: try #require(report.pages.first).body, as: UTF8.self)
            return String(text.dropFirst("# T\n\n".count).dropLast())
        }
    }

    @Test(arguments: [
        (NotionStandIn.block(100, "paragraph", text: "a *b* [c] #d 1. <e>"), "a \\*b\\* \\[c\\] \\#d 1. \\<e\\>"),
        (NotionStandIn.block(100, "paragraph", text: "1. - x"), "1\\. - x"), (NotionStandIn.block(100, "heading_1", text: "One"), "## One"),
        (NotionStandIn.block(100, "heading_3", text: "Three"), "#### Three"), (NotionStandIn.block(100, "quote", text: "Q"), "> Q"),
        (NotionStandIn.block(100, "callout", rich(NotionStandIn.text("Mind")) + #","icon":{"type":"emoji","emoji":"💡"}"#), "> 💡 Mind"),
        (NotionStandIn.block(100, "to_do", rich(NotionStandIn.text("Do")) + #","checked":true"#), "- [x] Do"),
        (
            NotionStandIn.block(100, "code", rich(NotionStandIn.text("let a = `b`")) + #","caption":[],"language":"swift""#),
            "```swift\nlet a = `b`\n```"
        ),
        (NotionStandIn.block(100, "code", rich(NotionStandIn.text("```")) + #","language":"plain text""#), "````\n```\n````"),
        (NotionStandIn.block(100, "equation", #""expression":"E = mc^2""#), "$$\nE = mc^2\n$$"),
        (NotionStandIn.block(100, "divider", ""), "---"),
        (NotionStandIn.block(100, "bookmark", #""caption":[],"url":"https://example.org/a""#), "<https://example.org/a>"),
        (
            NotionStandIn.block(100, "embed", #""caption":[\#(NotionStandIn.text("Demo"))],"url":"https://example.org/""#),
            "Demo <https://example.org/>"
        ),
        (
            NotionStandIn.block(
                100, "image", #""caption":[\#(NotionStandIn.text("Map"))],"type":"file","file":{"url":"https://s3/x?sig=1"}"#), "Map"
        ),
        (NotionStandIn.block(100, "link_to_page", #""type":"page_id","page_id":"\#(NotionStandIn.id(7))""#), "<\(link)>"),
        (NotionStandIn.block(7, "child_database", #""title":"Tasks""#), "[Tasks](<\(link)>)"),
        (NotionStandIn.block(100, "later_type", #""rich_text":"no list""#), ""), (NotionStandIn.block(100, "table_of_contents", ""), ""),
    ])
    func `each type has its Markdown`(block: String, expected: String) async throws {
        let text = try await markdown([block])
        #expect(text == expected)
    }

    @Test func `runs keep their marks and links, and neighbors that look the same are one`() async throws {
        let bold = #""bold":true,"italic":false,"strikethrough":false,"code":false"#
        let both = #""bold":true,"italic":true,"strikethrough":true,"code":false"#
        let code = #""bold":false,"italic":false,"strikethrough":false,"code":true"#
        let text = try await markdown([
            NotionStandIn.block(
                100, "paragraph",
                Self.rich(
                    NotionStandIn.text("a "), NotionStandIn.text("b", annotations: bold), NotionStandIn.text("c ", annotations: bold),
                    NotionStandIn.text("d", annotations: both), NotionStandIn.text(" "), NotionStandIn.text("e`f", annotations: code),
                    NotionStandIn.text(" "), NotionStandIn.text("g", href: "https://example.org/x#y"), NotionStandIn.text(" "),
                    NotionStandIn.text("h", href: "/Some-title-\(NotionWorkspace.path(7).dropFirst())"),
                    NotionStandIn.text("i", href: "javascript:x"),
                    #"{"type":"equation","equation":{"expression":"x_1"},"plain_text":"x_1","href":null}"#))
        ])
        #expect(text == "a **bc** ***~~d~~*** ``e`f`` [g](<https://example.org/x#y>) [h](<\(Self.link)>)i$x_1$")
    }

    @Test func `lists nest, numbers count, and what is inside of a block stays inside`() async throws {
        let text = try await markdown(
            [
                NotionStandIn.block(100, "numbered_list_item", text: "one"),
                NotionStandIn.block(101, "numbered_list_item", text: "two", hasChildren: true),
                NotionStandIn.block(102, "bulleted_list_item", text: "dot"),
                NotionStandIn.block(103, "toggle", text: "More", hasChildren: true),
                NotionStandIn.block(104, "quote", text: "Q", hasChildren: true),
                NotionStandIn.block(105, "column_list", "", hasChildren: true),
            ],
            inside: [
                101: [NotionStandIn.block(110, "bulleted_list_item", text: "deep", hasChildren: true)],
                110: [NotionStandIn.block(111, "paragraph", text: "deeper")], 103: [NotionStandIn.block(112, "paragraph", text: "hidden")],
                104: [NotionStandIn.block(113, "paragraph", text: "R")],
                105: [
                    NotionStandIn.block(114, "column", "", hasChildren: true), NotionStandIn.block(115, "column", "", hasChildren: true),
                ],
                114: [NotionStandIn.block(116, "paragraph", text: "left")], 115: [NotionStandIn.block(117, "paragraph", text: "right")],
            ])
        #expect(
            text == """
                1. one
                2. two

                   - deep

                     deeper
                - dot

                More

                hidden

                > Q
                >
                > R

                left

                right
                """)
    }

    @Test func `tables have a head, with or without one of their own`() async throws {
        func row(_ number: Int, _ cells: String...) -> String {
            NotionStandIn.block(number, "table_row", #""cells":[\#(cells.map { "[\(NotionStandIn.text($0))]" }.joined(separator: ","))]"#)
        }
        for (hasHead, expected) in [
            (true, "| a | b |\n| --- | --- |\n| 1 \\| 2 | 3 |"), (false, "|  |  |\n| --- | --- |\n| a | b |\n| 1 \\| 2 | 3 |"),
        ] {
            let text = try await markdown(
                [NotionStandIn.block(100, "table", #""table_width":2,"has_column_header":\#(hasHead)"#, hasChildren: true)],
                inside: [100: [row(101, "a", "b"), row(102, "1 | 2", "3")]])
            #expect(text == expected)
        }
    }

    @Test func `a synced block shows its original, or nothing when that is not shared`() async throws {
        let text = try await markdown(
            [
                NotionStandIn.block(100, "synced_block", #""synced_from":null"#, hasChildren: true),
                NotionStandIn.block(
                    101, "synced_block", #""synced_from":{"type":"block_id","block_id":"\#(NotionStandIn.id(100))"}"#, hasChildren: true),
                NotionStandIn.block(
                    102, "synced_block", #""synced_from":{"type":"block_id","block_id":"\#(NotionStandIn.id(999))"}"#, hasChildren: true),
            ], inside: [100: [NotionStandIn.block(110, "paragraph", text: "once")]])
        #expect(text == "once\n\nonce")
    }
}
