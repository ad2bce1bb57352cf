/// One row of a result.
package struct Row: Sendable {
    let table: ResultTable
    let index: Int

    /// The number of columns.
    package var count: Int { table.columns.count }

    /// The value of column number `column`, which counts from 0. Throws `decoding` when it is of another kind, or NULL and `Value` is not optional.
    package func decode<Value: PostgresDecodable>(_ column: Int, as type: Value.Type = Value.self) throws(PostgresError) -> Value {
        guard column >= 0, column < table.columns.count else {
            throw PostgresError(.decoding, "There is no column \(column): the result has \(table.columns.count).")
        }
        let cell = table.cell(row: index, column: column)
        guard let value = Value(cell: cell) else {
            let held = cell.bytes == nil ? "NULL" : "a value of type \(cell.type.rawValue)"
            throw PostgresError(.decoding, "Column \"\(table.columns[column].name)\" holds \(held), which is no \(Value.self).")
        }
        return value
    }

    /// The value of the column called `name`; the first one when several are. Throws `decoding` as above, and when there is none.
    package func decode<Value: PostgresDecodable>(_ name: String, as type: Value.Type = Value.self) throws(PostgresError) -> Value {
        guard let column = table.columns.firstIndex(where: { $0.name == name }) else {
            throw PostgresError(.decoding, "There is no column \"\(name)\".")
        }
        return try decode(column, as: type)
    }

    /// The first columns as a tuple: `let (id, title) = try row.decode(as: (UUID.self, String?.self))`.
    package func decode<each Value: PostgresDecodable>(as types: (repeat (each Value).Type)) throws(PostgresError) -> (repeat each Value) {
        var column = -1
        func next<Next: PostgresDecodable>(_ type: Next.Type) throws(PostgresError) -> Next {
            column += 1
            return try decode(column, as: type)
        }
        return (repeat try next(each types))
    }
}
