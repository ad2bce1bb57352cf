import Digests

/// One step of the schema's history, which only goes forward.
package struct Migration: Sendable, Hashable {
    /// The name, such as `m0001_init`; unique, and kept for ever.
    package let name: String
    /// The statements; they run in one transaction, so none that refuses to (such as CREATE INDEX CONCURRENTLY).
    package let sql: String
    /// SHA-256 of the statements in hexadecimal: an applied migration must not change.
    package let checksum: String

    package init(name: String, sql: String) {
        (self.name, self.sql) = (name, sql)
        checksum = SHA256.hash(sql).hexadecimal
    }
}
