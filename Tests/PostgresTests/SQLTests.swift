import Postgres
import Testing

@Suite struct `SQL text` {
    @Test func `Values become numbered parameters`() {
        let sql: SQL = "SELECT \(1), \("x") FROM \(raw: "page")"
        #expect(sql.text == "SELECT $1, $2 FROM page")
    }

    @Test func `Fragments keep their parameters in order`() {
        let filter: SQL = "size > \(3) AND title = \("ü")"
        var sql: SQL = "SELECT \(1) WHERE é AND \(filter) AND \(filter) LIMIT \(9)"
        #expect(sql.text == "SELECT $1 WHERE é AND size > $2 AND title = $3 AND size > $4 AND title = $5 LIMIT $6")
        sql.append(" -- end")
        #expect((sql + filter).text.hasSuffix("LIMIT $6 -- endsize > $7 AND title = $8"))
    }

    @Test func `Identifiers are quoted`() {
        let sql: SQL = "DROP TABLE \(identifier: #"a"; DROP TABLE b"#)"
        #expect(sql.text == #"DROP TABLE "a""; DROP TABLE b""#)
    }
}
