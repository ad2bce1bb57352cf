internal import Domain

extension BlockExtractor {
    // MARK: Inline leaves

    mutating func appendCode(_ index: Int) {
        line.appendCode(spacedText(index))
    }

    /// The text of a code span: white space collapsed, but kept at the ends of the text around it.
    private mutating func spacedText(_ index: Int) -> String {
        var result: [UInt8] = []
        var position = index
        while position < Int(tree.nodes[index].end) {
            if survey.isDropped[position] {
                position = Int(tree.nodes[position].end)
                continue
            }
            if tree.nodes[position].tag == .text {
                for byte in tree.text(position) {
                    if !byte.isHTMLSpace {
                        result.append(byte)
                    } else if result.last != 0x20 {
                        result.append(0x20)
                    }
                }
            }
            position += 1
        }
        if result.first == 0x20 { line.space() }
        return String(decoding: result, as: UTF8.self)
    }

    mutating func visitImage(_ index: Int) {
        guard let alt = tree.nonEmptyAttribute(.alt, of: index) else { return }
        line.append(alt.utf8)
    }

    mutating func visitInput(_ index: Int) {
        guard tree.attribute(.type, of: index) == "checkbox", Int(tree.nodes[index].parent) >= 0 else { return }
        var parent = Int(tree.nodes[index].parent)
        while tree.nodes[parent].tag == .p || tree.nodes[parent].tag == .label, tree.nodes[parent].parent >= 0 {
            parent = Int(tree.nodes[parent].parent)
        }
        guard tree.nodes[parent].tag == .li else { return }
        line.append((tree.attributeBytes(.checked, of: index) != nil ? "[x] " : "[ ] ").utf8)
    }

    /// Opens a link and returns the index of the node to go on with.
    mutating func enterLink(_ index: Int) -> Int {
        let node = tree.nodes[index]
        guard !node.hasBlock else { return index + 1 }
        guard !isInHeading, let target = linkTarget(index) else { return index + 1 }
        openLink(target, Int(node.end))
        return index + 1
    }

    private mutating func openLink(_ target: String, _ end: Int) {
        line.open(.link(target))
        pushCloseMark(end)
    }

    private func linkTarget(_ index: Int) -> String? {
        guard let raw = tree.attributeBytes(.href, of: index), !raw.isEmpty else { return nil }
        let target = base?.resolving(raw) ?? URLReference(String(decoding: raw, as: UTF8.self))
        guard let target, ["http", "https", "mailto", "ftp"].contains(target.scheme) else { return nil }
        let text = target.text
        // A parenthesis or a space would end the target early.
        guard text.utf8.contains(where: { $0 == 0x28 || $0 == 0x29 }) else { return text }
        return text.replacing("(", with: "%28").replacing(")", with: "%29")
    }

    // MARK: Code

    /// Emits a code block and returns the index behind it.
    mutating func visitCode(_ index: Int) -> Int {
        flush()
        let code = CodeReader.code(of: index, in: tree, roles: survey.roles)
        if !code.isEmpty {
            let language = CodeReader.language(of: index, in: tree)
            let fence = String(repeating: "`", count: max(3, code.longestRun(of: "`") + 1))
            emit(.code(language: language), markdown: fence + language + "\n" + code + "\n" + fence, text: code)
        }
        return Int(tree.nodes[index].end)
    }

    // MARK: Tables

    /// Emits a table and returns the index of the node to go on with: a table that only lays out the page is walked into.
    mutating func visitTable(_ index: Int) -> Int {
        flush()
        guard let rows = TableReader.rows(of: index, in: tree, survey: survey) else { return index + 1 }
        var cells: [[(markdown: String, text: String)]] = []
        var linked = 0
        for row in rows {
            cells.append(
                row.cells.map { cell in
                    guard let index = cell.index else { return ("", "") }
                    let rendered = renderCell(index)
                    linked += rendered.linkedBytes
                    return (rendered.markdown, rendered.text)
                })
        }
        if let caption = TableReader.caption(of: index, in: tree) {
            line.append(tree.collapsedText(caption).utf8)
            flush()
        }
        let hasHeader = rows.first?.isHeader ?? false
        let columns = min(cells.map(\.count).max() ?? 0, TableReader.maximumColumns)
        guard columns > 0, cells.contains(where: { $0.contains { !$0.text.isEmpty } }) else { return Int(tree.nodes[index].end) }
        // A large table goes without the cells that its rows do not have.
        let isFilled = columns * cells.count <= TableReader.maximumCells
        func markdownLine(_ row: [(markdown: String, text: String)]) -> String {
            var line = "|"
            for column in 0..<(isFilled ? columns : min(columns, max(row.count, 1))) {
                line +=
                    column < row.count && !row[column].markdown.isEmpty ? " \(row[column].markdown.replacing("|", with: "\\|")) |" : " |"
            }
            return line
        }
        let rule = "|" + String(repeating: " --- |", count: columns)
        let header = hasHeader ? markdownLine(cells[0]) : "|" + String(repeating: "  |", count: columns)
        let body = cells.dropFirst(hasHeader ? 1 : 0)
        let markdown = ([header, rule] + body.map(markdownLine)).joined(separator: "\n")
        let text = cells.map { $0.map(\.text).filter { !$0.isEmpty }.joined(separator: " | ") }.filter { !$0.isEmpty }
        let bytes = text.reduce(0) { $0 + $1.utf8.count }
        let plain = text.joined(separator: "\n")
        emit(
            .table(headerLines: hasHeader ? 1 : 0), markdown: markdown, text: plain,
            fingerprint: linked > 0 && linked * 10 >= bytes * 7 ? FNV.hash(plain.utf8) : nil)
        return Int(tree.nodes[index].end)
    }

    /// The content of a table cell as one line.
    private func renderCell(_ index: Int) -> (markdown: String, text: String, linkedBytes: Int) {
        var writer = BlockExtractor(tree: tree, survey: survey, base: base, readsAttributeLists: false)
        var position = index + 1
        var open: [Int] = []
        while position < Int(tree.nodes[index].end) {
            while let end = open.last, end <= position {
                writer.line.close()
                open.removeLast()
            }
            let node = tree.nodes[position]
            if node.tag != .text, survey.isDropped[position] {
                position = Int(node.end)
                continue
            }
            switch node.tag {
            case .text: writer.line.append(tree.text(position))
            case .code, .kbd, .samp, .tt, .pre:
                if node.tag == .pre { writer.line.space() }
                writer.appendCode(position)
                if node.tag == .pre { writer.line.space() }
                position = Int(node.end)
                continue
            case .strong, .b:
                writer.line.open(.strong)
                open.append(Int(node.end))
            case .em, .i:
                writer.line.open(.emphasis)
                open.append(Int(node.end))
            case .a:
                if let target = linkTarget(position) {
                    writer.line.open(.link(target))
                    open.append(Int(node.end))
                }
            case .img: writer.visitImage(position)
            case .br: writer.line.space()
            default: if node.tag.isBlock { writer.line.space() }
            }
            position += 1
            if position < Int(tree.nodes[index].end), tree.nodes[position - 1].tag == .text,
                Int(tree.nodes[position].parent) != Int(tree.nodes[position - 1].parent)
            {
                // The end of a block parts words as its beginning does.
                let parent = Int(tree.nodes[position - 1].parent)
                if tree.nodes[parent].tag.isBlock, parent != index { writer.line.space() }
            }
        }
        return writer.line.take()
    }
}
