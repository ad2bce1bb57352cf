import Postgres

extension Migration {
    /// How many calls a row of the audit stands for: those of strangers are put together.
    static let m0016AuditRepeats = Migration(
        name: "m0016_audit_repeats",
        sql: "alter table portolan.audit add column repeats bigint not null default 1 check (repeats > 0);")
}
