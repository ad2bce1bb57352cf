import Processing

/// Writes Confluence's storage format as Markdown.
///
/// The format is XHTML with elements of its own (Atlassian, "Confluence Storage Format"): `ac:` for macros, links, images and tasks, `ri:`
/// for what they point to.
struct StorageMarkdown {
    /// Another one of these makes pages that have not changed be read again.
    static let revision = 1

    /// Where things of the page lie.
    let targets: StorageTargets
    /// Levels of quotes and lists that are shown; what lies deeper stands in the last one.
    private static let maximumIndents = 12

    /// The text of a page.
    func text(_ storage: XMLElement) -> String { blocks(storage.children, indent: 0) }

    private static let blockNames: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "hr", "table", "div", "section", "details", "ac:layout",
        "ac:layout-section", "ac:layout-cell", "ac:task-list", "ac:structured-macro", "ac:macro", "ac:adf-extension", "ac:adf-node",
        "ac:adf-content", "ac:adf-fallback", "ac:rich-text-body", "dl", "dt", "dd", "tbody", "tr", "td", "th", "li",
    ]

    /// What stands between blocks without being in one is a paragraph.
    func blocks(_ nodes: [XMLElement.Node], indent: Int) -> String {
        var output: [String] = []
        var loose: [XMLElement.Node] = []
        func flush() {
            let text = paragraph(loose)
            if !text.isEmpty { output.append(text) }
            loose = []
        }
        for node in nodes {
            guard case .element(let element) = node, isBlock(element) else {
                loose.append(node)
                continue
            }
            flush()
            let text = block(element, indent: indent)
            if !text.isEmpty { output.append(text) }
        }
        flush()
        return output.joined(separator: "\n\n")
    }

    private func isBlock(_ element: XMLElement) -> Bool {
        guard Self.blockNames.contains(element.name) else { return false }
        return !StorageMacro.isMacro(element) || !StorageMacro(element).isInline
    }

    private func paragraph(_ nodes: [XMLElement.Node]) -> String {
        StorageInline(targets: targets).text(nodes).trimmingLines
    }

    private func block(_ element: XMLElement, indent: Int) -> String {
        switch element.name {
        case "p": return paragraph(element.children)
        case "h1", "h2", "h3", "h4", "h5", "h6":
            let text = StorageInline(targets: targets).line(element.children)
            // One level lower: the title of the page is the only one of the first.
            let marks = String(repeating: "#", count: min(6, 1 + (Int(element.name.suffix(1)) ?? 1)))
            return text.isEmpty ? "" : "\(marks) \(text)"
        case "ul", "ol": return list(element, indent: indent)
        case "ac:task-list": return tasks(element, indent: indent)
        case "blockquote": return quote(element.children, indent: indent)
        case "pre": return MarkdownText.fenced(element.text.trimmingNewlines, language: nil)
        case "hr": return "---"
        case "table": return StorageTable(targets: targets).text(element)
        case "ac:structured-macro", "ac:macro": return macro(StorageMacro(element), indent: indent)
        case "ac:adf-extension":
            // What the newer editor writes comes with the same for older readers.
            let chosen = element.first("ac:adf-node") ?? element.first("ac:adf-fallback")
            return chosen.map { block($0, indent: indent) } ?? ""
        case "ac:adf-node":
            let content = element.elements.filter { $0.name == "ac:adf-content" || $0.name == "ac:adf-node" }
            let type = element.attributes["type"]
            let inside = content.map(XMLElement.Node.element)
            guard type == "panel" else { return blocks(inside, indent: indent) }
            let kind = element.elements.first { $0.name == "ac:adf-attribute" && $0.attributes["key"] == "panel-type" }?.text
            return panel(StorageMacro.label(of: kind ?? ""), title: "", inside, indent: indent)
        default: return blocks(element.children, indent: indent)
        }
    }

    // MARK: - Lists

    private func list(_ element: XMLElement, indent: Int) -> String {
        var number = element.attributes["start"].flatMap { Int($0) }.map { min(max($0, 0), 99_999) } ?? 1
        let items = element.elements.filter { $0.name == "li" }.map { item in
            let mark = element.name == "ol" ? "\(number). " : "- "
            number += 1
            return self.item(mark, item.children, indent: indent)
        }
        return items.joined(separator: "\n")
    }

    private func tasks(_ element: XMLElement, indent: Int) -> String {
        element.elements.filter { $0.name == "ac:task" }.map { task in
            let isDone = task.first("ac:task-status")?.text == "complete"
            return item(isDone ? "- [x] " : "- [ ] ", task.first("ac:task-body")?.children ?? [], indent: indent, width: 2)
        }.joined(separator: "\n")
    }

    private func item(_ mark: String, _ nodes: [XMLElement.Node], indent: Int, width: Int? = nil) -> String {
        let text = blocks(nodes, indent: indent + 1)
        guard indent < Self.maximumIndents else { return text }
        // A list within an item belongs to its first line.
        return MarkdownText.item(mark, text, "", width: width)
    }

    // MARK: - Macros

    private func macro(_ macro: StorageMacro, indent: Int) -> String {
        switch macro.kind {
        case .dropped: return ""
        case .code(let language):
            let title = macro.parameter("title").map { "**\(MarkdownText.escaped($0[...], startsLine: false))**" } ?? ""
            return MarkdownText.joined(title, MarkdownText.fenced(macro.plainBody.trimmingNewlines, language: language))
        case .markdown: return macro.plainBody.trimmingNewlines
        case .panel(let label): return panel(label, title: macro.parameter("title") ?? "", macro.richBody, indent: indent)
        case .titled:
            let title = macro.parameter("title") ?? ""
            let head = title.isEmpty ? "" : "**\(MarkdownText.escaped(title[...], startsLine: false))**"
            return MarkdownText.joined(head, blocks(macro.richBody, indent: indent))
        case .reference, .inline: return paragraph([.element(macro.element)])
        case .body: return blocks(macro.richBody, indent: indent)
        }
    }

    private func panel(_ label: String, title: String, _ nodes: [XMLElement.Node], indent: Int) -> String {
        let words = [label, title].filter { !$0.isEmpty }.joined(separator: ": ")
        let head = words.isEmpty ? "" : "**\(MarkdownText.escaped(words[...], startsLine: false))**"
        let text = MarkdownText.joined(head, blocks(nodes, indent: indent + 1))
        return indent < Self.maximumIndents ? MarkdownText.prefixed(text, "> ") : text
    }

    private func quote(_ nodes: [XMLElement.Node], indent: Int) -> String {
        let text = blocks(nodes, indent: indent + 1)
        return indent < Self.maximumIndents ? MarkdownText.prefixed(text, "> ") : text
    }
}

extension String {
    /// Without empty lines at its ends.
    var trimmingNewlines: String {
        var text = self[...]
        while let first = text.first, first.isNewline { text.removeFirst() }
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }

    /// Each line without white space at its ends, none of them empty.
    var trimmingLines: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed() }.map { String($0) }
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
