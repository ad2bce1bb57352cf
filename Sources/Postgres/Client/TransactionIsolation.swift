/// How far a transaction is kept apart from others (Postgres manual, chapter 13.2).
package enum TransactionIsolation: String, Sendable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// The transaction sees what was committed before its first statement; conflicting writes fail with 40001.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after the other; conflicts fail with 40001.
    case serializable = "SERIALIZABLE"
}
