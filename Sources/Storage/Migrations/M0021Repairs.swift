import Postgres

extension Migration {
    /// Whether a look that was asked for is a repair of the service's own, which gives way to what people and webhooks ask for. A release before
    /// this one does not write it: what it asks for counts as somebody's wish.
    static let m0021Repairs = Migration(
        name: "m0021_repairs",
        sql: "alter table portolan.source add column sync_is_repair boolean not null default false;")
}
