import CLibpq

/// Owns a `PGresult` for as long as it takes to copy it.
@safe final class LibpqResult {
    enum Status {
        case command, rows, copyIn, sync, aborted, error, other
    }

    /// The letters of `postgres_ext.h`, whose macros are characters and so do not import.
    private enum Field: UInt8 {
        case sqlState = 0x43
        case message = 0x4D
        case detail = 0x44
        case hint = 0x48
        case position = 0x50
        case context = 0x57
        case constraint = 0x6E
    }

    private let result: OpaquePointer

    init(owning result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var status: Status {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .command
        case PGRES_TUPLES_OK: .rows
        case PGRES_COPY_IN: .copyIn
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .aborted
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: .error
        default: .other
        }
    }

    /// The server's error report, or libpq's when there is no SQLSTATE.
    func error(statement: String?) -> PostgresError {
        let state = field(.sqlState)
        let primary = field(.message)
        let message = unsafe primary ?? String(trimming: PQresultErrorMessage(result))
        let details = [
            field(.detail), field(.hint).map { "hint: \($0)" },
            field(.position).map { "position \($0)" }, field(.context).map { "context: \($0)" },
        ].compactMap(\.self)
        return PostgresError(
            state == nil ? .connection : .server, message, sqlState: state, constraint: field(.constraint),
            detail: details.isEmpty ? nil : details.joined(separator: "; "), statement: statement)
    }

    /// Copies rows and command tag.
    func table() -> ResultTable {
        let rowCount = Int(unsafe PQntuples(result))
        let columnCount = Int(unsafe PQnfields(result))
        var columns: [ResultTable.Column] = []
        columns.reserveCapacity(columnCount)
        for column in 0..<Int32(columnCount) {
            // The simple protocol sends every value as text, whatever its type is.
            let type: PostgresType = unsafe PQfformat(result, column) == 0 ? .text : PostgresType(rawValue: PQftype(result, column))
            columns.append(ResultTable.Column(name: unsafe String(cString: PQfname(result, column)), type: type))
        }
        var ends: [Int] = []
        ends.reserveCapacity(rowCount * columnCount)
        var bytes: [UInt8] = []
        for row in 0..<Int32(rowCount) {
            for column in 0..<Int32(columnCount) {
                if unsafe PQgetisnull(result, row, column) == 1 {
                    ends.append(~bytes.count)
                    continue
                }
                let length = Int(unsafe PQgetlength(result, row, column))
                if length > 0, let value = unsafe PQgetvalue(result, row, column) {
                    // libpq keeps `length` bytes behind the pointer until the result is cleared.
                    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
                }
                ends.append(bytes.count)
            }
        }
        return ResultTable(
            columns: columns, rowCount: rowCount, ends: ends, bytes: bytes, commandTag: unsafe String(trimming: PQcmdStatus(result)),
            affectedRows: unsafe Int(String(trimming: PQcmdTuples(result))) ?? 0)
    }

    private func field(_ field: Field) -> String? {
        guard let text = unsafe PQresultErrorField(result, Int32(field.rawValue)) else { return nil }
        return unsafe String(cString: text)
    }
}
