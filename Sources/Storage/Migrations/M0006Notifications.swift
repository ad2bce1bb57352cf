import Postgres

extension Migration {
    /// A notice for each job that fails, written by the statement that fails it; it leaves with its job.
    static let m0006Notifications = Migration(
        name: "m0006_notifications",
        sql: """
            create table portolan.notification (
              job_id uuid primary key references portolan.job on delete cascade,
              created_at timestamptz not null default now(),
              attempts integer not null default 0,
              next_attempt_at timestamptz not null default now(),
              sent_at timestamptz,
              given_up_at timestamptz,
              error text
            );
            create index notification_due on portolan.notification (next_attempt_at) where sent_at is null and given_up_at is null;

            create function portolan.note_failure() returns trigger language plpgsql as $$
            begin
              insert into portolan.notification (job_id) values (new.id) on conflict do nothing;
              return null;
            end $$;
            create trigger job_failures after update on portolan.job
              for each row when (new.status = 'FAILED' and old.status is distinct from new.status)
              execute function portolan.note_failure();
            """)
}
