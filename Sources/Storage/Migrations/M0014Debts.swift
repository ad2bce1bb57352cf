import Postgres

extension Migration {
    /// Verifications that are owed from the moment of publication, and the tags that providers give to pages.
    static let m0014Debts = Migration(
        name: "m0014_debts",
        sql: """
            create table portolan.verification_owed (
              job_id uuid primary key references portolan.job on delete cascade,
              owed_since timestamptz not null default now(),
              attempts integer not null default 0,
              -- The worker that completed the job goes first.
              next_attempt_at timestamptz not null default now() + interval '60 seconds'
            );
            create index verification_owed_due on portolan.verification_owed (next_attempt_at);

            alter table portolan.page add column tags text[] not null default '{}';
            alter table portolan.crawl_outcome add column tags text[] not null default '{}';
            """)
}
