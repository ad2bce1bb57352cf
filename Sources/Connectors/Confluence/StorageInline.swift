import Processing

/// Writes what stands in lines: marks, links, images, and the macros that are a word.
struct StorageInline {
    let targets: StorageTargets
    /// Within a cell of a table: everything in one line, and a bar ends no cell.
    var isCell = false
    /// Marks and links within each other: those beyond ``maximumLevel`` are left out, their text stays.
    private var level = 0
    private static let maximumLevel = 8

    init(targets: StorageTargets, isCell: Bool = false) { (self.targets, self.isCell) = (targets, isCell) }

    private var inside: StorageInline {
        var inside = self
        inside.level += 1
        return inside
    }

    /// The text in as many lines as there are breaks.
    func text(_ nodes: [XMLElement.Node]) -> String {
        var writer = Writer()
        write(nodes, to: &writer)
        return writer.output
    }

    /// The text in one line.
    func line(_ nodes: [XMLElement.Node]) -> String {
        text(nodes).split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.joined(separator: " ")
            .trimmingLines
    }

    /// Text with white space as one space.
    private struct Writer {
        var output = ""
        private var startsLine: Bool { output.isEmpty || output.hasSuffix("\n") }

        mutating func append(text: String) {
            var word = ""
            for character in text {
                guard character.isWhitespace else {
                    word.append(character)
                    continue
                }
                flush(&word)
                space()
            }
            flush(&word)
        }

        mutating func append(raw: String) { output += raw }

        mutating func space() { if !startsLine, !output.hasSuffix(" ") { output += " " } }

        private mutating func flush(_ word: inout String) {
            guard !word.isEmpty else { return }
            output += MarkdownText.escaped(word[...], startsLine: startsLine)
            word = ""
        }
    }

    private func write(_ nodes: [XMLElement.Node], to writer: inout Writer) {
        for node in nodes {
            switch node {
            case .text(let text): writer.append(text: text)
            case .element(let element): write(element, to: &writer)
            }
        }
    }

    private func write(_ element: XMLElement, to writer: inout Writer) {
        guard level < Self.maximumLevel || !["strong", "b", "em", "i", "s", "del", "a", "ac:link", "ac:image"].contains(element.name) else {
            return write(element.children, to: &writer)
        }
        switch element.name {
        case "strong", "b": marked("**", element, &writer)
        case "em", "i": marked("*", element, &writer)
        case "s", "del": marked("~~", element, &writer)
        case "code", "tt":
            let text = element.text.split(whereSeparator: \.isNewline).joined(separator: " ")
            guard text.contains(where: { !$0.isWhitespace }) else { return writer.append(text: text) }
            let code = MarkdownText.code(text[...])
            writer.append(raw: isCell ? code.replacing("|", with: "\\|") : code)
        case "br": writer.append(raw: isCell ? " " : "\n")
        case "a": link(element.attributes["href"].flatMap(targets.address), inside.line(element.children), &writer)
        case "ac:link": link(element, &writer)
        case "ac:image": image(element, &writer)
        case "ac:emoticon": writer.append(text: element.attributes["ac:emoji-fallback"] ?? "")
        case "time": writer.append(text: element.attributes["datetime"] ?? element.text)
        case "ac:structured-macro", "ac:macro": macro(StorageMacro(element), &writer)
        case "ac:placeholder", "ac:parameter", "ac:adf-attribute", "ac:task-id", "ac:task-uuid", "ri:user", "script", "style": return
        case "ac:plain-text-body":
            let code = MarkdownText.code(element.text.split(whereSeparator: \.isNewline).joined(separator: " ")[...])
            writer.append(raw: isCell ? code.replacing("|", with: "\\|") : code)
        case "p", "li", "div", "td", "th", "ac:rich-text-body", "ac:task":
            writer.space()
            write(element.children, to: &writer)
            writer.space()
        default: write(element.children, to: &writer)
        }
    }

    private func marked(_ mark: String, _ element: XMLElement, _ writer: inout Writer) {
        let inner = inside.line(element.children)
        let text = element.text
        if text.first?.isWhitespace == true { writer.space() }
        if !inner.isEmpty { writer.append(raw: mark + inner + mark) }
        if text.last?.isWhitespace == true { writer.space() }
    }

    private func link(_ element: XMLElement, _ writer: inout Writer) {
        let body =
            element.first("ac:link-body").map { inside.line($0.children) }
            ?? element.first("ac:plain-text-link-body").map { plain($0.text) }
        let anchor = element.attributes["ac:anchor"].map { "#" + URLText.encoded($0, isSegment: true) } ?? ""
        guard let resource = element.elements.first(where: { $0.name.hasPrefix("ri:") }) else {
            return link(anchor.isEmpty ? nil : anchor, body ?? plain(element.attributes["ac:anchor"] ?? ""), &writer)
        }
        let target = targets.target(resource)
        let words = body ?? ""
        link(target.map { $0.address + anchor }, words.isEmpty ? plain(target?.name ?? "") : words, &writer)
    }

    private func link(_ target: String?, _ words: String, _ writer: inout Writer) {
        guard let target else { return writer.append(raw: words) }
        writer.append(raw: words.isEmpty ? "<\(target)>" : "[\(words)](<\(target)>)")
    }

    private func image(_ element: XMLElement, _ writer: inout Writer) {
        let target = element.elements.first { $0.name.hasPrefix("ri:") }.flatMap(targets.target)
        let caption = element.first("ac:caption").map { inside.line($0.children) } ?? ""
        let alt = element.attributes["ac:alt"] ?? element.attributes["ac:title"] ?? ""
        let words = [plain(alt), caption].filter { !$0.isEmpty }
        let shown = words.isEmpty ? plain(target?.name ?? "") : words.joined(separator: ": ")
        guard let target else { return writer.append(raw: shown) }
        writer.append(raw: "![\(shown)](<\(target.address)>)")
    }

    private func macro(_ macro: StorageMacro, _ writer: inout Writer) {
        switch macro.kind {
        case .inline:
            writer.append(text: macro.parameter("title") ?? macro.parameter("key") ?? macro.plainBody)
        case .reference:
            if let target = macro.target.flatMap(targets.target) { link(target.address, plain(target.name), &writer) }
        case .dropped: return
        case .code, .markdown:
            let code = MarkdownText.code(macro.plainBody.split(whereSeparator: \.isNewline).joined(separator: " ")[...])
            if !macro.plainBody.isEmpty { writer.append(raw: isCell ? code.replacing("|", with: "\\|") : code) }
        case .panel, .titled, .body:
            writer.space()
            write(macro.richBody, to: &writer)
            writer.space()
        }
    }

    private func plain(_ text: String) -> String {
        MarkdownText.escaped(text.split(whereSeparator: \.isWhitespace).joined(separator: " ")[...], startsLine: false)
    }
}
