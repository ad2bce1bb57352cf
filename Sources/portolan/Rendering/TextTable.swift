/// Rows under headings, columns aligned by spaces.
struct TextTable {
    /// A heading, and which way its cells lean.
    struct Column {
        /// The heading.
        let title: String
        /// Numbers lean to the right.
        let isNumber: Bool

        /// A column of texts.
        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        /// A column of numbers.
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Whether there is nothing under the headings.
    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row with one cell for each column; cells are made fit for one line, and an empty one becomes a dash.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has one cell for each column")
        rows.append(cells.map(PlainText.line).map { $0.isEmpty ? "-" : $0 })
    }

    /// Headings and rows, each with a line end, without trailing spaces.
    var text: String {
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { index in lines.map { PlainText.columns($0[index]) }.max() ?? 0 }
        return lines.map { cells in
            let padded = columns.indices.map { PlainText.padded(cells[$0], to: widths[$0], atEnd: !columns[$0].isNumber) }
            var line = padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// Names and values, one pair on each line, values in one column.
    static func pairs(_ pairs: [(String, String)]) -> String {
        let width = pairs.map { PlainText.columns($0.0) }.max() ?? 0
        return pairs.map { "\(PlainText.padded($0.0, to: width))  \(PlainText.line($0.1))\n" }.joined()
    }
}
