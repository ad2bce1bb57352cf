/// Finds the rows and cells of a table.
enum TableReader {
    /// Columns beyond this are cut off.
    static let maximumColumns = 100
    /// Cells up to which those that are missing are filled in, so that all rows have the same number.
    static let maximumCells = 200_000
    /// Cells within cells, which broken markup makes, are cells of their own up to this depth; the outer ones have their text too.
    private static let maximumNesting = 8

    struct Row {
        /// The nodes of the cells; nil for a column that a wide cell covers.
        var cells: [(index: Int?, isHeader: Bool)]
        var isHeader: Bool
    }

    /// The rows of the table at `index`, or nil when the table only lays out the page: it holds code beside line numbers, headings,
    /// another table, or a single column.
    static func rows(of index: Int, in tree: HTMLTree, survey: PageSurvey) -> [Row]? {
        if survey.roles[index].contains(.codeTable) || tree.attribute(.role, of: index) == "presentation" { return nil }
        var rows: [Row] = []
        var isInHead = 0
        var hasCode = false
        var cells = 0
        var enclosing: [Int] = []
        var position = index + 1
        while position < Int(tree.nodes[index].end) {
            let node = tree.nodes[position]
            if node.tag != .text, survey.isDropped[position] {
                position = Int(node.end)
                continue
            }
            switch node.tag {
            case .table, .h1, .h2, .h3, .h4, .h5, .h6: return nil
            case .pre: hasCode = true
            case .thead: isInHead = Int(node.end)
            case .tr: rows.append(Row(cells: [], isHeader: position < isInHead))
            case .td, .th:
                while let end = enclosing.last, end <= position { enclosing.removeLast() }
                guard enclosing.count < maximumNesting else { break }
                enclosing.append(Int(node.end))
                cells += 1
                if rows.isEmpty { rows.append(Row(cells: [], isHeader: false)) }
                rows[rows.count - 1].cells.append((position, node.tag == .th))
                let span = min(tree.attribute(.colspan, of: position).flatMap { Int($0) } ?? 1, maximumColumns)
                // An empty cell for each further column keeps the columns below in their places.
                if span > 1, rows[rows.count - 1].cells.count + span <= maximumColumns, cells + span <= maximumCells {
                    cells += span - 1
                    rows[rows.count - 1].cells += (1..<span).map { _ in (nil, node.tag == .th) }
                }
            default: break
            }
            position += 1
        }
        rows.removeAll { $0.cells.isEmpty }
        let columns = rows.map(\.cells.count).max() ?? 0
        if columns < 2 || hasCode && columns <= 2 && rows.count <= 2 { return nil }
        if let first = rows.first, !first.isHeader { rows[0].isHeader = rows.count > 1 && first.cells.allSatisfy(\.isHeader) }
        return rows
    }

    /// The table's caption element.
    static func caption(of index: Int, in tree: HTMLTree) -> Int? {
        var child = index + 1
        while child < Int(tree.nodes[index].end) {
            if tree.nodes[child].tag == .caption { return child }
            child = Int(tree.nodes[child].end)
        }
        return nil
    }
}
