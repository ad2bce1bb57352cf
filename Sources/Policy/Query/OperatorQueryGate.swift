/// Decides whether a statement that an operator wrote may be explained: one statement that reads, and calls nothing that reaches beyond tables.
///
/// It counts as the query gate. Other than a registered statement it may read any table and hold values, because the operator's own rights bound it.
package struct OperatorQueryGate: Gate {
    package let name = GateName.query
    package let field = "query"

    /// Functions, by how their names begin, that read files, act on other sessions, run texts, or steer the session.
    private static let reaching = [
        "pg_", "lo_", "dblink", "query_to_", "table_to_", "schema_to_", "database_to_", "cursor_to_", "set_config", "setval", "nextval",
        "ts_stat", "ts_rewrite",
    ]

    package init() {}

    package func decide(_ input: String) -> GateResult<String> {
        do throws(QueryShape.Unfit) {
            try QueryShape.checkOperatorText(input) { word in Self.reaching.contains { word.hasPrefix($0) } }
            return .accepted(input)
        } catch {
            return .rejected(
                Rejection(
                    error.code, "The statement is not sent: \(error.reason).", field: field,
                    hint: "Give one select without comments, with values in place of parameters."))
        }
    }
}
