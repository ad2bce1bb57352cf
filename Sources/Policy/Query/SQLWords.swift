/// Words of SQL that matter to the query gate.
enum SQLWords {
    /// Write, lock, call, or steer the session: in no statement that only reads.
    static let forbidden: Set<String> = [
        "alter", "analyse", "analyze", "begin", "call", "checkpoint", "close", "cluster", "comment", "commit", "copy", "create",
        "current_catalog", "current_role", "current_user",
        "deallocate", "declare", "delete", "discard", "do", "drop", "execute", "explain", "fetch", "grant", "import", "insert", "into",
        "listen", "load", "lock", "merge", "move", "natural", "notify", "prepare", "reassign", "refresh", "reindex", "release", "reset",
        "returning", "revoke", "rollback", "savepoint", "security", "session_user", "set", "share", "show", "start", "table", "tablesample",
        "truncate",
        "unlisten", "update", "user", "vacuum",
    ]

    /// Before a parenthesis they open a part of the statement, not a call.
    static let structural: Set<String> = [
        "all", "and", "any", "array", "as", "between", "by", "case", "distinct", "else", "end", "except", "exists", "filter", "from",
        "group",
        "having", "in", "intersect", "is", "join", "lateral", "like", "limit", "materialized", "not", "offset", "on", "or", "order", "over",
        "partition", "recursive", "select", "some", "then", "union", "using", "values", "when", "where", "with", "within",
    ]

    /// They end a list of tables.
    static let clauses: Set<String> = [
        "except", "group", "having", "intersect", "limit", "offset", "order", "select", "union", "where", "window",
    ]

    /// Types whose size stands behind them in parentheses.
    static let sizedTypes: Set<String> = ["bit", "halfvec", "numeric", "sparsevec", "varchar", "vector"]

    /// Functions and types that read nothing but their arguments, and cost little.
    static let functions: Set<String> = [
        "abs", "array_agg", "array_length", "array_position", "avg", "bit", "bool_and", "bool_or", "cardinality", "cast", "ceil",
        "char_length",
        "coalesce", "concat", "concat_ws", "count", "date_trunc", "decode", "dense_rank", "encode", "exp", "first_value", "floor",
        "greatest", "halfvec", "json_agg", "json_build_object", "jsonb_agg", "jsonb_array_length", "jsonb_build_object", "lag",
        "last_value",
        "lead", "least", "left", "length", "ln", "lower", "ltrim", "max", "min", "now", "nullif", "numeric", "percent_rank", "position",
        "power", "rank", "replace", "right", "round", "row", "row_number", "rtrim", "sign", "similarity", "sparsevec", "split_part", "sqrt",
        "starts_with", "string_agg", "string_to_array", "strpos", "substring", "sum", "to_char", "to_jsonb", "trim", "unnest", "upper",
        "varchar", "vector", "word_similarity",
    ]
}
