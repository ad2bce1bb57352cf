package import FoundationEssentials
import Postgres
import Primitives

/// The answer to a stock query.
package struct StockAnswer: Sendable, Hashable, Encodable {
    /// Name of the query.
    package let query: String
    package let columns: [String]
    /// Cells as text in the order of the columns; nil for what cannot be computed.
    package let rows: [[String?]]
    private let areNumbers: [Bool]

    init(_ query: StockQuery, _ rows: [[String?]]) {
        (self.query, columns) = (query.name, query.columns.map(\.name))
        (self.rows, areNumbers) = (rows, query.columns.map(\.isNumber))
    }

    private enum CodingKeys: CodingKey { case query, rows }

    private struct Cell: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Rows as objects by column, numbers as numbers.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(query, forKey: .query)
        var list = container.nestedUnkeyedContainer(forKey: .rows)
        for row in rows {
            var object = list.nestedContainer(keyedBy: Cell.self)
            for (index, value) in row.enumerated() {
                let key = Cell(stringValue: columns[index])
                if areNumbers[index], let number = value.flatMap(Int.init) {
                    try object.encode(number, forKey: key)
                } else if areNumbers[index], let number = value.flatMap(Double.init) {
                    try object.encode(number, forKey: key)
                } else {
                    try object.encode(value, forKey: key)
                }
            }
        }
    }
}

extension EventArchive {
    /// Longest time for one query.
    private static let statsLimit = Duration.seconds(30)

    /// Answers `query` over the events since then.
    package func answer(_ query: StockQuery, since: Date) async throws -> StockAnswer {
        let statement: SQL = """
            with found as (select type, at, payload from portolan.event where at >= \(since)),
              answer (\(SQL(script: query.columns.map(\.name).joined(separator: ", ")))) as (\(SQL(script: query.sql)))
            select \(SQL(script: query.columns.map { "\($0.name)::text" }.joined(separator: ", "))) from answer limit \(StockQuery.limit)
            """
        let rows = try await withFaults {
            try await client.withTransaction(isReadOnly: true, deadline: .after(Self.statsLimit)) { try await $0.query(statement) }
        }
        return StockAnswer(query, try rows.map { row in try (0..<row.count).map { try row.decode($0, as: String?.self) } })
    }
}
