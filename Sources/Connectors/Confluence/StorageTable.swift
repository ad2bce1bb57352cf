import Processing

/// Writes a table: its cells in one line each, since Markdown has no others.
struct StorageTable {
    /// Columns at most, and cells.
    private static let maximumWidth = 200
    private static let maximumCells = 200_000

    let targets: StorageTargets

    func text(_ table: XMLElement) -> String {
        var rows = Self.rows(table)
        let head = rows.first.map { row in !row.isEmpty && row.allSatisfy { $0.name == "th" } } == true ? rows.removeFirst() : []
        let limit = min(Self.maximumWidth, max(1, Self.maximumCells / (rows.count + 1)))
        let cells = rows.map { line($0, limit) }
        let first = line(head, limit)
        let width = min((cells + [first]).map(\.count).max() ?? 0, limit)
        guard width > 0, (cells + [first]).contains(where: { $0.contains { !$0.isEmpty } }) else { return "" }
        return MarkdownText.table(head: first, cells, width: width)
    }

    private static func rows(_ table: XMLElement) -> [[XMLElement]] {
        table.elements.flatMap { part -> [[XMLElement]] in
            switch part.name {
            case "tr": [part.elements.filter { $0.name == "td" || $0.name == "th" }]
            case "thead", "tbody", "tfoot": rows(part)
            default: []
            }
        }
    }

    /// The cells of a row, of which wide ones count as often as they are wide.
    private func line(_ cells: [XMLElement], _ limit: Int) -> [String] {
        var line: [String] = []
        for cell in cells where line.count < limit {
            line.append(StorageInline(targets: targets, isCell: true).line(cell.children))
            let span = max(cell.attributes["colspan"].flatMap { Int($0) } ?? 1, 1)
            line += Array(repeating: "", count: min(span - 1, limit - line.count))
        }
        return line
    }
}
