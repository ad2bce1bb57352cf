import Domain

/// Writes blocks as Markdown.
enum NotionMarkdown {
    /// Blocks one below the other, with a blank line between those that are not items of one list.
    static func text(_ blocks: [NotionBlock]) -> String {
        var output: [String] = []
        var number = 0
        var isTight = false
        for block in blocks where !block.isGone {
            number = block.type == "numbered_list_item" ? number + 1 : 0
            let text = text(block, number: number)
            guard !text.isEmpty else { continue }
            let isItem = block.type.hasSuffix("_list_item") || block.type == "to_do"
            if !output.isEmpty { output.append(isItem && isTight ? "\n" : "\n\n") }
            output.append(text)
            isTight = isItem
        }
        return output.joined()
    }

    private static func text(_ block: NotionBlock, number: Int) -> String {
        let rich = block.payload?.rich_text ?? []
        let inside = text(block.children)
        switch block.type {
        case "heading_1", "heading_2", "heading_3", "heading_4":
            // One level lower: the title of the page is the only one of the first.
            let marks = String(repeating: "#", count: min(6, 1 + (Int(block.type.suffix(1)) ?? 1)))
            return MarkdownText.joined(rich.line.isEmpty ? "" : "\(marks) \(rich.line)", inside)
        case "bulleted_list_item": return MarkdownText.item("- ", rich.markdown, inside)
        case "numbered_list_item": return MarkdownText.item("\(number). ", rich.markdown, inside)
        case "to_do": return MarkdownText.item(block.payload?.checked == true ? "- [x] " : "- [ ] ", rich.markdown, inside, width: 2)
        case "quote": return MarkdownText.prefixed(MarkdownText.joined(rich.markdown, inside), "> ")
        case "callout":
            let icon = block.payload?.icon?.emoji.map { "\($0) " } ?? ""
            return MarkdownText.prefixed(MarkdownText.joined(icon + rich.markdown, inside), "> ")
        case "code":
            let language = block.payload?.language
            return MarkdownText.joined(
                MarkdownText.fenced(rich.plain, language: language == "plain text" ? nil : language),
                (block.payload?.caption ?? []).markdown)
        case "equation": return block.payload?.expression.map { "$$\n\($0)\n$$" } ?? ""
        case "divider": return "---"
        case "table": return table(block)
        case "child_page", "child_database": return link(block.payload?.title ?? "Untitled", NotionLocation.page(block.id)?.description)
        case "link_to_page":
            let target = NotionLocation.page(block.payload?.page_id ?? block.payload?.database_id)?.description
            return link(target ?? "", target)
        case "bookmark", "embed", "link_preview", "image", "video", "audio", "pdf", "file": return media(block)
        case "table_of_contents", "breadcrumb", "unsupported": return ""
        default: return MarkdownText.joined(rich.markdown, inside)
        }
    }

    private static func table(_ block: NotionBlock) -> String {
        var rows = block.children.filter { $0.type == "table_row" }.map { ($0.payload?.cells ?? []).map(\.line) }
        let width = rows.map(\.count).max() ?? 0
        guard width > 0 else { return "" }
        if block.payload?.has_column_header != true { rows.insert([], at: 0) }
        return MarkdownText.table(head: rows[0], Array(rows.dropFirst()), width: width)
    }

    /// A link to what the block shows. Files that Notion keeps have addresses that expire within the hour: their names stay.
    private static func media(_ block: NotionBlock) -> String {
        let target = block.payload?.url ?? block.payload?.external?.url
        let caption = (block.payload?.caption ?? []).line
        if !caption.isEmpty { return target.flatMap(Self.target).map { "\(caption) <\($0)>" } ?? caption }
        return link(block.payload?.name ?? target ?? "", target)
    }

    private static func link(_ name: String, _ target: String?) -> String {
        let text = MarkdownText.escaped(name[...], startsLine: true)
        guard let target = target.flatMap(Self.target) else { return text }
        return text.isEmpty || name == target ? "<\(target)>" : "[\(text)](<\(target)>)"
    }

    /// The target of a link; pages of Notion have one address each, whatever title stood in it.
    static func target(_ href: String) -> String? {
        let url: SiteURL?
        if href.hasPrefix("/") {
            url = try? SiteURL("https://www.notion.so" + href)
        } else {
            url = try? SiteURL(href)
        }
        guard let url else { return href.hasPrefix("mailto:") && !href.contains { $0.isWhitespace || "<>".contains($0) } ? href : nil }
        if ["www.notion.so", "notion.so", "app.notion.com"].contains(url.host.text),
            let id = url.path.split(separator: "/").last.flatMap({ NotionID(endOf: $0) })
        {
            return NotionLocation.page(id)?.description
        }
        let fragment = href.firstIndex(of: "#").map { href[$0...].filter { $0.isASCII && !$0.isWhitespace && !"<>".contains($0) } }
        return url.description + (fragment ?? "")
    }
}
