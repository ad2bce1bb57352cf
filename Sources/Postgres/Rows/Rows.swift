/// The result of a statement, copied out of libpq: a collection of rows in the server's order.
package struct Rows: Sendable, RandomAccessCollection {
    let table: ResultTable

    init(_ table: ResultTable) { self.table = table }

    package var startIndex: Int { 0 }
    package var endIndex: Int { table.rowCount }
    package subscript(position: Int) -> Row {
        precondition(position >= 0 && position < table.rowCount, "Row index out of range.")
        return Row(table: table, index: position)
    }

    /// The names of the columns, in order.
    package var columnNames: [String] { table.columns.map(\.name) }

    /// The rows that INSERT, UPDATE, DELETE, MERGE or COPY touched, or that SELECT returned; 0 for other commands.
    package var affectedRows: Int { table.affectedRows }

    /// The command tag, such as `INSERT 0 3`.
    package var commandTag: String { table.commandTag }

    /// Decodes all rows column by column, in order.
    ///
    /// ```swift
    /// let pages = try rows.decode(as: (UUID.self, String.self, Int?.self))
    /// ```
    package func decode<each Value: PostgresDecodable>(as types: (repeat (each Value).Type)) throws(PostgresError) -> [(repeat each Value)]
    {
        var values: [(repeat each Value)] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(as: (repeat each types))) }
        return values
    }

    /// Decodes the first column of all rows.
    package func decodeColumn<Value: PostgresDecodable>(as type: Value.Type = Value.self) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(0, as: type)) }
        return values
    }

    /// The only row; throws `decoding` when there are none or several.
    package func single() throws(PostgresError) -> Row {
        guard count == 1 else { throw PostgresError(.decoding, "Expected one row, got \(count).") }
        return self[0]
    }
}

/// Cells of a result in one buffer, row by row.
final class ResultTable: Sendable {
    struct Column: Sendable {
        let name: String
        let type: PostgresType
    }

    let columns: [Column]
    let rowCount: Int
    /// For each cell where it ends; the sign bit says NULL (an end is stored as its complement then).
    let ends: [Int]
    let bytes: [UInt8]
    let commandTag: String
    let affectedRows: Int

    init(columns: [Column], rowCount: Int, ends: [Int], bytes: [UInt8], commandTag: String, affectedRows: Int) {
        (self.columns, self.rowCount, self.ends) = (columns, rowCount, ends)
        (self.bytes, self.commandTag, self.affectedRows) = (bytes, commandTag, affectedRows)
    }

    static let empty = ResultTable(columns: [], rowCount: 0, ends: [], bytes: [], commandTag: "", affectedRows: 0)

    func cell(row: Int, column: Int) -> Cell {
        let index = row * columns.count + column
        let end = ends[index]
        guard end >= 0 else { return Cell(type: columns[column].type, bytes: nil) }
        let before = index == 0 ? 0 : ends[index - 1]
        return Cell(type: columns[column].type, bytes: bytes[(before < 0 ? ~before : before)..<end])
    }
}

/// One value of a result in Postgres' binary format; nil is NULL.
package struct Cell: Sendable {
    /// The type that the server gave it.
    package let type: PostgresType
    /// Its bytes.
    package let bytes: ArraySlice<UInt8>?

    package init(type: PostgresType, bytes: ArraySlice<UInt8>?) { (self.type, self.bytes) = (type, bytes) }
}
