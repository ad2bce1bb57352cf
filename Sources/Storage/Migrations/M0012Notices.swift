import Postgres

extension Migration {
    /// What operators are to be told beside failed jobs: one row for each occurrence, whoever finds it first.
    static let m0012Notices = Migration(
        name: "m0012_notices",
        sql: """
            create table portolan.notice (
              key text primary key check (char_length(key) between 1 and 400),
              text text not null check (char_length(text) between 1 and 2000),
              created_at timestamptz not null default now(),
              attempts integer not null default 0,
              next_attempt_at timestamptz not null default now(),
              sent_at timestamptz,
              given_up_at timestamptz,
              error text
            );
            create index notice_due on portolan.notice (next_attempt_at) where sent_at is null and given_up_at is null;
            """)
}
