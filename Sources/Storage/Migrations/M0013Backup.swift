import Postgres

extension Migration {
    /// How backups went, by kind: what the alerts on their age are made from.
    static let m0013Backup = Migration(
        name: "m0013_backup",
        sql: """
            create table portolan.backup_state (
              kind text primary key check (kind in ('base', 'log')),
              -- The state of this moment is in the target.
              succeeded_at timestamptz,
              failed_at timestamptz,
              -- Since the last success.
              failures int not null default 0,
              bytes bigint not null default 0,
              position pg_lsn,
              error text
            )
            """)
}
